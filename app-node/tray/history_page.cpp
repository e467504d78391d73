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
#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace higgs::node {

using namespace widgets;

namespace {

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
    m_chartCard->body()->addWidget(m_chart);
    QVBoxLayout *body = m_page->body();
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
    m_link.history(HistoryChart::Days)
        .then(this, [this](const Result<std::vector<HistoryDay>> &answer) {
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

void HistoryPage::refresh()
{
    const QDate today = QDate::currentDate();
    m_page->setTitle(tr("History"));
    m_letter->setText(tr("My provider wrote to me"));
    m_chart->setDays(m_history, today);
    m_note->setText(tr("Both directions together. Each byte passes your line twice, in on one side "
                       "and out on the other, so your provider may count double."));
    while (QLayoutItem *item = m_days->body()->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    double widest = 0;
    for (const HistoryDay &day : m_history)
        widest = std::max(widest, figuresWidth(fontOf(TextStyle::Body, QApplication::font()),
                                               bytesText(day.rxBytes + day.txBytes)));
    for (auto day = m_history.rbegin(); day != m_history.rend(); ++day)
        m_days->body()->addWidget(dayRow(*day, today, static_cast<int>(std::ceil(widest))));
    if (m_history.empty()) {
        auto *empty = new Label(m_known ? tr("Nothing was shared in the last month.")
                                        : tr("Asking the service…"),
                                TextStyle::Body, Ink::Secondary);
        empty->setContentsMargins(2 * Grid, Grid, 2 * Grid, Grid);
        m_days->body()->addWidget(empty);
    }
}

} // namespace higgs::node
