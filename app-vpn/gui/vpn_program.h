// SPDX-License-Identifier: GPL-3.0-or-later
// The whole of HiggsVPN's window as one graph: made by main(), and by tests.
#pragma once

#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/main_window.h"
#include "app-vpn/gui/preferences.h"
#include "app-vpn/gui/vpn_tray.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/program.h"
#include "shared/widgets/secret_store.h"

namespace higgs::vpn {

class FirstRun;
class SettingsPage;

using widgets::ProgramOptions;

widgets::ProgramNames programNames();

class VpnProgram : public widgets::Program
{
    Q_OBJECT

public:
    VpnProgram(QApplication &application, const ProgramOptions &options);
    ~VpnProgram() override;

    MainWindow &window() { return *m_window; }
    DaemonLink &link() { return m_link; }
    const VpnTray &tray() const { return *m_tray; }

private:
    widgets::TrayedWindow &build() override;
    void offer(const QString &link) override;

    Preferences m_preferences;
    DaemonLink m_link;
    widgets::SecretStore m_secrets;
    widgets::AccessKeys m_keys;
    FirstRun *m_firstRun = nullptr;     ///< the window's
    SettingsPage *m_settings = nullptr; ///< the window's
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<VpnTray> m_tray;
};

} // namespace higgs::vpn
