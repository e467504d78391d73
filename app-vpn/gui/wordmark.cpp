// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/wordmark.h"

#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QPainter>
#include <cmath>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr int MarkSize = 24;

QString name()
{
    return QStringLiteral("HiggsVPN");
}

/// The program's icon (resources/icons/higgs-vpn.svg, 64 units wide) in the theme's accent: a
/// particle between two walls.
void drawMark(QPainter &painter, const QRectF &bounds, const Tokens &t)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(bounds.topLeft());
    painter.scale(bounds.width() / 64, bounds.height() / 64);
    painter.setPen(Qt::NoPen);
    painter.setBrush(t.accent);
    painter.drawRoundedRect(QRectF(2, 2, 60, 60), 15, 15);
    painter.setBrush(t.onAccent);
    painter.drawRoundedRect(QRectF(15, 14, 8, 36), 4, 4);
    painter.drawRoundedRect(QRectF(41, 14, 8, 36), 4, 4);
    painter.drawEllipse(QPointF(32, 32), 5.5, 5.5);
    painter.restore();
}

} // namespace

Wordmark::Wordmark(QWidget *parent) : QWidget(parent)
{
    setAccessibleName(name());
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize Wordmark::sizeHint() const
{
    const QFontMetricsF metrics(fontOf(TextStyle::BodyStrong, QApplication::font()));
    return {MarkSize + Grid + static_cast<int>(std::ceil(metrics.horizontalAdvance(name()))),
            ControlHeight};
}

void Wordmark::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    drawMark(painter, QRectF(0, (height() - MarkSize) / 2.0, MarkSize, MarkSize), t);
    painter.setFont(fontOf(TextStyle::BodyStrong, QApplication::font()));
    painter.setPen(t.text);
    painter.drawText(QRectF(MarkSize + Grid, 0, width(), height()), Qt::AlignVCenter, name());
}

} // namespace higgs::vpn
