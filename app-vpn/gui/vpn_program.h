// SPDX-License-Identifier: GPL-3.0-or-later
// The whole of HiggsVPN's window as one graph: made by main(), and by tests.
#pragma once

#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/main_window.h"
#include "app-vpn/gui/preferences.h"
#include "app-vpn/gui/vpn_tray.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/autostart.h"
#include "shared/widgets/secret_store.h"
#include "shared/widgets/single_instance.h"

class QApplication;

namespace higgs::vpn {

class FirstRun;
class SettingsPage;

constexpr const char *DefaultControlSocket = "/run/higgs/vpnd.sock";

struct ProgramOptions
{
    std::string controlSocket = DefaultControlSocket;
    bool hidden = false;     ///< start in the tray
    QString link;            ///< "higgs://join?..." from the command line; may be empty
    QString preferencesFile; ///< empty: the person's own
    QString autostartFolder; ///< empty: the person's own
    QString instancePath;    ///< empty: the person's own, one for each control socket
    bool useKeychain = true;
};

class VpnProgram : public QObject
{
    Q_OBJECT

public:
    VpnProgram(QApplication &application, const ProgramOptions &options);
    ~VpnProgram() override;

    /// HandedOver: another one runs, has been raised and given the link; this one is to end.
    /// Otherwise the window is shown, or is in the tray.
    Result<widgets::SingleInstance::Role> begin();

    MainWindow &window() { return *m_window; }
    DaemonLink &link() { return m_link; }
    widgets::Theme &theme() { return m_theme; }
    widgets::Language &language() { return m_language; }
    const VpnTray &tray() const { return *m_tray; }

private:
    void build();
    void take(const QString &message);

    ProgramOptions m_options;
    Preferences m_preferences;
    widgets::Theme m_theme;
    widgets::Language m_language;
    widgets::Autostart m_autostart;
    widgets::SingleInstance m_instance;
    DaemonLink m_link;
    widgets::SecretStore m_secrets;
    widgets::AccessKeys m_keys;
    FirstRun *m_firstRun = nullptr;     ///< the window's
    SettingsPage *m_settings = nullptr; ///< the window's
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<VpnTray> m_tray;
};

} // namespace higgs::vpn
