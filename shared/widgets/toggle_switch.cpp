// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/toggle_switch.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/tokens.h"

#include <QKeyEvent>
#include <QPainter>
#include <QVariantAnimation>

namespace higgs::widgets {

namespace {

constexpr int TrackWidth = 44;
constexpr int TrackHeight = 24;
constexpr double ThumbInset = 3;
constexpr double LargeScale = 4.0 / 3;

} // namespace

ToggleSwitch::ToggleSwitch(QWidget *parent) : ToggleSwitch(Size::Usual, parent) {}

ToggleSwitch::ToggleSwitch(Size size, QWidget *parent)
    : QAbstractButton(parent),
      m_scale(size == Size::Large ? LargeScale : 1),
      m_motion(new QVariantAnimation(this))
{
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_motion->setDuration(static_cast<int>(Motion.count()));
    m_motion->setEasingCurve(QEasingCurve::OutCubic);
    connect(m_motion, &QVariantAnimation::valueChanged, this, [this](const QVariant &value) {
        m_thumb = value.toDouble();
        update();
    });
}

QSize ToggleSwitch::sizeHint() const
{
    return (QSizeF(TrackWidth, TrackHeight) * m_scale).toSize() + QSize(2 * RingRoom, 2 * RingRoom);
}

void ToggleSwitch::checkStateSet()
{
    moveThumb();
}

void ToggleSwitch::nextCheckState()
{
    QAbstractButton::nextCheckState();
    moveThumb();
}

void ToggleSwitch::moveThumb()
{
    const double target = isChecked() ? 1 : 0;
    m_motion->stop();
    if (!isVisible() || !mayAnimate(*this)) {
        m_thumb = target;
        update();
        return;
    }
    m_motion->setStartValue(m_thumb);
    m_motion->setEndValue(target);
    m_motion->start();
}

void ToggleSwitch::setHeld(std::optional<Glyph> why)
{
    if (why == m_held)
        return;
    m_held = why;
    update();
}

void ToggleSwitch::drawTrack(QPainter &painter, const QRectF &track) const
{
    const Tokens &t = tokensOf(*this);
    const QColor off = isEnabled() ? t.surface : t.background;
    const QColor on = isEnabled() ? t.accent : t.disabled;
    const QColor edge = isEnabled() ? outline(t) : t.line;
    painter.setBrush(m_held ? off : mixed(off, on, m_thumb));
    painter.setPen(QPen(mixed(edge, on, m_thumb), 1.5));
    const QRectF edged = track.adjusted(0.75, 0.75, -0.75, -0.75);
    painter.drawRoundedRect(edged, edged.height() / 2, edged.height() / 2);
}

void ToggleSwitch::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.save();
    painter.translate(QRectF(rect()).center());
    painter.scale(m_scale, m_scale);
    const QRectF track(-TrackWidth / 2.0, -TrackHeight / 2.0, TrackWidth, TrackHeight);
    drawTrack(painter, track);
    const double side = TrackHeight - 2 * ThumbInset - 2;
    const double travel = TrackWidth - side - 2 * ThumbInset - 2;
    const QRectF thumb(track.left() + ThumbInset + 1 + travel * m_thumb,
                       track.top() + ThumbInset + 1, side, side);
    const QColor on = isEnabled() ? t.accent : t.disabled;
    const QColor off = isEnabled() ? t.secondary : t.disabled;
    painter.setPen(Qt::NoPen);
    painter.setBrush(mixed(off, m_held ? on : t.onAccent, m_thumb));
    painter.drawEllipse(thumb);
    if (isChecked() && m_thumb > 0.6)
        drawGlyph(painter, m_held.value_or(Glyph::Check), thumb.adjusted(2.5, 2.5, -2.5, -2.5),
                  m_held ? t.onAccent : on);
    painter.restore();
    if (showsFocus(*this))
        drawFocusRing(painter, rect(), rect().height() / 2.0 - 1, t.accent);
}

void ToggleSwitch::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

} // namespace higgs::widgets
