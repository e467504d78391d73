// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/check_row.h"

#include "shared/widgets/icons.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QPainter>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

constexpr int MarkSize = 20;

} // namespace

CheckRow::CheckRow(bool ok, const QString &words, const QString &detail, QWidget *parent)
    : QWidget(parent), m_ok(ok)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(MarkSize + 2 * Grid, Grid / 2, 0, Grid / 2);
    column->setSpacing(2);
    column->addWidget(new Label(words, TextStyle::Body));
    if (!detail.isEmpty())
        column->addWidget(new Label(detail, TextStyle::Caption, Ink::Secondary));
    setAccessibleName((ok ? QStringLiteral("✓ ") : QStringLiteral("✗ ")) + words);
}

void CheckRow::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    drawGlyph(painter, m_ok ? Glyph::Check : Glyph::Warning,
              QRectF(0, Grid / 2.0, MarkSize, MarkSize), m_ok ? t.secured : t.blocked);
}

ReportSection checksSection(const std::optional<Result<std::vector<Check>>> &checks)
{
    ReportSection section{QStringLiteral("Checks"), {}};
    if (!checks)
        section.rows.emplace_back(QString(), QStringLiteral("not made"));
    else if (!*checks)
        section.rows.emplace_back(QString(), QString::fromStdString(checks->error().detail));
    else
        for (const Check &check : **checks)
            section.rows.emplace_back(
                check.name,
                (check.ok ? QStringLiteral("ok: ") : QStringLiteral("BAD: ")) + check.detail);
    return section;
}

} // namespace higgs::widgets
