// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/vpn_program.h"

#include "app-vpn/gui/diagnostics_page.h"
#include "app-vpn/gui/fault_words.h"
#include "app-vpn/gui/first_run.h"
#include "app-vpn/gui/settings_page.h"

#include <QApplication>

namespace higgs::vpn {

widgets::ProgramNames programNames()
{
    return {QStringLiteral("higgs-vpn"), QStringLiteral("HiggsVPN"), QStringLiteral("vpn"),
            "/run/higgs/vpnd.sock"};
}

VpnProgram::VpnProgram(QApplication &application, const ProgramOptions &options)
    : Program(application, programNames(), options),
      m_preferences(this->options().preferencesFile),
      m_link(this->options().controlSocket),
      m_secrets(programNames().title, options.useKeychain),
      m_keys(m_link.line(), m_secrets)
{
    theme().setChoice(m_preferences.theme());
    language().setChoice(m_preferences.language());
}

VpnProgram::~VpnProgram() = default;

widgets::TrayedWindow &VpnProgram::build()
{
    m_settings =
        new SettingsPage({m_link, m_keys, m_preferences, theme(), language(), autostart()});
    m_firstRun = new FirstRun(m_link, m_keys);
    auto *fault = new widgets::FaultPage(m_link.line(), [this] { return faultWords(m_link); });
    m_window = std::make_unique<MainWindow>(m_link, theme(), m_preferences, m_settings,
                                            new DiagnosticsPage(m_link), m_firstRun, fault);
    m_tray = std::make_unique<VpnTray>(m_link, theme(), m_preferences, *m_window);
    connect(m_settings, &SettingsPage::changeServerWanted, this, [this] {
        m_firstRun->begin();
        m_window->showFirstRun();
    });
    connect(m_settings, &SettingsPage::diagnosticsWanted, m_window.get(),
            &MainWindow::showDiagnostics);
    connect(m_window.get(), &MainWindow::keyWanted, m_settings, &SettingsPage::enterKey);
    // Not quit(): that asks the window first, which stays in the tray instead of closing.
    connect(m_window.get(), &MainWindow::quitWanted, this, [] { QApplication::exit(0); });
    m_link.line().start();
    return *m_window;
}

void VpnProgram::offer(const QString &link)
{
    m_firstRun->offer(link);
    m_window->showFirstRun();
}

} // namespace higgs::vpn
