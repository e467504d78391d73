// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/guests_page.h"

#include "app-node/tray/node_words.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/format.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <algorithm>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int SecondMs = 1000;
constexpr std::size_t MostRows = 200; ///< more are counted, not shown
constexpr double BytesPerMbit = 125'000;

} // namespace

GuestRow::GuestRow(quint64 number, QWidget *parent)
    : QWidget(parent),
      m_name(new Label(TextStyle::Body)),
      m_way(new Label(TextStyle::Caption, Ink::Secondary)),
      m_facts(new Label(TextStyle::Caption, Ink::Secondary)),
      m_cut(new Label(TextStyle::Caption, Ink::Blocked)),
      m_end(new Button(Importance::Quiet))
{
    m_name->setWordWrap(false);
    m_way->setWordWrap(false);
    m_end->setObjectName(QStringLiteral("endGuest%1").arg(number));
    auto *across = new QHBoxLayout(this);
    across->setContentsMargins(2 * Grid, Grid + Grid / 2, 2 * Grid, Grid + Grid / 2);
    across->setSpacing(2 * Grid);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    auto *first = new QHBoxLayout;
    first->setSpacing(Grid);
    first->addWidget(m_name);
    first->addWidget(m_way, 1);
    words->addLayout(first);
    words->addWidget(m_facts);
    words->addWidget(m_cut);
    across->addLayout(words, 1);
    across->addWidget(m_end, 0, Qt::AlignVCenter);
    connect(m_end, &QPushButton::clicked, this, &GuestRow::endWanted);
}

QString GuestRow::wayText(const QString &path)
{
    if (path == QLatin1String("relay"))
        return GuestsPage::tr("through the server", "how a guest comes");
    if (path == QLatin1String("direct"))
        return GuestsPage::tr("directly", "how a guest comes");
    if (path == QLatin1String("turn"))
        return GuestsPage::tr("through TURN", "how a guest comes");
    return path;
}

void GuestRow::setGuest(const Guest &guest, WallTime now)
{
    const QString name = GuestsPage::tr("Guest %1", "%1: a number").arg(guest.number);
    QStringList stay;
    if (guest.since)
        stay += GuestsPage::tr("Here for %1", "%1: 5 minutes").arg(roughText(now - *guest.since));
    if (!guest.online)
        stay += GuestsPage::tr("not answering at the moment");
    const QString rate = rateText((guest.txMbps + guest.rxMbps) * BytesPerMbit);
    const QStringList volume{
        rate, GuestsPage::tr("%1 to them", "an amount of data").arg(bytesText(guest.txBytes)),
        GuestsPage::tr("%1 from them", "an amount of data").arg(bytesText(guest.rxBytes))};
    const QString between = QStringLiteral(" · ");
    m_way->setText(wayText(guest.path));
    m_name->setText(name);
    const QString flow = rate + between + QStringLiteral("\u2193 ") + bytesText(guest.txBytes) +
                         QStringLiteral("  \u2191 ") + bytesText(guest.rxBytes);
    m_facts->setText(stay.isEmpty() ? flow : stay.join(between) + QLatin1Char('\n') + flow);
    m_cut->setText(GuestsPage::tr("Held: it tried very many addresses in a short time."));
    m_cut->setVisible(guest.cut);
    m_end->setText(GuestsPage::tr("Disconnect"));
    m_end->setAccessibleName(GuestsPage::tr("Disconnect guest %1").arg(guest.number));
    setAccessibleName(name + QStringLiteral(": ") + m_way->text() + QLatin1Char('\n') +
                      (stay + volume).join(between));
}

