// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/button.h"

#include "shared/widgets/calm_style.h"
#include "shared/widgets/tokens.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyleOption>

namespace higgs::widgets {

namespace {

constexpr double HoverShare = 0.06;
constexpr double PressShare = 0.12;

} // namespace

Button::Button(Importance importance, QWidget *parent)
    : QPushButton(parent), m_importance(importance)
{
    setAutoDefault(true);
    setDefault(importance == Importance::Primary);
    setFlat(importance == Importance::Quiet);
}

Button::Button(const QString &text, Importance importance, QWidget *parent)
    : Button(importance, parent)
{
    setText(text);
}

void Button::setImportance(Importance importance)
{
    if (importance == m_importance)
        return;
    m_importance = importance;
    setDefault(importance == Importance::Primary);
    setFlat(importance == Importance::Quiet);
    update();
}

void Button::initStyleOption(QStyleOptionButton *option) const
{
    QPushButton::initStyleOption(option);
    // Qt makes whatever button has the focus the default one; only one may look like it.
    option->features.setFlag(QStyleOptionButton::DefaultButton,
                             m_importance == Importance::Primary);
}

IconButton::IconButton(Glyph glyph, QWidget *parent) : QAbstractButton(parent), m_glyph(glyph)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
}

void IconButton::setGlyph(Glyph glyph)
{
    m_glyph = glyph;
    update();
}

void IconButton::setName(const QString &name)
{
    setAccessibleName(name);
    setToolTip(name);
}

QSize IconButton::sizeHint() const
{
    return {ControlHeight, ControlHeight};
}

void IconButton::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double share = isDown() || isChecked() ? PressShare : underMouse() ? HoverShare : 0;
    if (share > 0 && isEnabled()) {
        QColor ground = t.text;
        ground.setAlphaF(static_cast<float>(share));
        painter.setPen(Qt::NoPen);
        painter.setBrush(ground);
        painter.drawRoundedRect(rect(), ControlRadius, ControlRadius);
    }
    QRectF square(0, 0, GlyphSize, GlyphSize);
    square.moveCenter(QRectF(rect()).center());
    drawGlyph(painter, m_glyph, square, isEnabled() ? t.text : t.disabled);
    if (showsFocus(*this))
        drawFocusRing(painter, rect(), ControlRadius, t.accent);
}

void IconButton::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

bool IconButton::event(QEvent *event)
{
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave)
        update();
    return QAbstractButton::event(event);
}

bool pressByEnter(QAbstractButton &button, const QKeyEvent &event)
{
    if ((event.key() != Qt::Key_Return && event.key() != Qt::Key_Enter) || event.isAutoRepeat())
        return false;
    button.animateClick();
    return true;
}

bool showsFocus(const QWidget &widget)
{
    if (!widget.hasFocus())
        return false;
    // Qt sets this on the window at Tab, Backtab and the arrows, and takes it away at a click.
    QStyleOption option;
    option.initFrom(&widget);
    return option.state.testFlag(QStyle::State_KeyboardFocusChange);
}

} // namespace higgs::widgets
