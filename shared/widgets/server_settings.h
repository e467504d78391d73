// SPDX-License-Identifier: GPL-3.0-or-later
// Which server the daemon uses, and the access key for it.
#pragma once

#include "shared/widgets/settings_row.h"

class QLineEdit;

namespace higgs::widgets {
class AccessKeys;
class Button;
class CopyBox;
class DaemonLine;

class ServerSettings : public QWidget
{
    Q_OBJECT

public:
    ServerSettings(DaemonLine &line, AccessKeys &keys, QWidget *parent = nullptr);

    /// Opens the field for the key and puts the cursor there.
    void enterKey();

Q_SIGNALS:
    void changeServerWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void keep();
    void forget();
    [[nodiscard]] QString whereTheKeyIs() const;
    void refresh();

    DaemonLine &m_line;
    AccessKeys &m_keys;
    SettingsGroup *m_group;
    Button *m_change;
    SettingsRow *m_serverRow;
    CopyBox *m_pin;
    SettingsRow *m_pinRow;
    Button *m_openKey;
    SettingsRow *m_keyRow;
    QWidget *m_keyPanel;
    QLineEdit *m_key;
    Button *m_keep;
    Button *m_forget;
    SettingsRow *m_enterRow;
};

} // namespace higgs::widgets
