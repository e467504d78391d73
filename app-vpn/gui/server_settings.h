// SPDX-License-Identifier: GPL-3.0-or-later
// Which server the daemon uses, and the access key for it.
#pragma once

#include "shared/widgets/settings_row.h"

class QLineEdit;

namespace higgs::widgets {
class Button;
class CopyBox;
} // namespace higgs::widgets

namespace higgs::vpn {

class AccessKeys;
class DaemonLink;

class ServerSettings : public QWidget
{
    Q_OBJECT

public:
    ServerSettings(DaemonLink &link, AccessKeys &keys, QWidget *parent = nullptr);

    /// Opens the field for the key and puts the cursor there.
    void enterKey();

Q_SIGNALS:
    void changeServerWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void keep();
    void forget();
    void refresh();

    DaemonLink &m_link;
    AccessKeys &m_keys;
    widgets::SettingsGroup *m_group;
    widgets::Button *m_change;
    widgets::SettingsRow *m_serverRow;
    widgets::CopyBox *m_pin;
    widgets::SettingsRow *m_pinRow;
    widgets::Button *m_openKey;
    widgets::SettingsRow *m_keyRow;
    QWidget *m_keyPanel;
    QLineEdit *m_key;
    widgets::Button *m_keep;
    widgets::Button *m_forget;
    widgets::SettingsRow *m_enterRow;
};

} // namespace higgs::vpn
