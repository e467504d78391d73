// SPDX-License-Identifier: GPL-3.0-or-later
// The whole of HiggsNode's window as one graph: made by main(), and by tests.
#pragma once

#include "app-node/tray/main_window.h"
#include "app-node/tray/node_link.h"
#include "app-node/tray/node_tray.h"
#include "shared/widgets/access_keys.h"
#include "shared/widgets/program.h"
#include "shared/widgets/secret_store.h"
#include "shared/widgets/window_preferences.h"

namespace higgs::node {

using widgets::ProgramOptions;

widgets::ProgramNames programNames();

class NodeProgram : public widgets::Program
{
    Q_OBJECT

public:
    NodeProgram(QApplication &application, const ProgramOptions &options);
    ~NodeProgram() override;

    MainWindow &window() { return *m_window; }
    NodeLink &link() { return m_link; }
    NodeTray &tray() { return *m_tray; }

private:
    widgets::TrayedWindow &build() override;
    void offer(const QString &link) override;

    widgets::WindowPreferences m_preferences;
    NodeLink m_link;
    widgets::SecretStore m_secrets;
    widgets::AccessKeys m_keys;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<NodeTray> m_tray;
};

} // namespace higgs::node
