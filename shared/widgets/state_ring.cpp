// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/state_ring.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace higgs::widgets {

namespace {

constexpr double RingSide = 152;
constexpr double CircleSide = 116;
constexpr double FocusSide = 126;
constexpr double ThickRing = 7;
constexpr double ThinRing = 2;
constexpr double LeastBreath = 3.5; // of a breathing ring's width
constexpr double VerbGlyph = 32;
constexpr double VerbShift = 24; // of the words' middle below the circle's
constexpr double GlyphShift = 12;
constexpr int FrameMs = 33;
constexpr double TurnMs = 1600;
constexpr double BreathMs = 2400;
constexpr double Whole = 360 * 16; // QPainter counts sixteenths of a degree
constexpr double Quarter = Whole / 4;
constexpr double ArcShare = 0.3;
constexpr double BreakDegrees = 22;
constexpr int SmallestVerb = 10;

QColor ringColour(RingKind kind, const Tokens &t)
{
    switch (kind) {
    case RingKind::Off:
        return idleRing(t);
    case RingKind::Working:
        return t.working;
    case RingKind::Attention:
        return attentionRing(t);
    case RingKind::On:
        return t.secured;
    case RingKind::Blocked:
        return t.blocked;
    case RingKind::Waiting:
        return t.working;
    }
    return t.line;
}

QRectF centred(const QRectF &around, double side)
{
    QRectF square(0, 0, side, side);
    square.moveCenter(around.center());
    return square;
}

} // namespace

StateRing::StateRing(QWidget *parent) : QAbstractButton(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
    m_frames.setInterval(FrameMs);
    connect(&m_frames, &QTimer::timeout, this, qOverload<>(&QWidget::update));
}

void StateRing::setKind(RingKind kind)
{
    if (kind == m_kind)
        return;
    m_kind = kind;
    m_clock.restart();
    settle();
    update();
}

void StateRing::setLeft(double hours)
{
    const double left = std::clamp(hours, 0.0, 1.0);
    if (left == m_left)
        return;
    m_left = left;
    update();
}

void StateRing::setVerb(Glyph glyph, const QString &verb, bool primary)
{
    if (glyph == m_glyph && verb == text() && primary == m_primary)
        return;
    m_glyph = glyph;
    m_primary = primary;
    setText(verb);
    setAccessibleName(verb);
    update();
}

QSize StateRing::sizeHint() const
{
    return {static_cast<int>(RingSide) + Grid, static_cast<int>(RingSide) + Grid};
}

void StateRing::settle()
{
    const bool lively = m_kind == RingKind::Working || m_kind == RingKind::Attention;
    if (lively && isVisible() && mayAnimate(*this)) {
        if (!m_clock.isValid())
            m_clock.start();
        m_frames.start();
    } else {
        m_frames.stop();
    }
}

void StateRing::showEvent(QShowEvent *event)
{
    QAbstractButton::showEvent(event);
    settle();
}

void StateRing::hideEvent(QHideEvent *event)
{
    QAbstractButton::hideEvent(event);
    settle();
}

bool StateRing::hitButton(const QPoint &point) const
{
    const QPointF from = QPointF(point) - QRectF(rect()).center();
    return std::hypot(from.x(), from.y()) <= RingSide / 2;
}

bool StateRing::event(QEvent *event)
{
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave)
        update();
    return QAbstractButton::event(event);
}

void StateRing::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

