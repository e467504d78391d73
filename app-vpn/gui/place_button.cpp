// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/place_button.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QEvent>
#include <QPainter>
#include <QPainterPath>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr int RowHeight = 64;
constexpr int Chevron = 20;
constexpr QSize FlagSize{40, 30};

} // namespace

PlaceButton::PlaceButton(Flags &flags, QWidget *parent) : QAbstractButton(parent), m_flags(flags)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
    retranslate();
}

void PlaceButton::setContents(const QString &country, const QString &name, const QString &below)
{
    if (country == m_country && name == text() && below == m_below)
        return;
    if (name != text())
        setAccessibleName(tr("Country: %1", "%1: a country, or the fastest").arg(name));
    m_country = country;
    m_below = below;
    setText(name);
    update();
}

void PlaceButton::retranslate()
{
    setAccessibleName(tr("Country: %1", "%1: a country, or the fastest").arg(text()));
    setAccessibleDescription(tr("Opens the list of countries"));
    setToolTip(tr("Choose another country (Ctrl+F)"));
}

QSize PlaceButton::sizeHint() const
{
    const QFontMetrics name(fontOf(TextStyle::BodyStrong, QApplication::font()));
    const QFontMetrics below(fontOf(TextStyle::Caption, QApplication::font()));
    return {240, std::max(RowHeight, name.height() + below.height() + 3 * Grid)};
}

void PlaceButton::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (underMouse() || isDown()) {
        QColor ground = t.text;
        ground.setAlphaF(isDown() ? 0.09F : 0.04F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(ground);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), CardRadius - 1,
                                CardRadius - 1);
    }
    QRectF flag(2 * Grid, (height() - FlagSize.height()) / 2.0, FlagSize.width(),
                FlagSize.height());
    if (m_country.isEmpty()) {
        QPainterPath badge;
        badge.addRoundedRect(flag, 4, 4);
        painter.fillPath(badge, mixed(t.surface, t.accent, 0.12));
        QRectF bolt(0, 0, GlyphSize, GlyphSize);
        bolt.moveCenter(flag.center());
        drawGlyph(painter, Glyph::Bolt, bolt, t.accent);
    } else {
        m_flags.draw(painter, flag, m_country, t);
    }
    const double left = flag.right() + 2 * Grid;
    const double room = width() - left - Chevron - 3 * Grid;
    const QFont nameFont = fontOf(TextStyle::BodyStrong, QApplication::font());
    const QFont belowFont = fontOf(TextStyle::Caption, QApplication::font());
    const QFontMetricsF name(nameFont);
    const QFontMetricsF below(belowFont);
    constexpr double Between = 2;
    const double block = name.height() + (m_below.isEmpty() ? 0 : Between + below.height());
    const double top = (height() - block) / 2;
    painter.setFont(nameFont);
    painter.setPen(t.text);
    painter.drawText(QPointF(left, top + name.ascent()),
                     name.elidedText(text(), Qt::ElideRight, room));
    painter.setFont(belowFont);
    painter.setPen(t.secondary);
    drawFigures(painter, {left, top + name.height() + Between + below.ascent()},
                below.elidedText(m_below, Qt::ElideRight, room));
    drawGlyph(painter, Glyph::ChevronRight,
              QRectF(width() - Chevron - 2 * Grid, (height() - Chevron) / 2.0, Chevron, Chevron),
              t.secondary);
    if (showsFocus(*this))
        drawFocusRing(painter, rect(), CardRadius, t.accent);
}

void PlaceButton::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

void PlaceButton::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QAbstractButton::changeEvent(event);
}

bool PlaceButton::event(QEvent *event)
{
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave)
        update();
    return QAbstractButton::event(event);
}

} // namespace higgs::vpn
