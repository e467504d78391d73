// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/history_chart.h"

#include "shared/widgets/format.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int UsualHeight = 144;
constexpr double GapShare = 0.3;
constexpr double LeastBar = 2;

quint64 sum(const HistoryDay &day)
{
    return day.rxBytes + day.txBytes;
}

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

void HistoryChart::setDays(const std::vector<HistoryDay> &days, QDate today)
{
    m_days = everyDay(days, today, Days);
    quint64 total = 0;
    for (const HistoryDay &day : m_days)
        total += sum(day);
    setAccessibleName(tr("Traffic of the last %n days", "", Days));
    setAccessibleDescription(
        tr("%1 in all; the days stand below in figures").arg(bytesText(total)));
    update();
}

QSize HistoryChart::sizeHint() const
{
    return {Days * Grid, UsualHeight};
}

QRectF HistoryChart::slot(int index) const
{
    const QFontMetricsF metrics(fontOf(TextStyle::Caption, QApplication::font()));
    const double line = metrics.height() + Grid / 2.0;
    const double step = double(width()) / Days;
    return {index * step, line, step, height() - 2 * line};
}

void HistoryChart::paintEvent(QPaintEvent *)
{
    if (m_days.empty())
        return;
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(fontOf(TextStyle::Caption, QApplication::font()));
    quint64 most = 1;
    for (const HistoryDay &day : m_days)
        most = std::max(most, sum(day));
    const QRectF first = slot(0);
    painter.setPen(QPen(t.line, 1));
    painter.drawLine(QPointF(0, first.bottom() + 0.5), QPointF(width(), first.bottom() + 0.5));
    painter.setPen(Qt::NoPen);
    for (int i = 0; i < static_cast<int>(m_days.size()); ++i) {
        const quint64 bytes = sum(m_days[static_cast<std::size_t>(i)]);
        if (bytes == 0)
            continue;
        const QRectF whole = slot(i);
        const double share = static_cast<double>(bytes) / static_cast<double>(most);
        const double height = std::max(LeastBar, whole.height() * share);
        const double gap = whole.width() * GapShare / 2;
        painter.setBrush(i + 1 == static_cast<int>(m_days.size()) ? t.accent : pastBar(t));
        painter.drawRoundedRect(
            QRectF(whole.left() + gap, whole.bottom() - height, whole.width() - 2 * gap, height), 2,
            2);
    }
    const QLocale locale;
    const QString format = tr("d MMM", "a short day, as in QLocale's formats");
    const double top = first.bottom() + Grid / 2.0;
    const QRectF labels(0, top, width(), height() - top);
    painter.setPen(t.secondary);
    painter.drawText(QRectF(0, 0, width(), first.top()), Qt::AlignLeft | Qt::AlignTop,
                     bytesText(most > 1 ? most : 0));
    painter.drawText(labels, Qt::AlignLeft | Qt::AlignBottom,
                     locale.toString(m_days.front().day, format));
    painter.drawText(labels, Qt::AlignRight | Qt::AlignBottom, tr("today"));
}

bool HistoryChart::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && !m_days.empty()) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int index = std::clamp(help->pos().x() * Days / std::max(width(), 1), 0,
                                     static_cast<int>(m_days.size()) - 1);
        const HistoryDay &day = m_days[static_cast<std::size_t>(index)];
        const QString text = QLocale().toString(day.day, QLocale::LongFormat) +
                             QStringLiteral(": ") + bytesText(sum(day));
        QToolTip::showText(help->globalPos(), text.toHtmlEscaped(), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace higgs::node
