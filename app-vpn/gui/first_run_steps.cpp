// SPDX-License-Identifier: GPL-3.0-or-later
// How the steps of the first run look and what they say; what they do is in first_run.cpp.
#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/first_run.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/button.h"
#include "shared/widgets/card.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/page.h"
#include "shared/widgets/plain_text.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/who_sees_what.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace higgs::vpn {

using widgets::Button;
using widgets::Importance;
using widgets::Ink;
using widgets::Label;
using widgets::TextStyle;

namespace {

constexpr int MaxServerText = 2048;
constexpr int MaxPinText = 128;
constexpr int MaxKeyText = 256;

void addButtons(QVBoxLayout &step, Button *first, Button *second)
{
    auto *across = new QHBoxLayout;
    across->setSpacing(widgets::Grid);
    across->addWidget(first);
    if (second != nullptr)
        across->addWidget(second);
    across->addStretch(1);
    step.addLayout(across);
}

} // namespace

FirstRun::FirstRun(DaemonLink &link, widgets::AccessKeys &keys, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_keys(keys),
      m_page(new widgets::Page(QString(), this)),
      m_count(new Label(TextStyle::CaptionStrong, Ink::Secondary)),
      m_error(new Label(TextStyle::Body, Ink::Blocked)),
      m_goOn(new Button)
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_page);
    buildServer();
    buildConfirm();
    buildKey();
    buildReady();
    m_count->setObjectName(QStringLiteral("firstRunCount"));
    m_error->setObjectName(QStringLiteral("firstRunError"));
    m_goOn->setObjectName(QStringLiteral("firstRunGoOn"));
    QVBoxLayout *body = m_page->body();
    body->addWidget(m_count);
    for (QWidget *step : m_steps)
        body->addWidget(step);
    body->addWidget(m_error);
    body->addWidget(m_goOn, 0, Qt::AlignLeft);
    body->addStretch(1);

    connect(m_page, &widgets::Page::back, this, [this] {
        if (m_step == Step::Confirm)
            begin(); // and with it the invitation is declined
        if (m_step == Step::Server)
            Q_EMIT done();
        else
            show(Step::Server);
    });
    connect(m_goOn, &QPushButton::clicked, this, &FirstRun::showKey);
    connect(&m_link, &DaemonLink::viewChanged, this, [this] {
        show(m_step);
        keepInvitedKey();
    });
    fail({});
    show(Step::Server);
}

QVBoxLayout *FirstRun::addStep()
{
    auto *step = new QWidget;
    auto *column = new QVBoxLayout(step);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2 * widgets::Grid);
    m_steps.push_back(step);
    return column;
}

void FirstRun::buildServer()
{
    QVBoxLayout *step = addStep();
    m_serverIntro = new Label(TextStyle::Body);
    m_serverName = new Label(TextStyle::CaptionStrong);
    m_server = new QLineEdit;
    m_server->setObjectName(QStringLiteral("firstRunServer"));
    m_server->setMaxLength(MaxServerText);
    m_pinName = new Label(TextStyle::CaptionStrong);
    m_pin = new QLineEdit;
    m_pin->setObjectName(QStringLiteral("firstRunPin"));
    m_pin->setMaxLength(MaxPinText);
    m_pinHint = new Label(TextStyle::Caption, Ink::Secondary);
    m_next = new Button(Importance::Primary);
    m_next->setObjectName(QStringLiteral("firstRunNext"));
    m_next->setEnabled(false);
    step->addWidget(m_serverIntro);
    for (const auto &[name, field] : {std::pair{m_serverName, m_server}, {m_pinName, m_pin}}) {
        auto *pair = new QVBoxLayout;
        pair->setSpacing(widgets::Grid / 2);
        name->setBuddy(field);
        pair->addWidget(name);
        pair->addWidget(field);
        if (field == m_pin)
            pair->addWidget(m_pinHint);
        step->addLayout(pair);
        connect(field, &QLineEdit::returnPressed, m_next, &QPushButton::click);
        connect(field, &QLineEdit::textEdited, this, [this] { fail({}); });
    }
    addButtons(*step, m_next, nullptr);
    connect(m_next, &QPushButton::clicked, this, &FirstRun::readServer);
    connect(m_server, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_next->setEnabled(!m_busy && !text.trimmed().isEmpty());
    });
}

