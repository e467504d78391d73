// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/icons.h"

#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <cmath>
#include <initializer_list>
#include <numbers>

namespace higgs::widgets {

namespace {

constexpr double Field = 24;
constexpr double Stroke = 1.9;

/// What a glyph is made of: lines, and perhaps areas.
struct Shape
{
    QPainterPath strokes;
    QPainterPath fills;
};

void poly(QPainterPath &path, std::initializer_list<QPointF> points, bool closed = false)
{
    bool first = true;
    for (const QPointF &point : points) {
        if (first)
            path.moveTo(point);
        else
            path.lineTo(point);
        first = false;
    }
    if (closed)
        path.closeSubpath();
}

QPainterPath starPath()
{
    QPainterPath path;
    constexpr int Tips = 5;
    for (int i = 0; i < 2 * Tips; ++i) {
        const double radius = i % 2 == 0 ? 9.2 : 4.0;
        const double angle = -std::numbers::pi / 2 + i * std::numbers::pi / Tips;
        const QPointF point(12 + radius * std::cos(angle), 12.6 + radius * std::sin(angle));
        if (i == 0)
            path.moveTo(point);
        else
            path.lineTo(point);
    }
    path.closeSubpath();
    return path;
}

QPainterPath gearPath()
{
    QPainterPath path;
    constexpr int Teeth = 8;
    for (int i = 0; i < Teeth * 4; ++i) {
        const bool outer = i % 4 == 1 || i % 4 == 2;
        const double angle = (i - 1.5) * 2 * std::numbers::pi / (Teeth * 4);
        const double radius = outer ? 9.4 : 7.0;
        const QPointF point(12 + radius * std::cos(angle), 12 + radius * std::sin(angle));
        if (i == 0)
            path.moveTo(point);
        else
            path.lineTo(point);
    }
    path.closeSubpath();
    path.addEllipse(QPointF(12, 12), 2.8, 2.8);
    return path;
}

QPainterPath shieldPath()
{
    QPainterPath path(QPointF(12, 3));
    path.cubicTo(14.2, 4.8, 16.6, 5.6, 19, 5.7);
    path.lineTo(19, 11.4);
    path.cubicTo(19, 16, 16.2, 19.4, 12, 21.2);
    path.cubicTo(7.8, 19.4, 5, 16, 5, 11.4);
    path.lineTo(5, 5.7);
    path.cubicTo(7.4, 5.6, 9.8, 4.8, 12, 3);
    path.closeSubpath();
    return path;
}

QPainterPath globePath()
{
    QPainterPath path;
    path.addEllipse(QPointF(12, 12), 9, 9);
    path.addEllipse(QPointF(12, 12), 4, 9);
    poly(path, {{3, 12}, {21, 12}});
    return path;
}

QPainterPath refreshPath()
{
    QPainterPath path;
    path.arcMoveTo(4, 4, 16, 16, 60);
    path.arcTo(4, 4, 16, 16, 60, 290);
    poly(path, {{20.4, 3.6}, {20.4, 8.6}, {15.4, 8.6}});
    return path;
}

void charts(Glyph glyph, QPainterPath &s)
{
    switch (glyph) {
    case Glyph::Chart:
        poly(s, {{5, 19.5}, {5, 13}});
        poly(s, {{12, 19.5}, {12, 4.5}});
        poly(s, {{19, 19.5}, {19, 9}});
        break;
    case Glyph::Sliders:
        poly(s, {{3.5, 8}, {12.1, 8}});
        poly(s, {{17.9, 8}, {20.5, 8}});
        s.addEllipse(QPointF(15, 8), 2.9, 2.9);
        poly(s, {{3.5, 16}, {6.1, 16}});
        poly(s, {{11.9, 16}, {20.5, 16}});
        s.addEllipse(QPointF(9, 16), 2.9, 2.9);
        break;
    default:
        break;
    }
}

void signs(Glyph glyph, Shape &shape)
{
    QPainterPath &s = shape.strokes;
    switch (glyph) {
    case Glyph::Info:
        s.addEllipse(QPointF(12, 12), 9, 9);
        poly(s, {{12, 11}, {12, 16.4}});
        shape.fills.addEllipse(QPointF(12, 7.6), 1.25, 1.25);
        break;
    case Glyph::Warning:
        poly(s, {{12, 3.8}, {21.4, 20}, {2.6, 20}}, true);
        poly(s, {{12, 10}, {12, 14.4}});
        shape.fills.addEllipse(QPointF(12, 17), 1.2, 1.2);
        break;
    case Glyph::Shield:
        s = shieldPath();
        break;
    case Glyph::Star:
        s = starPath();
        break;
    case Glyph::StarFilled:
        s = starPath();
        shape.fills = starPath();
        break;
    case Glyph::Globe:
        s = globePath();
        break;
    case Glyph::Gear:
        s = gearPath();
        break;
    case Glyph::Bolt:
        poly(s, {{13.4, 3}, {5, 13.6}, {11.4, 13.6}, {10.6, 21}, {19, 10.4}, {12.6, 10.4}}, true);
        break;
    case Glyph::Lock:
        s.addRoundedRect(QRectF(5, 10.5, 14, 10), 2, 2);
        s.moveTo(8, 10.5);
        s.lineTo(8, 7.5);
        s.cubicTo(8, 2.2, 16, 2.2, 16, 7.5);
        s.lineTo(16, 10.5);
        break;
    case Glyph::Computer:
        s.addRoundedRect(QRectF(3, 4, 18, 12.5), 2, 2);
        poly(s, {{12, 16.5}, {12, 20}});
        poly(s, {{8, 20}, {16, 20}});
        break;
    case Glyph::Server:
        s.addRoundedRect(QRectF(4, 4, 16, 7), 2, 2);
        s.addRoundedRect(QRectF(4, 13, 16, 7), 2, 2);
        poly(s, {{8, 7.5}, {8.1, 7.5}});
        poly(s, {{8, 16.5}, {8.1, 16.5}});
        break;
    case Glyph::Home:
        poly(s, {{3.5, 11.5}, {12, 4}, {20.5, 11.5}});
        poly(s, {{6, 9.5}, {6, 20}, {18, 20}, {18, 9.5}});
        poly(s, {{10, 20}, {10, 14.5}, {14, 14.5}, {14, 20}});
        break;
    case Glyph::Route:
        s.addEllipse(QPointF(5.5, 18), 2.5, 2.5);
        s.addEllipse(QPointF(18.5, 6), 2.5, 2.5);
        s.moveTo(8, 18);
        s.cubicTo(17, 18, 7, 6, 16, 6);
        break;
    case Glyph::Users:
        s.addEllipse(QPointF(9, 8), 3.4, 3.4);
        s.moveTo(2.8, 19.6);
        s.cubicTo(2.8, 12.4, 15.2, 12.4, 15.2, 19.6);
        s.arcMoveTo(12.6, 4.6, 6.8, 6.8, 120);
        s.arcTo(12.6, 4.6, 6.8, 6.8, 120, -240);
        s.moveTo(17.4, 14.4);
        s.cubicTo(19.8, 15, 21.2, 16.8, 21.2, 19.6);
        break;
    default:
        charts(glyph, s);
        break;
    }
}

void actions(Glyph glyph, Shape &shape)
{
    QPainterPath &s = shape.strokes;
    switch (glyph) {
    case Glyph::Back:
        poly(s, {{11, 5}, {4, 12}, {11, 19}});
        poly(s, {{4, 12}, {20, 12}});
        break;
    case Glyph::Check:
        poly(s, {{4.5, 12.5}, {9.8, 17.8}, {19.5, 7}});
        break;
    case Glyph::ChevronDown:
        poly(s, {{6, 9}, {12, 15}, {18, 9}});
        break;
    case Glyph::ChevronRight:
        poly(s, {{9, 6}, {15, 12}, {9, 18}});
        break;
    case Glyph::Close:
        poly(s, {{6, 6}, {18, 18}});
        poly(s, {{18, 6}, {6, 18}});
        break;
    case Glyph::Copy:
        s.addRoundedRect(QRectF(9, 9, 11, 11), 2, 2);
        poly(s, {{5.5, 15}, {4, 15}, {4, 4}, {15, 4}, {15, 5.5}});
        break;
    case Glyph::Menu:
        poly(s, {{4, 7}, {20, 7}});
        poly(s, {{4, 12}, {20, 12}});
        poly(s, {{4, 17}, {20, 17}});
        break;
    case Glyph::Pause:
        poly(s, {{8.5, 5.5}, {8.5, 18.5}});
        poly(s, {{15.5, 5.5}, {15.5, 18.5}});
        break;
    case Glyph::Power:
        s.arcMoveTo(4, 4.6, 16, 16, 122);
        s.arcTo(4, 4.6, 16, 16, 122, 296);
        poly(s, {{12, 2.8}, {12, 11.6}});
        break;
    case Glyph::Pulse:
        poly(s, {{2.5, 12}, {7, 12}, {9.8, 5}, {14.4, 19}, {17, 12}, {21.5, 12}});
        break;
    case Glyph::Quit:
        poly(s, {{10, 4}, {4, 4}, {4, 20}, {10, 20}});
        poly(s, {{9, 12}, {20, 12}});
        poly(s, {{15.5, 7.5}, {20, 12}, {15.5, 16.5}});
        break;
    case Glyph::Refresh:
        s = refreshPath();
        break;
    case Glyph::Search:
        s.addEllipse(QPointF(10.5, 10.5), 6.5, 6.5);
        poly(s, {{15.4, 15.4}, {20.5, 20.5}});
        break;
    default:
        signs(glyph, shape);
        break;
    }
}

class GlyphEngine : public QIconEngine
{
public:
    GlyphEngine(Glyph glyph, const QColor &colour) : m_glyph(glyph), m_colour(colour) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        QColor colour = m_colour;
        if (mode == QIcon::Disabled)
            colour.setAlphaF(0.5F);
        const int side = std::min(rect.width(), rect.height());
        const QRectF square(rect.x() + (rect.width() - side) / 2.0,
                            rect.y() + (rect.height() - side) / 2.0, side, side);
        drawGlyph(*painter, m_glyph, square, colour);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return pixmap;
    }

    QIconEngine *clone() const override { return new GlyphEngine(m_glyph, m_colour); }

private:
    Glyph m_glyph;
    QColor m_colour;
};

} // namespace

void drawGlyph(QPainter &painter, Glyph glyph, const QRectF &bounds, const QColor &colour)
{
    Shape shape;
    actions(glyph, shape);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(bounds.topLeft());
    painter.scale(bounds.width() / Field, bounds.height() / Field);
    if (!shape.fills.isEmpty())
        painter.fillPath(shape.fills, colour);
    painter.setPen(QPen(colour, Stroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(shape.strokes);
    painter.restore();
}

QIcon glyphIcon(Glyph glyph, const QColor &colour)
{
    return QIcon(new GlyphEngine(glyph, colour));
}

} // namespace higgs::widgets