void StateRing::drawRing(QPainter &painter, const QRectF &bounds) const
{
    const Tokens &t = tokensOf(*this);
    const QColor colour = ringColour(m_kind, t);
    const double elapsed = m_frames.isActive() ? static_cast<double>(m_clock.elapsed()) : 0;
    const auto pen = [](const QColor &ink, double width) {
        return QPen(ink, width, Qt::SolidLine, Qt::RoundCap);
    };
    const auto arc = [&](double start, double span) {
        painter.drawArc(bounds, static_cast<int>(start), static_cast<int>(span));
    };
    painter.setBrush(Qt::NoBrush);
    switch (m_kind) {
    case RingKind::Off:
        painter.setPen(pen(colour, ThinRing));
        painter.drawEllipse(bounds);
        break;
    case RingKind::On:
        painter.setPen(pen(colour, ThickRing));
        painter.drawEllipse(bounds);
        break;
    case RingKind::Working: {
        painter.setPen(pen(t.line, ThickRing));
        painter.drawEllipse(bounds);
        painter.setPen(pen(colour, ThickRing));
        const double turn = std::fmod(elapsed, TurnMs) / TurnMs;
        arc(Quarter - turn * Whole, -Whole * ArcShare);
        break;
    }
    case RingKind::Attention: {
        const double wave = std::cos(elapsed / BreathMs * 2 * std::numbers::pi); // 1 at first
        // Its width breathes, not its colour: that has to be seen at every moment.
        const double width = LeastBreath + (ThickRing - LeastBreath) * (1 + wave) / 2;
        QPen dashed(colour, width, Qt::SolidLine, Qt::FlatCap);
        // Dashes all around: told from the whole ring without colour and without motion.
        const double length = std::numbers::pi * bounds.width() / width;
        constexpr int Dashes = 24;
        dashed.setDashPattern({length / Dashes * 0.7, length / Dashes * 0.3});
        painter.setPen(dashed);
        painter.drawEllipse(bounds);
        break;
    }
    case RingKind::Blocked:
        painter.setPen(pen(colour, ThickRing));
        for (int part = 0; part < 4; ++part)
            arc(Quarter / 2 + part * Quarter + BreakDegrees * 16 / 2, Quarter - BreakDegrees * 16);
        break;
    case RingKind::Waiting:
        painter.setPen(pen(idleRing(t), ThinRing));
        painter.drawEllipse(bounds);
        painter.setPen(pen(colour, ThickRing));
        arc(Quarter, -Whole * m_left); // from twelve o'clock, as a minute hand goes
        break;
    }
}

void StateRing::drawVerb(QPainter &painter, const QRectF &circle) const
{
    const Tokens &t = tokensOf(*this);
    const QColor ink = !isEnabled() ? t.disabled : m_primary ? t.onAccent : t.text;
    QRectF glyph = centred(circle, VerbGlyph);
    glyph.translate(0, -GlyphShift);
    drawGlyph(painter, m_glyph, glyph, ink);
    QFont font = fontOf(TextStyle::CaptionStrong, QApplication::font());
    // As wide as the circle is at that height; a longer word becomes smaller, never cut.
    const double radius = circle.width() / 2;
    const double room = 2 * std::sqrt(radius * radius - (VerbShift + 8) * (VerbShift + 8)) - Grid;
    while (font.pixelSize() > SmallestVerb && QFontMetricsF(font).horizontalAdvance(text()) > room)
        font.setPixelSize(font.pixelSize() - 1);
    painter.setFont(font);
    painter.setPen(ink);
    QRectF line(circle.left(), 0, circle.width(), QFontMetricsF(font).height());
    line.moveCenter(circle.center() + QPointF(0, VerbShift));
    painter.drawText(line, Qt::AlignCenter, text());
}

void StateRing::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    drawRing(painter, centred(rect(), RingSide - ThickRing));
    const QRectF circle = centred(rect(), CircleSide);
    const double share = isDown() ? 0.14 : underMouse() && isEnabled() ? 0.06 : 0;
    if (m_primary && isEnabled()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(mixed(t.accent, t.text, share));
        painter.drawEllipse(circle);
    } else {
        painter.setPen(QPen(t.line, 1));
        painter.setBrush(mixed(t.surface, t.text, share));
        painter.drawEllipse(circle.adjusted(0.5, 0.5, -0.5, -0.5));
    }
    drawVerb(painter, circle);
    if (showsFocus(*this)) {
        painter.setPen(QPen(t.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(centred(rect(), FocusSide));
    }
}

} // namespace higgs::widgets