void FirstRun::buildConfirm()
{
    QVBoxLayout *step = addStep();
    m_confirmIntro = new Label(TextStyle::Body);
    m_confirmServer = new Label(TextStyle::Title);
    m_confirmServer->setObjectName(QStringLiteral("firstRunInvitedServer"));
    m_confirmWordsName = new Label(TextStyle::Caption, Ink::Secondary);
    m_confirmWords = new Label(TextStyle::BodyStrong);
    m_confirmWords->setObjectName(QStringLiteral("firstRunInvitedWords"));
    m_confirmWords->setTextInteractionFlags(Qt::TextSelectableByMouse |
                                            Qt::TextSelectableByKeyboard);
    m_confirmPinName = new Label(TextStyle::Caption, Ink::Secondary);
    m_confirmPin = new widgets::CopyBox;
    m_confirmPin->setObjectName(QStringLiteral("firstRunInvitedPin"));
    m_confirmWarning = new Label(TextStyle::Body, Ink::Blocked);
    m_confirmWarning->setObjectName(QStringLiteral("firstRunReplaces"));
    m_accept = new Button(Importance::Primary);
    m_accept->setObjectName(QStringLiteral("firstRunAccept"));
    m_decline = new Button;
    m_decline->setObjectName(QStringLiteral("firstRunDecline"));
    auto *card = new widgets::Card;
    card->body()->addWidget(m_confirmServer);
    card->body()->addWidget(m_confirmWordsName);
    card->body()->addWidget(m_confirmWords);
    card->body()->addWidget(m_confirmPinName);
    card->body()->addWidget(m_confirmPin);
    step->addWidget(m_confirmIntro);
    step->addWidget(card);
    step->addWidget(m_confirmWarning);
    addButtons(*step, m_accept, m_decline);
    connect(m_accept, &QPushButton::clicked, this, &FirstRun::accept);
    connect(&m_acceptance, &widgets::Acceptance::ready, m_accept,
            [this] { m_accept->setEnabled(!m_busy); });
    connect(m_decline, &QPushButton::clicked, this, [this] {
        if (m_link.view().server)
            Q_EMIT done();
        begin();
    });
}

void FirstRun::buildKey()
{
    QVBoxLayout *step = addStep();
    m_keyIntro = new Label(TextStyle::Body);
    m_key = new QLineEdit;
    m_key->setObjectName(QStringLiteral("firstRunKey"));
    m_key->setEchoMode(QLineEdit::Password);
    m_key->setMaxLength(MaxKeyText);
    m_keyHint = new Label(TextStyle::Caption, Ink::Secondary);
    m_keyNext = new Button(Importance::Primary);
    m_keyNext->setObjectName(QStringLiteral("firstRunKeyNext"));
    m_keySkip = new Button;
    m_keySkip->setObjectName(QStringLiteral("firstRunKeySkip"));
    step->addWidget(m_keyIntro);
    step->addWidget(m_key);
    step->addWidget(m_keyHint);
    addButtons(*step, m_keyNext, m_keySkip);
    connect(m_key, &QLineEdit::returnPressed, m_keyNext, &QPushButton::click);
    connect(m_key, &QLineEdit::textEdited, this, [this] { fail({}); });
    connect(m_keyNext, &QPushButton::clicked, this, &FirstRun::useKey);
    connect(m_keySkip, &QPushButton::clicked, this, &FirstRun::showReady);
}

void FirstRun::buildReady()
{
    QVBoxLayout *step = addStep();
    m_readyTitle = new Label(TextStyle::State);
    m_readyTitle->setObjectName(QStringLiteral("firstRunReady"));
    m_readyPlaces = new Label(TextStyle::Body);
    m_readyPromise = new Label(TextStyle::Body, Ink::Secondary);
    m_whoTitle = new Label(TextStyle::CaptionStrong, Ink::Secondary);
    m_connect = new Button(Importance::Primary);
    m_connect->setObjectName(QStringLiteral("firstRunConnect"));
    m_look = new Button;
    m_look->setObjectName(QStringLiteral("firstRunDone"));
    step->addWidget(m_readyTitle);
    step->addWidget(m_readyPlaces);
    step->addWidget(m_readyPromise);
    addButtons(*step, m_connect, m_look);
    step->addWidget(m_whoTitle);
    auto *who = new widgets::Card;
    who->setObjectName(QStringLiteral("firstRunWhoSees"));
    who->body()->addWidget(new widgets::WhoSeesList(widgets::Side::Guest));
    step->addWidget(who);
    connect(m_connect, &QPushButton::clicked, this, [this] {
        m_link.connectTo({});
        Q_EMIT done();
    });
    connect(m_look, &QPushButton::clicked, this, &FirstRun::done);
}

void FirstRun::show(Step step)
{
    if (step != m_step)
        fail({});
    m_step = step;
    for (std::size_t i = 0; i < m_steps.size(); ++i)
        m_steps[i]->setVisible(i == static_cast<std::size_t>(step));
    const bool first = step == Step::Server || step == Step::Confirm;
    m_page->setBackVisible(first ? m_link.view().server.has_value() : step == Step::Key);
    retranslate();
}

void FirstRun::fail(const QString &sentence, bool mayGoOn)
{
    m_error->setText(sentence);
    m_error->setVisible(!sentence.isEmpty());
    m_goOn->setVisible(mayGoOn);
}

