// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/nav_tile.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QEvent>
#include <QKeyEvent>
#include <QPainter>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int Inset = 12;
constexpr double HoverShare = 0.04;
constexpr double PressShare = 0.08;

} // namespace

NavTile::NavTile(Glyph glyph, QWidget *parent) : QAbstractButton(parent), m_glyph(glyph)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
}

void NavTile::setContents(const QString &name, const QString &news, bool urgent)
{
    setText(name);
    m_news = news;
    m_urgent = urgent;
    setAccessibleName(name);
    setAccessibleDescription(news);
    updateGeometry();
    update();
}

QSize NavTile::sizeHint() const
{
    const QFontMetrics strong(fontOf(TextStyle::CaptionStrong, QApplication::font()));
    const QFontMetrics plain(fontOf(TextStyle::Caption, QApplication::font()));
    const int lines = strong.height() + plain.height() + 2;
    return {GlyphSize + 2 * Inset + Grid + strong.horizontalAdvance(text()),
            std::max(lines + 2 * Grid, ControlHeight)};
}

void NavTile::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double share = isDown() ? PressShare : underMouse() ? HoverShare : 0;
    painter.setPen(QPen(t.line, 1));
    painter.setBrush(mixed(t.surface, t.text, share));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), ControlRadius,
                            ControlRadius);
    drawGlyph(painter, m_glyph, QRectF(Inset, (height() - GlyphSize) / 2.0, GlyphSize, GlyphSize),
              m_urgent ? t.blocked : t.secondary);

    const QFont strong = fontOf(TextStyle::CaptionStrong, QApplication::font());
    const QFont plain = fontOf(TextStyle::Caption, QApplication::font());
    const QFontMetricsF first(strong);
    const QFontMetricsF second(plain);
    const int left = Inset + GlyphSize + Grid + Grid / 2;
    const double width = this->width() - left - Grid;
    const double top = (height() - first.height() - second.height() - 2) / 2;
    painter.setFont(strong);
    painter.setPen(t.text);
    painter.drawText(QRectF(left, top, width, first.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     first.elidedText(text(), Qt::ElideRight, width));
    painter.setFont(plain);
    painter.setPen(m_urgent ? t.blocked : t.secondary);
    painter.drawText(QRectF(left, top + first.height() + 2, width, second.height()),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     second.elidedText(m_news, Qt::ElideRight, width));
    if (showsFocus(*this))
        drawFocusRing(painter, rect(), ControlRadius, t.accent);
}

void NavTile::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

bool NavTile::event(QEvent *event)
{
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave)
        update();
    if (event->type() == QEvent::ToolTip)
        setToolTip(m_news);
    return QAbstractButton::event(event);
}

} // namespace higgs::node
