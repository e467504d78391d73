// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/tray_icon.h"

#include <QPainter>

namespace higgs::widgets {

namespace {

constexpr double Field = 22;
constexpr double Stroke = 2;
constexpr double Radius = 8;
constexpr double Dot = 3.5;
constexpr double Bar = 4;
constexpr double PauseBar = 3;
constexpr double PauseGap = 2;
constexpr int SixteenthsOfDegree = 16;
constexpr int PanelSizes[] = {16, 22, 24, 32, 44, 48, 64};

} // namespace

void drawTrayShape(QPainter &painter, TrayShape shape, const QRectF &bounds, const QColor &ink)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(bounds.topLeft());
    painter.scale(bounds.width() / Field, bounds.height() / Field);
    const QPointF middle(Field / 2, Field / 2);
    const QRectF ring(middle.x() - Radius, middle.y() - Radius, 2 * Radius, 2 * Radius);
    painter.setPen(QPen(ink, Stroke, Qt::SolidLine, Qt::FlatCap));
    painter.setBrush(Qt::NoBrush);
    if (shape == TrayShape::Working)
        painter.drawArc(ring, 0, 270 * SixteenthsOfDegree);
    else
        painter.drawEllipse(ring);
    if (shape == TrayShape::On) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(ink);
        painter.drawEllipse(middle, Dot, Dot);
    } else if (shape == TrayShape::Blocked) {
        painter.setPen(QPen(ink, Stroke + 1, Qt::SolidLine, Qt::FlatCap));
        painter.drawLine(middle - QPointF(Bar, 0), middle + QPointF(Bar, 0));
    } else if (shape == TrayShape::Paused) {
        for (const double x : {-PauseGap, PauseGap})
            painter.drawLine(middle + QPointF(x, -PauseBar), middle + QPointF(x, PauseBar));
    }
    painter.restore();
}

QIcon trayIcon(TrayShape shape, Shade panel)
{
    const QColor ink = tokens(panel).text;
    QIcon icon;
    for (const int side : PanelSizes) {
        QPixmap pixmap(side, side);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        drawTrayShape(painter, shape, QRectF(0, 0, side, side), ink);
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

} // namespace higgs::widgets
