// SPDX-License-Identifier: GPL-3.0-or-later
// The settings that the daemon keeps: kill switch, lockdown, local network, DNS, path. Each applies
// at once; what the daemon refuses jumps back, with the reason under it.
#pragma once

#include "shared/base/result.h"
#include "shared/widgets/settings_row.h"

#include <QStringList>
#include <map>

class QLineEdit;

namespace higgs::widgets {
class ChoiceBox;
class ToggleSwitch;
} // namespace higgs::widgets

namespace higgs::vpn {

class DaemonLink;

class ConnectionSettings : public QWidget
{
    Q_OBJECT

public:
    explicit ConnectionSettings(DaemonLink &link, QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Switch
    {
        widgets::ToggleSwitch *control = nullptr;
        widgets::SettingsRow *row = nullptr;
    };

    Switch addSwitch(widgets::SettingsGroup &group, const char *objectName, const QString &key);
    void ask(const QString &key, const QString &value, widgets::SettingsRow *row);
    void chooseDns(const QString &choice);
    void dnsEdited();
    void applyDns();
    void retranslate();
    void pathTexts();
    void refresh();

    DaemonLink &m_link;
    widgets::SettingsGroup *m_protection;
    widgets::SettingsGroup *m_dns;
    widgets::SettingsGroup *m_way;
    widgets::SettingsRow *m_killSwitchRow;
    Switch m_lockdown;
    Switch m_lan;
    Switch m_autoConnect;
    Switch m_portMapping;
    widgets::ChoiceBox *m_dnsChoice;
    widgets::SettingsRow *m_dnsRow;
    QLineEdit *m_dnsCustom;
    widgets::SettingsRow *m_dnsCustomRow;
    widgets::ChoiceBox *m_path;
    widgets::SettingsRow *m_pathRow;
    std::map<QString, int> m_pending; ///< requests under way for a key
};

/// "9.9.9.9, 2620:fe::fe" to what the daemon takes. InvalidArgument: no address, more than three,
/// or one that cannot be reached through a tunnel (loopback, unspecified, multicast).
Result<QStringList> parseDnsServers(const QString &text);

} // namespace higgs::vpn
