// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/nav_tile.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int Inset = 12;
constexpr int UsualWidth = 128;
constexpr double HoverShare = 0.04;
constexpr double PressShare = 0.08;

} // namespace

NavTile::NavTile(Glyph glyph, QWidget *parent)
    : QAbstractButton(parent),
      m_glyph(glyph),
      m_name(new Label(TextStyle::CaptionStrong)),
      m_news(new Label(TextStyle::Caption, Ink::Secondary))
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred); // a button's height is fixed
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
    auto *lines = new QVBoxLayout(this);
    lines->setContentsMargins(Inset + GlyphSize + Grid, Grid, Grid, Grid);
    lines->setSpacing(2);
    lines->addStretch(1);
    lines->addWidget(m_name);
    lines->addWidget(m_news);
    lines->addStretch(1);
    for (Label *label : {m_name, m_news})
        label->setAttribute(Qt::WA_TransparentForMouseEvents);
}

void NavTile::setContents(const QString &name, const QString &news, Ink ink)
{
    setText(name);
    setAccessibleName(name);
    setAccessibleDescription(news);
    m_name->setText(name);
    m_news->setText(news);
    if (ink == m_ink)
        return;
    m_ink = ink;
    m_news->setInk(ink);
    update();
}

QSize NavTile::sizeHint() const
{
    return {UsualWidth, QAbstractButton::sizeHint().height()};
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
              colourOf(m_ink, t));
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
    return QAbstractButton::event(event);
}

} // namespace higgs::node
