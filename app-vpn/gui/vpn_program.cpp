// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/vpn_program.h"

#include "app-vpn/gui/diagnostics_page.h"
#include "app-vpn/gui/fault_words.h"
#include "app-vpn/gui/first_run.h"
#include "app-vpn/gui/settings_page.h"

#include <QApplication>

namespace higgs::vpn {

namespace {

const QString Id = QStringLiteral("higgs-vpn");

QString given(const QString &value, const QString &otherwise)
{
    return value.isEmpty() ? otherwise : value;
}

/// What the session is to start: the same as this, in the tray.
QStringList autostartCommand(const ProgramOptions &options)
{
    QStringList command{QCoreApplication::applicationFilePath(), QStringLiteral("--hidden")};
    if (options.controlSocket != DefaultControlSocket)
        command << QStringLiteral("--control") << QString::fromStdString(options.controlSocket);
    return command;
}

/// Windows for different daemons do not stand in each other's way.
QString instancePath(const ProgramOptions &options)
{
    const QString variant = options.controlSocket == DefaultControlSocket
                                ? QString()
                                : QString::fromStdString(options.controlSocket);
    return given(options.instancePath, widgets::SingleInstance::defaultPath(Id, variant));
}

} // namespace

VpnProgram::VpnProgram(QApplication &application, const ProgramOptions &options)
    : m_options(options),
      m_preferences(given(options.preferencesFile, Preferences::defaultFile())),
      m_theme(application, qEnvironmentVariable("XDG_CURRENT_DESKTOP")),
      m_language({QStringLiteral("widgets"), QStringLiteral("vpn")}),
      m_autostart(given(options.autostartFolder, widgets::Autostart::defaultFolder()), Id,
                  QStringLiteral("HiggsVPN"), autostartCommand(options)),
      m_link(options.controlSocket),
      m_secrets(QStringLiteral("HiggsVPN"), options.useKeychain),
      m_keys(m_link.line(), m_secrets)
{
    m_theme.setChoice(m_preferences.theme());
    m_language.setChoice(m_preferences.language());
}

VpnProgram::~VpnProgram() = default;

Result<widgets::SingleInstance::Role> VpnProgram::begin()
{
    const auto role = m_instance.begin(instancePath(m_options), m_options.link);
    if (!role || *role == widgets::SingleInstance::Role::HandedOver)
        return role;
    build();
    m_link.line().start();
    if (m_options.hidden && m_options.link.isEmpty())
        m_window->startHidden();
    else
        m_window->show();
    if (!m_options.link.isEmpty())
        take(m_options.link);
    return role;
}

void VpnProgram::build()
{
    m_settings =
        new SettingsPage({m_link, m_keys, m_preferences, m_theme, m_language, m_autostart});
    m_firstRun = new FirstRun(m_link, m_keys);
    auto *fault = new widgets::FaultPage(m_link.line(), [this] { return faultWords(m_link); });
    m_window = std::make_unique<MainWindow>(m_link, m_theme, m_preferences, m_settings,
                                            new DiagnosticsPage(m_link), m_firstRun, fault);
    m_tray = std::make_unique<VpnTray>(m_link, m_theme, m_preferences, *m_window);
    connect(m_settings, &SettingsPage::changeServerWanted, this, [this] {
        m_firstRun->begin();
        m_window->showFirstRun();
    });
    connect(m_settings, &SettingsPage::diagnosticsWanted, m_window.get(),
            &MainWindow::showDiagnostics);
    connect(m_window.get(), &MainWindow::keyWanted, m_settings, &SettingsPage::enterKey);
    // Not quit(): that asks the window first, which stays in the tray instead of closing.
    connect(m_window.get(), &MainWindow::quitWanted, this, [] { QApplication::exit(0); });
    connect(&m_instance, &widgets::SingleInstance::asked, this, &VpnProgram::take);
}

void VpnProgram::take(const QString &message)
{
    m_window->raiseWindow();
    if (message.isEmpty())
        return;
    m_firstRun->offer(message);
    m_window->showFirstRun();
}

} // namespace higgs::vpn
