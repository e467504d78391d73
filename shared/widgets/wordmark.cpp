// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/wordmark.h"

#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>
#include <cmath>

namespace higgs::widgets {

namespace {

constexpr int MarkSize = 24;

/// The program's icon (resources/icons, 64 units wide) in the theme's colours.
void drawMark(QPainter &painter, const QRectF &bounds, Product product, const Tokens &t)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(bounds.topLeft());
    painter.scale(bounds.width() / 64, bounds.height() / 64);
    painter.setPen(Qt::NoPen);
    painter.setBrush(product == Product::Vpn ? t.accent : t.secured);
    painter.drawRoundedRect(QRectF(2, 2, 60, 60), 15, 15);
    if (product == Product::Vpn) { // a particle between two walls
        painter.setBrush(t.onAccent);
        painter.drawRoundedRect(QRectF(15, 14, 8, 36), 4, 4);
        painter.drawRoundedRect(QRectF(41, 14, 8, 36), 4, 4);
        painter.drawEllipse(QPointF(32, 32), 5.5, 5.5);
    } else { // the same in an open door
        QPainterPath door(QPointF(19, 46));
        door.lineTo(19, 31);
        door.arcTo(QRectF(19, 18, 26, 26), 180, -180);
        door.lineTo(45, 46);
        painter.strokePath(door, QPen(t.onAccent, 8, Qt::SolidLine, Qt::RoundCap));
        painter.setBrush(t.onAccent);
        painter.drawEllipse(QPointF(32, 38), 5.5, 5.5);
    }
    painter.restore();
}

QString nameOf(Product product)
{
    return product == Product::Vpn ? QStringLiteral("HiggsVPN") : QStringLiteral("HiggsNode");
}

} // namespace

Wordmark::Wordmark(Product product, QWidget *parent)
    : QWidget(parent), m_product(product), m_name(nameOf(product))
{
    setAccessibleName(m_name);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize Wordmark::sizeHint() const
{
    const QFontMetricsF metrics(fontOf(TextStyle::BodyStrong, QApplication::font()));
    return {MarkSize + Grid + static_cast<int>(std::ceil(metrics.horizontalAdvance(m_name))),
            ControlHeight};
}

void Wordmark::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    drawMark(painter, QRectF(0, (height() - MarkSize) / 2.0, MarkSize, MarkSize), m_product, t);
    painter.setFont(fontOf(TextStyle::BodyStrong, QApplication::font()));
    painter.setPen(t.text);
    painter.drawText(QRectF(MarkSize + Grid, 0, width(), height()), Qt::AlignVCenter, m_name);
}

} // namespace higgs::widgets