GuestsPage::GuestsPage(NodeLink &link, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_intro(new Label(TextStyle::Body, Ink::Secondary)),
      m_empty(new Label(TextStyle::Title)),
      m_error(new Label(TextStyle::Caption, Ink::Blocked)),
      m_card(new Card),
      m_ways(new Card),
      m_waysTitle(new Label(TextStyle::BodyStrong)),
      m_waysText(new Label(TextStyle::Caption, Ink::Secondary))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_card->body()->setContentsMargins(0, Grid / 2, 0, Grid / 2);
    m_card->body()->setSpacing(0);
    m_empty->setObjectName(QStringLiteral("guestsEmpty"));
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_empty);
    body->addWidget(m_card);
    body->addWidget(m_error);
    body->addWidget(m_intro);
    m_ways->body()->setContentsMargins(2 * Grid, Grid + Grid / 2, 2 * Grid, Grid + Grid / 2);
    m_ways->body()->setSpacing(Grid / 2);
    m_ways->body()->addWidget(m_waysTitle);
    m_ways->body()->addWidget(m_waysText);
    m_waysText->setObjectName(QStringLiteral("guestWays"));
    body->addWidget(m_ways);
    body->addStretch(1);
    m_card->hide();
    m_error->hide();
    m_second.setInterval(SecondMs);
    connect(&m_second, &QTimer::timeout, this, &GuestsPage::ask);
    connect(m_page, &Page::back, this, &GuestsPage::done);
    connect(&m_link, &NodeLink::viewChanged, this, &GuestsPage::sayWays);
    retranslate();
}

void GuestsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_second.start();
    ask();
}

void GuestsPage::hideEvent(QHideEvent *event)
{
    m_second.stop();
    QWidget::hideEvent(event);
}

void GuestsPage::ask()
{
    if (m_asking)
        return;
    m_asking = true;
    m_link.guests().then(this, [this](const Result<std::vector<Guest>> &answer) {
        m_asking = false;
        take(answer);
    });
}

void GuestsPage::take(const Result<std::vector<Guest>> &answer)
{
    m_error->setText(answer ? QString() : refusalText(answer.error()));
    m_error->setVisible(!answer);
    if (!answer)
        return;
    m_guests = *answer;
    // Who came first stands first, and nobody changes his place.
    std::stable_sort(m_guests.begin(), m_guests.end(), [](const Guest &a, const Guest &b) {
        return std::pair(a.since.value_or(WallTime()), a.number) <
               std::pair(b.since.value_or(WallTime()), b.number);
    });
    std::erase_if(m_rows, [this](const auto &entry) {
        const bool gone = std::none_of(m_guests.begin(), m_guests.end(), [&](const Guest &guest) {
            return guest.number == entry.first;
        });
        if (gone)
            delete entry.second;
        return gone;
    });
    const WallTime now = wallNow();
    for (const Guest &guest : m_guests) {
        GuestRow *&row = m_rows[guest.number];
        if (row == nullptr && m_rows.size() > MostRows) {
            m_rows.erase(guest.number);
            break;
        }
        if (row == nullptr) {
            row = new GuestRow(guest.number);
            connect(row, &GuestRow::endWanted, this,
                    [this, number = guest.number] { end(number); });
            m_card->body()->addWidget(row);
        }
        row->setGuest(guest, now);
    }
    m_card->setVisible(!m_guests.empty());
    m_empty->setVisible(m_guests.empty());
    sayIntro();
}

void GuestsPage::end(quint64 number)
{
    m_link.endGuest(number);
    ask();
}

void GuestsPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange) {
        retranslate();
        for (const Guest &guest : m_guests) {
            if (const auto row = m_rows.find(guest.number); row != m_rows.end())
                row->second->setGuest(guest, wallNow());
        }
    }
    QWidget::changeEvent(event);
}

void GuestsPage::retranslate()
{
    m_page->setTitle(tr("Guests"));
    m_empty->setText(tr("Nobody is here"));
    m_waysTitle->setText(tr("How guests come here"));
    sayIntro();
    sayWays();
}

void GuestsPage::sayWays()
{
    const QString text = waysText(m_link.view());
    m_waysText->setText(text);
    m_ways->setVisible(!text.isEmpty());
}

void GuestsPage::sayIntro()
{
    if (!m_guests.empty())
        m_intro->setText(
            tr("You see numbers, not people: who your guests are and where they go is "
               "written down nowhere. A guest that you disconnect can come back later."));
    else if (m_link.view().serves())
        m_intro->setText(tr("Guests come and go by themselves while you share. You will see "
                            "numbers here, not people."));
    else
        m_intro->setText(tr("Guests come while you share: switch that on, on the first page."));
}

} // namespace higgs::node
