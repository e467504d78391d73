// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/calm_slider.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/tokens.h"

#include <QMouseEvent>
#include <QPainter>
#include <cmath>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr double ThumbRadius = 9;
constexpr double RingRoom = 4;
constexpr double LineHeight = 4;

} // namespace

CalmSlider::CalmSlider(QWidget *parent) : QSlider(Qt::Horizontal, parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize CalmSlider::sizeHint() const
{
    return {6 * Margin, static_cast<int>(2 * (ThumbRadius + RingRoom))};
}

QSize CalmSlider::minimumSizeHint() const
{
    return {3 * Margin, sizeHint().height()};
}

double CalmSlider::thumb() const
{
    const double room = width() - 2 * (ThumbRadius + RingRoom);
    const int steps = std::max(maximum() - minimum(), 1);
    const double share = double(value() - minimum()) / steps;
    return ThumbRadius + RingRoom +
           room * (layoutDirection() == Qt::RightToLeft ? 1 - share : share);
}

int CalmSlider::valueAt(double x) const
{
    const double room = std::max(width() - 2 * (ThumbRadius + RingRoom), 1.0);
    const double share = std::clamp((x - ThumbRadius - RingRoom) / room, 0.0, 1.0);
    const double along = layoutDirection() == Qt::RightToLeft ? 1 - share : share;
    return minimum() + static_cast<int>(std::lround(along * (maximum() - minimum())));
}

void CalmSlider::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double middle = height() / 2.0;
    const double at = thumb();
    // From edge to edge, as the words above it; the thumb keeps room for its ring.
    const QRectF line(0, middle - LineHeight / 2, width(), LineHeight);
    const QColor ink = isEnabled() ? t.accent : t.disabled;
    painter.setPen(Qt::NoPen);
    painter.setBrush(sliderTrack(t));
    painter.drawRoundedRect(line, LineHeight / 2, LineHeight / 2);
    painter.setBrush(ink);
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    painter.drawRoundedRect(mirrored
                                ? QRectF(at, line.top(), line.right() - at, line.height())
                                : QRectF(line.left(), line.top(), at - line.left(), line.height()),
                            LineHeight / 2, LineHeight / 2);
    painter.setBrush(t.raised);
    painter.setPen(QPen(ink, 2));
    painter.drawEllipse(QPointF(at, middle), ThumbRadius - 1, ThumbRadius - 1);
    if (showsFocus(*this)) {
        QRectF ring(0, 0, 2 * (ThumbRadius + RingRoom), 2 * (ThumbRadius + RingRoom));
        ring.moveCenter(QPointF(at, middle));
        drawFocusRing(painter, ring, ring.height() / 2, t.accent);
    }
}

void CalmSlider::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    setSliderDown(true);
    setValue(valueAt(event->position().x()));
}

void CalmSlider::mouseMoveEvent(QMouseEvent *event)
{
    if (isSliderDown())
        setValue(valueAt(event->position().x()));
}

void CalmSlider::mouseReleaseEvent(QMouseEvent *)
{
    setSliderDown(false);
}

void CalmSlider::wheelEvent(QWheelEvent *event)
{
    if (hasFocus())
        QSlider::wheelEvent(event);
    else
        event->ignore();
}

} // namespace higgs::node
