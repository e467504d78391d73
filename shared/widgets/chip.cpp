// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/chip.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QPainter>
#include <QToolTip>
#include <cmath>

namespace higgs::widgets {

namespace {

constexpr int ChipHeight = 28;
constexpr int ChipGlyph = 14;
constexpr int ChipInset = 10;
constexpr int ChipGap = 6;

} // namespace

Chip::Chip(QWidget *parent) : QAbstractButton(parent)
{
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(this, &QAbstractButton::clicked, this,
            [this] { QToolTip::showText(mapToGlobal(rect().bottomLeft()), toolTip(), this); });
}

void Chip::setContents(Glyph glyph, const QString &word, const QString &reason)
{
    const bool same = glyph == m_glyph && word == text() && reason == accessibleDescription();
    if (same)
        return;
    m_glyph = glyph;
    setText(word);
    setAccessibleName(word);
    setAccessibleDescription(reason);
    // The only rich text there is, ours alone, so that a long sentence wraps.
    setToolTip(reason.isEmpty()
                   ? QString()
                   : QStringLiteral("<qt>%1</qt>")
                         .arg(reason.toHtmlEscaped().replace(u'\n', QLatin1String("<br>"))));
    updateGeometry();
    update();
}

QSize Chip::sizeHint() const
{
    const QFontMetricsF metrics(fontOf(TextStyle::Caption, QApplication::font()));
    const double text = metrics.horizontalAdvance(this->text());
    return {static_cast<int>(std::ceil(text)) + 2 * ChipInset + ChipGlyph + ChipGap,
            std::max(ChipHeight, static_cast<int>(metrics.height()) + Grid)};
}

void Chip::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF pill = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(QPen(t.line, 1));
    painter.setBrush(underMouse() ? mixed(t.background, t.line, 0.5) : t.background);
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
    const QRectF glyph(ChipInset, (height() - ChipGlyph) / 2.0, ChipGlyph, ChipGlyph);
    drawGlyph(painter, m_glyph, glyph, t.secondary);
    painter.setFont(fontOf(TextStyle::Caption, QApplication::font()));
    painter.setPen(t.text);
    painter.drawText(QRectF(glyph.right() + ChipGap, 0, width(), height()),
                     Qt::AlignVCenter | Qt::AlignLeft, text());
    if (showsFocus(*this))
        drawFocusRing(painter, rect(), height() / 2.0 - 1, t.accent);
}

void Chip::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

} // namespace higgs::widgets
