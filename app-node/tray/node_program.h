// SPDX-License-Identifier: GPL-3.0-or-later
// The whole of HiggsNode's window as one graph: made by main(), and by tests.
#pragma once

#include "app-node/tray/main_window.h"
#include "app-node/tray/node_link.h"
#include "app-node/tray/node_tray.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/autostart.h"
#include "shared/widgets/language.h"
#include "shared/widgets/secret_store.h"
#include "shared/widgets/single_instance.h"
#include "shared/widgets/window_preferences.h"

class QApplication;

namespace higgs::node {

constexpr const char *DefaultControlSocket = "/run/higgs/noded.sock";

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

class NodeProgram : public QObject
{
    Q_OBJECT

public:
    NodeProgram(QApplication &application, const ProgramOptions &options);
    ~NodeProgram() override;

    /// HandedOver: another one runs, has been raised and given the link; this one is to end.
    /// Otherwise the window is shown, or is in the tray.
    Result<widgets::SingleInstance::Role> begin();

    MainWindow &window() { return *m_window; }
    NodeLink &link() { return m_link; }
    widgets::Theme &theme() { return m_theme; }
    widgets::Language &language() { return m_language; }
    NodeTray &tray() { return *m_tray; }

private:
    void build();
    void take(const QString &message);

    ProgramOptions m_options;
    widgets::WindowPreferences m_preferences;
    widgets::Theme m_theme;
    widgets::Language m_language;
    widgets::Autostart m_autostart;
    widgets::SingleInstance m_instance;
    NodeLink m_link;
    widgets::SecretStore m_secrets;
    widgets::AccessKeys m_keys;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<NodeTray> m_tray;
};

} // namespace higgs::node
