// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/server_form.h"

#include "shared/widgets/access_keys.h"
#include "shared/widgets/daemon_line.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QLineEdit>
#include <QVBoxLayout>

namespace higgs::node {

using namespace widgets;
using control::Invitation;

namespace {

constexpr int MaxServerText = 2048;
constexpr int MaxPinText = 128;
constexpr qsizetype PinRow = 24; ///< eight bytes as "AB:"
constexpr int MaxKeyText = 256;

} // namespace

ServerForm::ServerForm(DaemonLine &line, AccessKeys &keys, QWidget *parent)
    : QWidget(parent),
      m_line(line),
      m_keys(keys),
      m_serverName(new Label(TextStyle::CaptionStrong)),
      m_server(new QLineEdit),
      m_pinName(new Label(TextStyle::CaptionStrong)),
      m_pin(new QLineEdit),
      m_pinHint(new Label(TextStyle::Caption, Ink::Secondary)),
      m_keyName(new Label(TextStyle::CaptionStrong)),
      m_key(new QLineEdit),
      m_keyHint(new Label(TextStyle::Caption, Ink::Secondary)),
      m_error(new Label(TextStyle::Caption, Ink::Blocked))
{
    m_server->setObjectName(QStringLiteral("serverField"));
    m_pin->setObjectName(QStringLiteral("pinField"));
    m_key->setObjectName(QStringLiteral("keyField"));
    m_error->setObjectName(QStringLiteral("serverError"));
    m_server->setMaxLength(MaxServerText);
    m_pin->setMaxLength(MaxPinText);
    m_key->setMaxLength(MaxKeyText);
    m_key->setEchoMode(QLineEdit::Password);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(Grid / 2);
    const auto add = [&](Label *name, QLineEdit *field, Label *hint) {
        name->setBuddy(field);
        all->addWidget(name);
        all->addWidget(field);
        if (hint != nullptr)
            all->addWidget(hint);
        all->addSpacing(Grid);
        connect(field, &QLineEdit::returnPressed, this, &ServerForm::entered);
        connect(field, &QLineEdit::textEdited, this, [this] {
            fail({}, nullptr);
            Q_EMIT edited();
        });
    };
    add(m_serverName, m_server, nullptr);
    add(m_pinName, m_pin, m_pinHint);
    add(m_keyName, m_key, m_keyHint);
    all->addWidget(m_error);
    m_error->hide();
    connect(m_server, &QLineEdit::textEdited, this, &ServerForm::read);
    connect(m_pin, &QLineEdit::textChanged, this, &ServerForm::showPin);
    // The beginning is what one compares first.
    connect(m_pin, &QLineEdit::editingFinished, this, [this] { m_pin->setCursorPosition(0); });
    connect(&m_line, &DaemonLine::taken, this, &ServerForm::keepKey);
    retranslate();
}

void ServerForm::begin()
{
    for (QLineEdit *field : {m_server, m_pin, m_key})
        field->clear();
    fail({}, nullptr);
}

bool ServerForm::offer(const QString &link)
{
    const Result<Invitation> invitation = control::parseInvitation(link.toStdString());
    if (!invitation) {
        fail(tr("This link is not an invitation that this version understands. Ask for another "
                "one, or type the server's address."),
             m_server);
        return false;
    }
    fail({}, nullptr);
    m_server->setText(QString::fromStdString(control::serverUrlText(invitation->server)));
    m_pin->setText(QString::fromStdString(control::pinText(invitation->pin)));
    m_pin->setCursorPosition(0);
    const std::string_view key = invitation->key.reveal();
    m_key->setText(QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size())));
    Q_EMIT edited();
    return true;
}

void ServerForm::read(const QString &text)
{
    // Pasted whole: spread over the fields, where it can be seen.
    if (text.trimmed().startsWith(QLatin1String("higgs:"), Qt::CaseInsensitive) &&
        control::parseInvitation(text.trimmed().toStdString()))
        offer(text.trimmed());
}

bool ServerForm::empty() const
{
    return m_server->text().trimmed().isEmpty();
}

bool ServerForm::touched() const
{
    return !empty() || !m_pin->text().isEmpty() || !m_key->text().isEmpty();
}

