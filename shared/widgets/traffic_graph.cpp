// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/traffic_graph.h"

#include "shared/widgets/format.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QEvent>
#include <QPainter>
#include <QPainterPath>
#include <cmath>

namespace higgs::widgets {

namespace {

constexpr double LeastScale = 10e3;
constexpr double LineWidth = 1.5;
constexpr float AreaOpacity = 0.16F;
constexpr int UsualWidth = 240;
constexpr int UsualHeight = 64;
constexpr int LeastHeight = 48;

using Length = double;

QPolygonF line(const TrafficHistory &history, float TrafficHistory::Sample::*member,
               const QRectF &area, double scale)
{
    QPolygonF points;
    points.reserve(static_cast<qsizetype>(TrafficHistory::Length) + 2);
    const Length step = area.width() / double(TrafficHistory::Length - 1);
    for (std::size_t i = 0; i < TrafficHistory::Length; ++i) {
        const double share =
            std::min(1.0, double{history.at(TrafficHistory::Length - 1 - i).*member} / scale);
        points << QPointF(area.left() + double(i) * step, area.bottom() - share * area.height());
    }
    return points;
}

} // namespace

TrafficGraph::TrafficGraph(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    retranslate();
}

void TrafficGraph::take(Monotonic now, quint64 down, quint64 up)
{
    if (m_history.take(now, down, up))
        update();
}

void TrafficGraph::idle(Monotonic now)
{
    if (m_history.idle(now))
        update();
}

void TrafficGraph::clear()
{
    m_history.clear();
    update();
}

void TrafficGraph::setEmptyText(const QString &text)
{
    if (text == m_emptyText)
        return;
    m_emptyText = text;
    update();
}

QSize TrafficGraph::sizeHint() const
{
    return {UsualWidth, UsualHeight};
}

QSize TrafficGraph::minimumSizeHint() const
{
    return {Margin, LeastHeight};
}

void TrafficGraph::retranslate()
{
    setAccessibleName(tr("Traffic of the last two minutes"));
    setAccessibleDescription(tr("The figures stand beside it in words"));
}

void TrafficGraph::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void TrafficGraph::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(fontOf(TextStyle::Caption, QApplication::font()));
    if (isEmpty() && !m_emptyText.isEmpty()) {
        paintEmpty(painter, t);
        return;
    }
    const QFontMetricsF metrics(painter.font());
    const double scale = scaleFor(double{m_history.peak()});
    const QRectF area = QRectF(rect()).adjusted(0, metrics.height() + 2, 0, -1);

    painter.setPen(QPen(t.line, 1));
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    QPen dotted(t.line, 1, Qt::CustomDashLine);
    dotted.setDashPattern({2, 4});
    painter.setPen(dotted);
    painter.drawLine(area.topLeft(), area.topRight());
    painter.setPen(t.secondary);
    painter.drawText(QRectF(0, 0, width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     rateText(scale));
    painter.drawText(QRectF(0, 0, width(), metrics.height()), Qt::AlignRight | Qt::AlignVCenter,
                     tr("2 minutes", "what the graph shows"));

    const QPolygonF down = line(m_history, &TrafficHistory::Sample::down, area, scale);
    QPolygonF closed = down;
    closed << area.bottomRight() << area.bottomLeft();
    QColor ground = t.accent;
    ground.setAlphaF(AreaOpacity);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawPolygon(closed);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(t.accent, LineWidth));
    painter.drawPolyline(down);
    QPen dashed(t.secured, LineWidth, Qt::CustomDashLine); // told from the other without colour
    dashed.setDashPattern({4, 2});
    painter.setPen(dashed);
    painter.drawPolyline(line(m_history, &TrafficHistory::Sample::up, area, scale));
}

void TrafficGraph::paintEmpty(QPainter &painter, const Tokens &tokens) const
{
    painter.setPen(tokens.secondary);
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
}

double scaleFor(double peak)
{
    double scale = LeastScale;
    for (int step = 0; scale < peak && std::isfinite(peak); ++step)
        scale *= step % 3 == 1 ? 2.5 : 2; // 1, 2, 5, 10, ...
    return scale;
}

} // namespace higgs::widgets
