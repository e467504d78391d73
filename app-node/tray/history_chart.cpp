// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/history_chart.h"

#include "shared/widgets/format.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int UsualHeight = 144;
constexpr double GapShare = 0.3;
constexpr double LeastBar = 2;

} // namespace

std::vector<HistoryDay> everyDay(const std::vector<HistoryDay> &days, QDate today, int count)
{
    std::vector<HistoryDay> every;
    for (int i = count - 1; i >= 0; --i) {
        const QDate day = today.addDays(-i);
        const auto found = std::find_if(days.begin(), days.end(),
                                        [day](const HistoryDay &each) { return each.day == day; });
        every.push_back(found != days.end() ? *found : HistoryDay{day, 0, 0, 0});
    }
    return every;
}

HistoryChart::HistoryChart(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void HistoryChart::setBars(std::vector<HistoryBar> bars, const QString &first, const QString &last)
{
    m_bars = std::move(bars);
    m_first = first;
    m_last = last;
    updateGeometry();
    update();
}

quint64 HistoryChart::total() const
{
    quint64 total = 0;
    for (const HistoryBar &bar : m_bars)
        total += bar.bytes;
    return total;
}

QSize HistoryChart::sizeHint() const
{
    return {count() * Grid, UsualHeight};
}

QRectF HistoryChart::slot(int index) const
{
    const QFontMetricsF metrics(fontOf(TextStyle::Caption, QApplication::font()));
    const double line = metrics.height() + Grid / 2.0;
    const double step = double(width()) / std::max(count(), 1);
    return {index * step, line, step, height() - 2 * line};
}

void HistoryChart::paintEvent(QPaintEvent *)
{
    if (m_bars.empty())
        return;
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(fontOf(TextStyle::Caption, QApplication::font()));
    quint64 most = 1;
    for (const HistoryBar &bar : m_bars)
        most = std::max(most, bar.bytes);
    const QRectF first = slot(0);
    painter.setPen(QPen(t.line, 1));
    painter.drawLine(QPointF(0, first.bottom() + 0.5), QPointF(width(), first.bottom() + 0.5));
    painter.setPen(Qt::NoPen);
    for (int i = 0; i < count(); ++i) {
        const quint64 bytes = m_bars[static_cast<std::size_t>(i)].bytes;
        if (bytes == 0)
            continue;
        const QRectF whole = slot(i);
        const double share = static_cast<double>(bytes) / static_cast<double>(most);
        const double height = std::max(LeastBar, whole.height() * share);
        const double gap = whole.width() * GapShare / 2;
        painter.setBrush(i + 1 == count() ? t.accent : pastBar(t));
        painter.drawRoundedRect(
            QRectF(whole.left() + gap, whole.bottom() - height, whole.width() - 2 * gap, height), 2,
            2);
    }
    const double top = first.bottom() + Grid / 2.0;
    const QRectF labels(0, top, width(), height() - top);
    painter.setPen(t.secondary);
    painter.drawText(QRectF(0, 0, width(), first.top()), Qt::AlignLeft | Qt::AlignTop,
                     bytesText(most > 1 ? most : 0));
    painter.drawText(labels, Qt::AlignLeft | Qt::AlignBottom, m_first);
    painter.drawText(labels, Qt::AlignRight | Qt::AlignBottom, m_last);
}

bool HistoryChart::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && !m_bars.empty()) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int index =
            std::clamp(help->pos().x() * count() / std::max(width(), 1), 0, count() - 1);
        const HistoryBar &bar = m_bars[static_cast<std::size_t>(index)];
        const QString text = bar.name + QStringLiteral(": ") + bytesText(bar.bytes);
        QToolTip::showText(help->globalPos(), text.toHtmlEscaped(), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace higgs::node
