// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/wordmark.h"

#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/tray_icon.h"

#include <QApplication>
#include <QPainter>
#include <cmath>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr int MarkSize = 22;

QString name()
{
    return QStringLiteral("HiggsVPN");
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
    drawTrayShape(painter, TrayShape::On,
                  QRectF(0, (height() - MarkSize) / 2.0, MarkSize, MarkSize), t.accent);
    painter.setFont(fontOf(TextStyle::BodyStrong, QApplication::font()));
    painter.setPen(t.text);
    painter.drawText(QRectF(MarkSize + Grid, 0, width(), height()), Qt::AlignVCenter, name());
}

} // namespace higgs::vpn
