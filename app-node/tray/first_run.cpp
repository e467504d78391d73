// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/first_run.h"

#include "app-node/tray/consent_cards.h"
#include "app-node/tray/limit_rows.h"
#include "app-node/tray/node_view_codec.h"
#include "app-node/tray/place_fields.h"
#include "app-node/tray/server_form.h"
#include "shared/widgets/button.h"
#include "shared/widgets/flow_layout.h"
#include "shared/widgets/invitation_words.h"
#include "shared/widgets/page.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/who_sees_what.h"

#include <QEvent>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;

namespace {

/// What a careful person would begin with.
constexpr double FirstMbps = 20;
constexpr double FirstGigabytes = 100;
constexpr int FirstGuests = 5;

} // namespace

FirstRun::FirstRun(NodeLink &link, AccessKeys &keys, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_page(new Page(QString(), this)),
      m_count(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_meaningIntro(new Label(TextStyle::Body, Ink::Secondary)),
      m_meaning(new PointList(meaningGlyphs())),
      m_whoTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_neverIntro(new Label(TextStyle::Body, Ink::Secondary)),
      m_never(new PointList(neverGlyphs())),
      m_neverTest(new Label(TextStyle::Body, Ink::Secondary)),
      m_place(new PlaceFields),
      m_limits(new SettingsGroup),
      m_down(speedRow(QStringLiteral("firstDown"))),
      m_up(speedRow(QStringLiteral("firstUp"))),
      m_monthly(volumeRow(QStringLiteral("firstMonthly"))),
      m_guests(guestsRow(QStringLiteral("firstGuests"))),
      m_serverTitle(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_serverCard(new Card),
      m_server(new ServerForm(link.line(), keys)),
      m_promise(new Label(TextStyle::Body)),
      m_error(new Label(TextStyle::Body, Ink::Blocked)),
      m_next(new Button(Importance::Primary)),
      m_back(new Button)
{
    build();
    connect(m_page, &Page::back, this, &FirstRun::done);
    connect(m_next, &QPushButton::clicked, this, &FirstRun::next);
    connect(m_back, &QPushButton::clicked, this, [this] {
        if (m_card == 0)
            Q_EMIT done();
        else
            show(m_card - 1);
    });
    connect(m_server, &ServerForm::edited, this, [this] { fail({}); });
    connect(m_place, &PlaceFields::countryChosen, this, [this] { fail({}); });
    connect(&m_link, &NodeLink::viewChanged, this, &FirstRun::refresh);
    begin();
}

void FirstRun::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    m_page->setBackVisible(false);
    setFocusProxy(m_next);
    m_next->setObjectName(QStringLiteral("firstRunNext"));
    m_back->setObjectName(QStringLiteral("firstRunBack"));
    m_error->setObjectName(QStringLiteral("firstRunError"));
    buildWords();
    buildLimits();
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_count);
    for (QWidget *card : m_cards)
        body->addWidget(card);
    body->addWidget(m_error);
    auto *buttons = new FlowLayout(Grid);
    buttons->addWidget(m_next);
    buttons->addWidget(m_back);
    body->addLayout(buttons);
    body->addStretch(1);
}

QVBoxLayout *FirstRun::addCard()
{
    auto *card = new QWidget;
    auto *column = new QVBoxLayout(card);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2 * Grid);
    m_cards.push_back(card);
    return column;
}

void FirstRun::buildWords()
{
    QVBoxLayout *meaning = addCard();
    meaning->addWidget(m_meaningIntro);
    auto *first = new Card;
    first->body()->addWidget(m_meaning);
    meaning->addWidget(first);
    meaning->addWidget(m_whoTitle);
    auto *who = new Card;
    who->setObjectName(QStringLiteral("firstRunWhoSees"));
    who->body()->addWidget(new WhoSeesList(Side::Owner));
    meaning->addWidget(who);
    QVBoxLayout *never = addCard();
    never->addWidget(m_neverIntro);
    auto *second = new Card;
    second->body()->addWidget(m_never);
    never->addWidget(second);
    never->addWidget(m_neverTest);
}

void FirstRun::buildLimits()
{
    QVBoxLayout *column = addCard();
    m_serverCard->body()->addWidget(m_server);
    column->addLayout(headed(m_serverTitle, m_serverCard));
    column->addWidget(m_place);
    for (AmountRow *row : {m_down, m_up, m_monthly, m_guests})
        m_limits->addRow(row);
    column->addWidget(m_limits);
    column->addWidget(m_promise);
}

void FirstRun::begin()
{
    m_server->begin();
    const NodeView &view = m_link.view();
    const bool chosen = view.consent; // then these are the owner's own figures
    m_down->setValue(chosen ? view.limits.downMbps : FirstMbps);
    m_up->setValue(chosen ? view.limits.upMbps : FirstMbps);
    m_monthly->setValue(chosen ? gigabytesOf(view.limits.monthlyBytes) : FirstGigabytes);
    m_guests->setValue(chosen ? view.limits.maxGuests : FirstGuests);
    m_place->setPlace(view.chosenCountry.isEmpty() ? guessedCountry() : view.chosenCountry,
                      view.chosenRegion);
    show(0);
}

