// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/safety_rows.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/icons.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int ShieldSize = 48;
constexpr int HeadHeight = 40;
constexpr std::size_t MostShown = 64;

} // namespace

ShieldMark::ShieldMark(QWidget *parent) : QWidget(parent)
{
    setFixedSize(ShieldSize, ShieldSize);
}

void ShieldMark::setState(SafetyState state)
{
    m_state = state;
    update();
}

void ShieldMark::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    const QColor colour = m_state == SafetyState::Passed    ? t.secured
                          : m_state == SafetyState::Failed  ? t.blocked
                          : m_state == SafetyState::Running ? t.working
                                                            : t.secondary;
    QPainter painter(this);
    drawGlyph(painter, Glyph::Shield, rect(), colour);
    const double side = ShieldSize / 2.4;
    QRectF inner(0, 0, side, side);
    inner.moveCenter(QRectF(rect()).center());
    if (m_state == SafetyState::Passed)
        drawGlyph(painter, Glyph::Check, inner, colour);
    else if (m_state == SafetyState::Failed)
        drawGlyph(painter, Glyph::Close, inner, colour);
}

SafetyGroupHead::SafetyGroupHead(const SafetyGroup &group, QWidget *parent)
    : QAbstractButton(parent), m_ok(group.ok())
{
    const QLocale locale;
    m_figure = tr("%1 of %2", "attempts that ended as they must, of all")
                   .arg(locale.toString(group.held), locale.toString(group.tried));
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setText(group.name);
    setAccessibleName(group.name + QStringLiteral(": ") + m_figure);
    setObjectName(QStringLiteral("safetyGroup_") + group.kind);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

QRect SafetyGroupHead::nameRect(int width, int height) const
{
    const QFontMetrics metrics(fontOf(TextStyle::Caption, QApplication::font()));
    const int left = 3 * Grid + GlyphSize + Grid / 2;
    const int right = width - 2 * Grid - GlyphSize - Grid - metrics.horizontalAdvance(m_figure);
    return {left, 0, right - Grid - left, height};
}

int SafetyGroupHead::heightForWidth(int width) const
{
    const QFontMetrics metrics(fontOf(TextStyle::Body, QApplication::font()));
    const QRect words = metrics.boundingRect(nameRect(width, QWIDGETSIZE_MAX),
                                             Qt::TextWordWrap | Qt::AlignLeft, text());
    return std::max(HeadHeight, words.height() + 2 * Grid);
}

QSize SafetyGroupHead::sizeHint() const
{
    return {8 * Margin, heightForWidth(QWIDGETSIZE_MAX)};
}

void SafetyGroupHead::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    const double top = (height() - GlyphSize) / 2.0;
    drawGlyph(painter, m_ok ? Glyph::Check : Glyph::Warning,
              QRectF(2 * Grid, top, GlyphSize, GlyphSize), m_ok ? t.secured : t.blocked);
    const int right = width() - 2 * Grid - GlyphSize - Grid;
    painter.setFont(fontOf(TextStyle::Caption, QApplication::font()));
    painter.setPen(t.secondary);
    const int figure = painter.fontMetrics().horizontalAdvance(m_figure);
    painter.drawText(QRect(right - figure, 0, figure, height()), Qt::AlignVCenter, m_figure);
    painter.setFont(fontOf(TextStyle::Body, QApplication::font()));
    painter.setPen(t.text);
    painter.drawText(nameRect(width(), height()), Qt::AlignVCenter | Qt::TextWordWrap, text());
    drawGlyph(painter, isChecked() ? Glyph::ChevronDown : Glyph::ChevronRight,
              QRectF(width() - 2 * Grid - GlyphSize, top, GlyphSize, GlyphSize), t.secondary);
    if (showsFocus(*this))
        drawFocusRing(painter, QRectF(rect()).adjusted(4, 2, -4, -2), ControlRadius, t.accent);
}

void SafetyGroupHead::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

SafetyGroupRow::SafetyGroupRow(const SafetyGroup &group, QWidget *parent)
    : QWidget(parent), m_group(group), m_head(new SafetyGroupHead(group))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(m_head);
    connect(m_head, &QAbstractButton::toggled, this, [this](bool open) {
        setOpen(open);
        Q_EMIT opened(open);
    });
}

void SafetyGroupRow::setOpen(bool open)
{
    m_head->setChecked(open);
    if (m_attempts != nullptr)
        m_attempts->setVisible(open);
    if (!open || m_attempts != nullptr)
        return;
    m_attempts = new QWidget;
    auto *table = new QGridLayout(m_attempts);
    table->setContentsMargins(3 * Grid + GlyphSize + Grid / 2, 0, 2 * Grid, Grid + Grid / 2);
    table->setHorizontalSpacing(2 * Grid);
    table->setVerticalSpacing(2);
    table->setColumnStretch(0, 1);
    int line = 0;
    for (const Attempt &attempt : m_group.attempts) {
        if (line >= static_cast<int>(MostShown))
            break;
        const QString what =
            attempt.target.contains(attempt.spelling)
                ? attempt.target
                : QString(attempt.target + QStringLiteral("  ") + attempt.spelling);
        table->addWidget(new Label(what, TextStyle::Caption, Ink::Secondary), line, 0);
        auto *seen = new Label(seenText(attempt), TextStyle::Caption,
                               attempt.ok ? Ink::Secondary : Ink::Blocked);
        seen->setWordWrap(false);
        table->addWidget(seen, line, 1, Qt::AlignTop | Qt::AlignRight);
        ++line;
    }
    if (const QString remedy = remedyText(m_group); !remedy.isEmpty()) {
        auto *words = new Label(remedy, TextStyle::Caption);
        words->setObjectName(QStringLiteral("remedy_") + m_group.kind);
        table->setRowMinimumHeight(line, Grid);
        table->addWidget(words, line + 1, 0, 1, 2);
    }
    layout()->addWidget(m_attempts);
}

} // namespace higgs::node