void FirstRun::setBusy(bool busy)
{
    m_busy = busy;
    if (busy)
        fail({});
    for (QWidget *widget : {static_cast<QWidget *>(m_server), static_cast<QWidget *>(m_pin),
                            static_cast<QWidget *>(m_accept), static_cast<QWidget *>(m_keyNext),
                            static_cast<QWidget *>(m_keySkip)})
        widget->setEnabled(!busy);
    m_next->setEnabled(!busy && !m_server->text().trimmed().isEmpty());
    retranslate();
}

void FirstRun::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void FirstRun::retranslate()
{
    // Not of how many: whether the server wants a key is seen on the way.
    m_count->setText(tr("Step %1").arg(m_step == Step::Key ? 2 : 1));
    m_count->setVisible(m_step != Step::Ready);
    m_page->setTitle(m_step == Step::Confirm ? tr("An invitation")
                     : m_step == Step::Key   ? tr("Access key")
                     : m_step == Step::Ready ? tr("Ready")
                                             : tr("Your server"));
    m_goOn->setText(tr("Go on without"));

    m_serverIntro->setText(tr("A HiggsVPN server finds homes to leave the Internet from. Enter the "
                              "address that its operator gave you, or paste an invitation link."));
    m_serverName->setText(tr("Address or invitation"));
    m_server->setPlaceholderText(QStringLiteral("vpn.example.net"));
    m_pinName->setText(tr("Fingerprint of its certificate (optional)"));
    m_pin->setPlaceholderText(QStringLiteral("AB:CD:EF:…"));
    m_pinHint->setText(tr("Only for servers without a publicly known certificate."));
    m_next->setText(m_busy ? tr("Asking the server…") : tr("Next"));

    const bool named = m_offered && !m_offered->from.empty();
    const QString key = m_offered && !m_offered->key.empty()
                            ? u' ' + tr("An access key of your own comes with it.")
                            : QString();
    m_confirmIntro->setText(
        (named ? tr("An invitation that says it is from “%1”. This server decides which homes your "
                    "traffic leaves from: accept only if you expected it.")
                     .arg(widgets::plainText(m_offered->from).remove(u'“').remove(u'”'))
               : tr("Somebody invites you to use this server. It decides which homes "
                    "your traffic leaves from: accept only if you expected it.")) +
        key);
    if (m_offered) {
        m_confirmWords->setText(QString::fromStdString(control::checkWords(m_offered->pin)));
        m_confirmWords->setVisible(!m_offered->pin.empty());
        m_confirmWordsName->setVisible(!m_offered->pin.empty());
        m_confirmWordsName->setText(
            tr("Check words: ask whoever invited you for theirs, and compare"));
        const control::ServerUrl &server = m_offered->server;
        m_confirmServer->setText(
            ServerView{QString::fromStdString(server.host), server.port, {}}.address());
        m_confirmPin->setText(QString::fromStdString(control::pinText(m_offered->pin)));
        m_confirmPin->setVisible(!m_offered->pin.empty());
        m_confirmPinName->setText(m_offered->pin.empty()
                                      ? tr("No fingerprint: its certificate must be a publicly "
                                           "known one.")
                                      : tr("Fingerprint of its certificate"));
    }
    const auto &present = m_link.view().server;
    QString change = m_offered ? widgets::changeText(*m_offered, present) : QString();
    if (change.isEmpty() && present)
        change = tr("It takes the place of your present server, %1.").arg(present->address());
    m_confirmWarning->setVisible(!change.isEmpty());
    m_confirmWarning->setText(change);
    m_accept->setText(m_busy                     ? tr("Asking the server…")
                      : m_acceptance.asksAgain() ? widgets::otherCertificateText()
                                                 : tr("Use this server"));
    m_decline->setText(tr("Not now"));

    m_keyIntro->setText(present && present->accessNeeded == true
                            ? tr("This server asks for an access key. Enter the one that its "
                                 "operator gave you.")
                            : tr("If the operator gave you an access key, enter it here. Many "
                                 "servers need none."));
    m_key->setPlaceholderText(tr("Access key"));
    m_key->setAccessibleName(tr("Access key"));
    m_keyHint->setText(m_keys.store().home() == widgets::SecretStore::Home::Keychain
                           ? tr("It is kept in this desktop's keychain.")
                           : tr("This desktop's keychain is missing or locked: the key is kept "
                                "until this window or the service ends."));
    m_keyNext->setText(tr("Next"));
    m_keySkip->setText(tr("I don't have one"));

    m_readyTitle->setText(tr("You can connect"));
    m_readyPlaces->setText(
        !m_countries ? tr("The server did not tell yet where you can leave from.")
        : *m_countries == 0
            ? tr("Nobody shares a connection at the moment. Try again later.")
            : tr("%n country(ies) to choose from.", "", static_cast<int>(*m_countries)));
    m_whoTitle->setText(tr("Who sees what"));
    m_readyPromise->setText(tr("From when you press Connect until you press Disconnect, nothing "
                               "leaves this computer outside the tunnel."));
    m_connect->setText(tr("Connect"));
    m_look->setText(tr("Look around first"));
}

} // namespace higgs::vpn