void FirstRun::offer(const QString &link)
{
    if (m_busy || (isVisible() && m_server->touched())) {
        fail(putAsideText());
        return;
    }
    begin();
    m_server->offer(link);
}

bool FirstRun::needsServer() const
{
    return !m_link.view().server || !m_server->empty();
}

void FirstRun::show(int card)
{
    m_card = card;
    fail({});
    for (int i = 0; i < Cards; ++i)
        m_cards[static_cast<std::size_t>(i)]->setVisible(i == card);
    refresh();
    m_page->toTop();
    m_next->setFocus();
}

void FirstRun::next()
{
    if (m_card < Cards - 1)
        show(m_card + 1);
    else
        agree();
}

void FirstRun::agree()
{
    if (m_busy)
        return;
    if (needsServer() && !m_server->check())
        return;
    if (m_place->country().isEmpty() || !m_place->regionValid()) {
        m_place->setError(m_place->country().isEmpty() ? tr("Choose the country you are in.")
                                                       : QString());
        m_place->setFocus();
        return;
    }
    m_place->setError({});
    m_busy = true;
    fail({});
    refresh();
    if (!needsServer()) {
        tellRest();
        return;
    }
    m_server->submit([this](const Result<void> &configured) {
        if (configured)
            tellRest();
        else
            end(configured);
    });
}

void FirstRun::tellRest()
{
    const NodeView &view = m_link.view();
    const QString country = m_place->country();
    const QString region = m_place->region();
    m_steps.clear();
    if (country != view.chosenCountry && !view.fixed.contains(QStringLiteral("country")))
        m_steps.push_back(
            [this, country] { return m_link.set(QStringLiteral("country"), country); });
    if (region != view.chosenRegion && !view.fixed.contains(QStringLiteral("region")))
        m_steps.push_back([this, region] { return m_link.set(QStringLiteral("region"), region); });
    m_steps.push_back([this] {
        return m_link.setLimits(protocol::Json{
            {"downMbps", wholeOf(m_down->value())},
            {"upMbps", wholeOf(m_up->value())},
            {"monthlyBytes", bytesOfGigabytes(m_monthly->value())},
            {"maxGuests", wholeOf(m_guests->value())},
        });
    });
    m_steps.push_back([this] { return m_link.setConsent(true); });
    goOn();
}

void FirstRun::goOn()
{
    if (m_steps.empty()) {
        end({});
        return;
    }
    const Step step = std::move(m_steps.front());
    m_steps.pop_front();
    step().then(this, [this](const Result<void> &outcome) {
        if (outcome)
            goOn();
        else
            end(outcome);
    });
}

void FirstRun::end(const Result<void> &outcome)
{
    m_busy = false;
    m_steps.clear();
    refresh();
    if (!outcome) {
        fail(refusalText(outcome.error()));
        return;
    }
    Q_EMIT done();
}

void FirstRun::fail(const QString &sentence)
{
    m_error->setText(sentence);
    m_error->setVisible(!sentence.isEmpty());
}

void FirstRun::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

void FirstRun::refresh()
{
    const NodeView &view = m_link.view();
    m_count->setText(tr("Step %1 of %2").arg(m_card + 1).arg(Cards));
    m_page->setTitle(m_card == 0   ? tr("What sharing means")
                     : m_card == 1 ? tr("What guests never reach")
                                   : tr("Your home, your limits"));
    m_meaningIntro->setText(tr("You let strangers use a part of your connection, so that they can "
                               "be on the Internet from where you are."));
    m_meaning->setPoints(meaningPoints());
    m_whoTitle->setText(tr("Who sees what"));
    m_neverIntro->setText(tr("Guests may go to the Internet and nowhere else. Closed to them:"));
    m_never->setPoints(neverPoints());
    m_neverTest->setText(tr("Each time before sharing begins, a test attacks your home the way a "
                            "bad guest would. If anything answers, nothing is shared."));
    m_place->setTitle(tr("Where is this home?"));
    m_place->setFixed(view.fixed.contains(QStringLiteral("country")),
                      view.fixed.contains(QStringLiteral("region")));
    m_limits->setTitle(tr("How much do you share?"));
    sayDownload(*m_down);
    sayUpload(*m_up);
    sayVolume(*m_monthly);
    sayGuests(*m_guests);
    m_serverTitle->setText(tr("Server"));
    const bool asks = needsServer() || m_busy;
    m_serverTitle->setVisible(asks);
    m_serverCard->setVisible(asks);
    m_promise->setText(tr("With “I agree” you say that you may share this line. Nothing is shared "
                          "yet: you switch it on afterwards, and all of this can be changed."));
    m_next->setText(m_busy                ? tr("Telling the service…")
                    : m_card == Cards - 1 ? tr("I agree")
                                          : tr("Next"));
    m_next->setEnabled(!m_busy);
    m_back->setText(m_card == 0 ? tr("Not now") : tr("Back"));
    m_back->setEnabled(!m_busy);
}

} // namespace higgs::node
