// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_program.h"

#include "app-node/tray/diagnostics_page.h"
#include "app-node/tray/first_run.h"
#include "app-node/tray/server_page.h"
#include "app-node/tray/service_words.h"
#include "app-node/tray/settings_page.h"

#include <QApplication>

namespace higgs::node {

widgets::ProgramNames programNames()
{
    return {QStringLiteral("higgs-node"), QStringLiteral("HiggsNode"), QStringLiteral("node"),
            "/run/higgs-node/noded.sock"};
}

NodeProgram::NodeProgram(QApplication &application, const ProgramOptions &options)
    : Program(application, programNames(), options),
      m_preferences(this->options().preferencesFile),
      m_link(this->options().controlSocket),
      m_secrets(programNames().title, options.useKeychain),
      m_keys(m_link.line(), m_secrets)
{
    theme().setChoice(m_preferences.theme());
    language().setChoice(m_preferences.language());
}

NodeProgram::~NodeProgram() = default;

widgets::TrayedWindow &NodeProgram::build()
{
    Pages pages;
    pages.settings =
        new SettingsPage({m_link, m_keys, m_preferences, theme(), language(), autostart()});
    pages.diagnostics = new DiagnosticsPage(m_link);
    pages.firstRun = new FirstRun(m_link, m_keys);
    pages.server = new ServerPage(m_link, m_keys);
    pages.fault = new widgets::FaultPage(m_link.line(), [this] { return faultWords(m_link); });
    m_window = std::make_unique<MainWindow>(m_link, m_preferences, pages);
    m_tray = std::make_unique<NodeTray>(m_link, theme(), m_preferences, *m_window);
    // Not quit(): that asks the window first, which stays in the tray instead of closing.
    connect(m_window.get(), &MainWindow::quitWanted, this, [] { QApplication::exit(0); });
    m_link.line().start();
    return *m_window;
}

void NodeProgram::offer(const QString &link)
{
    m_window->offer(link);
}

} // namespace higgs::node
