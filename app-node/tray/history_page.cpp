// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/history_page.h"

#include "app-node/tray/history_chart.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/format.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int Days = 31;
constexpr int Hours = 24;

QString clockOf(WallTime moment)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(moment.ms).time(),
                              QLocale::ShortFormat);
}

QWidget *dayRow(const HistoryDay &day, QDate today, int widest)
{
    auto *row = new QWidget;
    auto *across = new QHBoxLayout(row);
    across->setContentsMargins(2 * Grid, Grid, 2 * Grid, Grid);
    across->setSpacing(2 * Grid);
    const QLocale locale;
    const QString name =
        day.day == today
            ? HistoryPage::tr("Today")
            : locale.toString(day.day,
                              HistoryPage::tr("ddd, d MMM", "a day, as in QLocale's formats"));
    auto *first = new Label(name, TextStyle::Body);
    auto *guests =
        new Label(HistoryPage::tr("%n guests", "", day.guests), TextStyle::Caption, Ink::Secondary);
    auto *volume = new FigureLabel(TextStyle::Body);
    volume->setText(bytesText(day.rxBytes + day.txBytes));
    volume->setAlignment(Qt::AlignRight);
    across->addWidget(first, 1);
    across->addWidget(guests);
    across->addWidget(volume);
    // As wide as the widest, so that the column before it stands straight.
    volume->setMinimumWidth(widest);
    guests->setWordWrap(false);
    row->setAccessibleName(name + QStringLiteral(": ") + volume->text() + QStringLiteral(", ") +
                           guests->text());
    return row;
}

} // namespace

HistoryPage::HistoryPage(NodeLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_dayTitle(new Label(TextStyle::CaptionStrong)),
      m_dayCard(new Card),
      m_dayChart(new HistoryChart),
      m_chartTitle(new Label(TextStyle::CaptionStrong)),
      m_chartCard(new Card),
      m_chart(new HistoryChart),
      m_note(new Label(TextStyle::Caption, Ink::Secondary)),
      m_error(new Label(TextStyle::Body, Ink::Blocked)),
      m_letter(new Button),
      m_days(new Card)
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_chart->setObjectName(QStringLiteral("historyChart"));
    m_days->setObjectName(QStringLiteral("historyDays"));
    m_days->body()->setContentsMargins(0, Grid / 2, 0, Grid / 2);
    m_days->body()->setSpacing(0);
    m_dayChart->setObjectName(QStringLiteral("historyHours"));
    m_chartCard->body()->addWidget(m_chart);
    m_dayCard->body()->addWidget(m_dayChart);
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_dayTitle);
    body->addWidget(m_dayCard);
    body->addWidget(m_chartTitle);
    body->addWidget(m_chartCard);
    body->addWidget(m_error);
    body->addWidget(m_days);
    body->addWidget(m_note);
    body->addWidget(m_letter, 0, Qt::AlignLeft);
    body->addStretch(1);
    m_error->hide();
    m_letter->setObjectName(QStringLiteral("historyLetter"));
    connect(m_letter, &Button::clicked, this, &HistoryPage::letterWanted);
    connect(m_page, &Page::back, this, &HistoryPage::done);
    refresh();
}

void HistoryPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    ask();
}

void HistoryPage::ask()
{
    m_link.history(Days, Hours).then(this, [this](const Result<History> &answer) {
        m_error->setText(answer ? QString() : refusalText(answer.error()));
        m_error->setVisible(!answer);
        if (answer) {
            m_history = *answer;
            m_known = true;
        }
        refresh();
    });
}

void HistoryPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void HistoryPage::showHours()
{
    std::vector<HistoryBar> bars;
    const std::vector<SharedHour> hours = everyHour(m_history.hours, wallNow(), Hours);
    for (const SharedHour &each : hours)
        bars.push_back({tr("%1 to %2", "two times").arg(clockOf(each.from), clockOf(each.to)),
                        each.rxBytes + each.txBytes});
    m_dayTitle->setText(tr("Hour by hour"));
    m_dayChart->setBars(std::move(bars), clockOf(hours.front().from), tr("now"));
    m_dayChart->setAccessibleName(tr("Traffic of the last %n hours", "", Hours));
    m_dayChart->setAccessibleDescription(tr("%1 in all").arg(bytesText(m_dayChart->total())));
}

void HistoryPage::showDays(QDate today)
{
    const QLocale locale;
    std::vector<HistoryBar> bars;
    const std::vector<HistoryDay> days = everyDay(m_history.days, today, Days);
    for (const HistoryDay &each : days)
        bars.push_back(
            {locale.toString(each.day, QLocale::LongFormat), each.rxBytes + each.txBytes});
    const QString format = tr("d MMM", "a short day, as in QLocale's formats");
    m_chartTitle->setText(tr("Day by day"));
    m_chart->setBars(std::move(bars), locale.toString(days.front().day, format), tr("today"));
    m_chart->setAccessibleName(tr("Traffic of the last %n days", "", Days));
    m_chart->setAccessibleDescription(
        tr("%1 in all; the days stand below in figures").arg(bytesText(m_chart->total())));
}

void HistoryPage::refresh()
{
    const QDate today = QDate::currentDate();
    m_page->setTitle(tr("History"));
    m_letter->setText(tr("My provider wrote to me"));
    showHours();
    showDays(today);
    m_note->setText(tr("Both directions together. Each byte passes your line twice, in on one side "
                       "and out on the other, so your provider may count double."));
    while (QLayoutItem *item = m_days->body()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    double widest = 0;
    for (const HistoryDay &day : m_history.days)
        widest = std::max(widest, figuresWidth(fontOf(TextStyle::Body, QApplication::font()),
                                               bytesText(day.rxBytes + day.txBytes)));
    for (auto day = m_history.days.rbegin(); day != m_history.days.rend(); ++day)
        m_days->body()->addWidget(dayRow(*day, today, static_cast<int>(std::ceil(widest))));
    if (m_history.days.empty()) {
        auto *empty = new Label(m_known ? tr("Nothing was shared in the last month.")
                                        : tr("Asking the service…"),
                                TextStyle::Body, Ink::Secondary);
        empty->setContentsMargins(2 * Grid, Grid, 2 * Grid, Grid);
        m_days->body()->addWidget(empty);
    }
}

} // namespace higgs::node