bool ServerForm::check()
{
    m_read.reset();
    const QString text = m_server->text().trimmed();
    if (text.startsWith(QLatin1String("higgs:"), Qt::CaseInsensitive)) {
        if (!offer(text))
            return false;
        return check();
    }
    const Result<control::ServerUrl> url = control::parseServerUrl(text.toStdString());
    if (!url) {
        fail(tr("This is not a server's address. It looks like vpn.example.net or "
                "203.0.113.5:3000."),
             m_server);
        return false;
    }
    const QString pin = pinDigits();
    const Result<std::string> digits =
        pin.isEmpty() ? Result<std::string>(std::string()) : control::parsePin(pin.toStdString());
    if (!digits) {
        fail(tr("A fingerprint has 64 digits from 0 to 9 and A to F."), m_pin);
        return false;
    }
    m_read = Invitation{*url, *digits};
    return true;
}

void ServerForm::submit(Done done)
{
    if (!m_read)
        return;
    m_done = std::move(done);
    m_configured = false;
    m_newKey = SecretText(m_key->text().trimmed().toStdString());
    m_key->clear();
    m_line
        .configureServer(QString::fromStdString(control::serverUrlText(m_read->server)),
                         QString::fromStdString(m_read->pin), m_newKey)
        .then(this, [this](const Result<void> &configured) {
            m_configured = configured.has_value();
            if (!configured || m_newKey.empty())
                finish(configured);
            else
                keepKey();
        });
}

void ServerForm::keepKey()
{
    // A key is kept under its server's name, so the daemon must have told of that server.
    const auto &server = m_line.server();
    if (!m_configured || m_newKey.empty() || !m_read || !server ||
        server->host.toStdString() != m_read->server.host || server->port != m_read->server.port)
        return;
    const SecretText key = std::move(m_newKey);
    m_keys.keep(key, this, [this](const Result<void> &kept) { finish(kept); });
}

void ServerForm::finish(const Result<void> &outcome)
{
    m_newKey = SecretText();
    if (const Done done = std::exchange(m_done, nullptr))
        done(outcome);
}

void ServerForm::showPin()
{
    // 64 digits never fit the field, and a fingerprint is there to be compared.
    const QString typed = pinDigits();
    const auto whole = typed.isEmpty() ? Result<std::string>(unexpected(ErrorCode::InvalidArgument))
                                       : control::parsePin(typed.toStdString());
    QString hint = tr("Only for servers without a publicly known certificate.");
    if (whole) {
        hint = QString::fromStdString(control::pinText(*whole));
        for (qsizetype end = hint.size() - hint.size() % PinRow; end > 0; end -= PinRow)
            hint.insert(end, QChar(QChar::LineSeparator));
        hint.prepend(
            tr("Check words: %1").arg(QString::fromStdString(control::checkWords(*whole))) +
            QChar(QChar::LineSeparator));
    }
    m_pinHint->setText(hint);
}

QString ServerForm::pinDigits() const
{
    return m_pin->text().simplified().remove(QLatin1Char(' '));
}

void ServerForm::fail(const QString &sentence, QLineEdit *at)
{
    m_error->setText(sentence);
    m_error->setVisible(!sentence.isEmpty());
    if (at != nullptr)
        at->setFocus();
}

void ServerForm::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void ServerForm::retranslate()
{
    m_serverName->setText(tr("Address or invitation"));
    m_server->setPlaceholderText(QStringLiteral("vpn.example.net"));
    m_server->setAccessibleName(m_serverName->text());
    m_pinName->setText(tr("Fingerprint of its certificate (optional)"));
    m_pin->setPlaceholderText(QStringLiteral("AB:CD:EF:…"));
    m_pin->setAccessibleName(m_pinName->text());
    showPin();
    m_keyName->setText(tr("Access key (optional)"));
    m_key->setAccessibleName(m_keyName->text());
    m_keyHint->setText(m_keys.store().home() == SecretStore::Home::Keychain
                           ? tr("It is kept in this desktop's keychain.")
                           : tr("This desktop has no keychain: the key is kept until this window "
                                "or the service ends."));
}

} // namespace higgs::node
