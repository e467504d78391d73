// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/server_settings.h"

#include "shared/widgets/access_keys.h"
#include "shared/widgets/button.h"
#include "shared/widgets/copy_box.h"
#include "shared/widgets/daemon_line.h"
#include "shared/widgets/flow_layout.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/tokens.h"

#include <QEvent>
#include <QLineEdit>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

constexpr int MaxKey = 256;

} // namespace

ServerSettings::ServerSettings(DaemonLine &line, AccessKeys &keys, QWidget *parent)
    : QWidget(parent),
      m_line(line),
      m_keys(keys),
      m_group(new SettingsGroup),
      m_change(new Button),
      m_serverRow(new SettingsRow(m_change)),
      m_pin(new CopyBox),
      m_pinRow(new SettingsRow(m_pin, SettingsRow::Form::Below)),
      m_openKey(new Button),
      m_keyRow(new SettingsRow(m_openKey)),
      m_keyPanel(new QWidget),
      m_key(new QLineEdit),
      m_keep(new Button(Importance::Primary)),
      m_forget(new Button),
      m_enterRow(new SettingsRow(m_keyPanel, SettingsRow::Form::Below))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_group);
    m_change->setObjectName(QStringLiteral("changeServerButton"));
    m_openKey->setObjectName(QStringLiteral("accessKeyButton"));
    m_key->setObjectName(QStringLiteral("accessKeyField"));
    m_keep->setObjectName(QStringLiteral("accessKeyKeep"));
    m_forget->setObjectName(QStringLiteral("accessKeyForget"));
    m_key->setEchoMode(QLineEdit::Password);
    m_key->setMaxLength(MaxKey);
    auto *panel = new QVBoxLayout(m_keyPanel);
    panel->setContentsMargins(0, 0, 0, 0);
    panel->setSpacing(Grid);
    panel->addWidget(m_key);
    auto *buttons = new FlowLayout(Grid);
    buttons->addWidget(m_keep);
    buttons->addWidget(m_forget);
    panel->addLayout(buttons);
    for (SettingsRow *row : {m_serverRow, m_pinRow, m_keyRow, m_enterRow})
        m_group->addRow(row);
    m_enterRow->hide();

    connect(m_change, &QPushButton::clicked, this, &ServerSettings::changeServerWanted);
    connect(m_openKey, &QPushButton::clicked, this, &ServerSettings::enterKey);
    connect(m_keep, &QPushButton::clicked, this, &ServerSettings::keep);
    connect(m_key, &QLineEdit::returnPressed, this, &ServerSettings::keep);
    connect(m_key, &QLineEdit::textChanged, this,
            [this](const QString &text) { m_keep->setEnabled(!text.trimmed().isEmpty()); });
    connect(m_forget, &QPushButton::clicked, this, &ServerSettings::forget);
    connect(&m_line, &DaemonLine::taken, this, &ServerSettings::refresh);
    connect(&m_keys, &AccessKeys::homeChanged, this, &ServerSettings::refresh);
    refresh();
}

void ServerSettings::enterKey()
{
    m_enterRow->show();
    m_key->clear();
    m_keep->setEnabled(false);
    m_key->setFocus();
}

void ServerSettings::keep()
{
    const QString text = m_key->text().trimmed();
    if (text.isEmpty())
        return;
    m_key->clear();
    m_keyRow->setError({});
    m_keys.keep(SecretText(text.toStdString()), this, [this](const Result<void> &kept) {
        m_keyRow->setError(kept ? QString() : refusalText(kept.error()));
        m_enterRow->setVisible(!kept);
        refresh();
    });
}

void ServerSettings::forget()
{
    m_key->clear();
    m_keyRow->setError({});
    m_keys.forget(this, [this](const Result<AccessKeys::Forgotten> &forgotten) {
        m_keyRow->setError(!forgotten ? refusalText(forgotten.error())
                           : *forgotten == AccessKeys::Forgotten::InUseOnly
                               ? tr("No longer in use. But the keychain did not answer: if the key "
                                    "was kept there, it still is.")
                               : QString());
        m_enterRow->setVisible(!forgotten);
        refresh();
    });
}

void ServerSettings::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    QWidget::changeEvent(event);
}

QString ServerSettings::whereTheKeyIs() const
{
    const SecretStore &store = m_keys.store();
    if (store.home() == SecretStore::Home::Keychain)
        return tr("In use, and kept in this desktop's keychain.");
    const QString until = tr("In use until the service or this window ends.") + QLatin1Char(' ');
    if (store.trouble() == SecretStore::Trouble::Locked)
        return until + tr("This desktop's keychain is locked: unlock it and enter the key again, "
                          "and it is kept.");
    const QString missing = until + tr("This desktop's keychain is missing or does not work.");
    return store.reason().isEmpty()
               ? missing
               : missing + QLatin1Char(' ') + tr("It says: %1").arg(store.reason());
}

void ServerSettings::refresh()
{
    const std::optional<ServerView> &server = m_line.server();
    m_group->setTitle(tr("Server"));
    m_change->setText(server ? tr("Change") : tr("Set up"));
    m_serverRow->setTexts(tr("Address"),
                          server ? server->address() : tr("No server is set up yet."));
    m_pinRow->setVisible(server && !server->pin.isEmpty());
    m_pinRow->setTexts(tr("Fingerprint of its certificate"),
                       tr("Only a server that shows this certificate is used."));
    m_pin->setText(server ? server->pin : QString());

    m_keyRow->setVisible(server.has_value());
    m_keyRow->setTexts(tr("Access key"), m_line.accessKeySet()
                                             ? whereTheKeyIs()
                                             : tr("None. Only some servers ask for "
                                                  "one."));
    m_openKey->setText(m_line.accessKeySet() ? tr("Change") : tr("Enter"));
    m_enterRow->setTexts(tr("New access key"), tr("As the server's operator gave it to you."));
    m_key->setAccessibleName(tr("New access key"));
    m_keep->setText(tr("Keep"));
    m_forget->setText(tr("Forget the key"));
    m_forget->setVisible(m_line.accessKeySet());
}

} // namespace higgs::widgets
