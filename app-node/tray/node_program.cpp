// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_program.h"

#include "app-node/tray/diagnostics_page.h"
#include "app-node/tray/first_run.h"
#include "app-node/tray/server_page.h"
#include "app-node/tray/service_words.h"
#include "app-node/tray/settings_page.h"

#include <QApplication>

namespace higgs::node {

namespace {

QString id()
{
    return QStringLiteral("higgs-node");
}

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
    return given(options.instancePath, widgets::SingleInstance::defaultPath(id(), variant));
}

} // namespace

NodeProgram::NodeProgram(QApplication &application, const ProgramOptions &options)
    : m_options(options),
      m_preferences(given(options.preferencesFile, widgets::WindowPreferences::defaultFile(id()))),
      m_theme(application, qEnvironmentVariable("XDG_CURRENT_DESKTOP")),
      m_language({QStringLiteral("widgets"), QStringLiteral("node")}),
      m_autostart(given(options.autostartFolder, widgets::Autostart::defaultFolder()), id(),
                  QStringLiteral("HiggsNode"), autostartCommand(options)),
      m_link(options.controlSocket),
      m_secrets(QStringLiteral("HiggsNode"), options.useKeychain),
      m_keys(m_link.line(), m_secrets)
{
    m_theme.setChoice(m_preferences.theme());
    m_language.setChoice(m_preferences.language());
}

NodeProgram::~NodeProgram() = default;

Result<widgets::SingleInstance::Role> NodeProgram::begin()
{
    const auto role = m_instance.begin(instancePath(m_options), m_options.link);
    if (!role || *role == widgets::SingleInstance::Role::HandedOver)
        return role;
    build();
    m_link.line().start();
    if (m_options.hidden && m_options.link.isEmpty())
        m_window->startHidden();
    else
        m_window->TrayedWindow::show();
    if (!m_options.link.isEmpty())
        take(m_options.link);
    return role;
}

void NodeProgram::build()
{
    Pages pages;
    pages.settings =
        new SettingsPage({m_link, m_keys, m_preferences, m_theme, m_language, m_autostart});
    pages.diagnostics = new DiagnosticsPage(m_link);
    pages.firstRun = new FirstRun(m_link, m_keys);
    pages.server = new ServerPage(m_link, m_keys);
    pages.fault = new widgets::FaultPage(m_link.line(), [this] { return faultWords(m_link); });
    m_window = std::make_unique<MainWindow>(m_link, m_preferences, pages);
    m_tray = std::make_unique<NodeTray>(m_link, m_theme, m_preferences, *m_window);
    // Not quit(): that asks the window first, which stays in the tray instead of closing.
    connect(m_window.get(), &MainWindow::quitWanted, this, [] { QApplication::exit(0); });
    connect(&m_instance, &widgets::SingleInstance::asked, this, &NodeProgram::take);
}

void NodeProgram::take(const QString &message)
{
    m_window->raiseWindow();
    if (!message.isEmpty())
        m_window->offer(message);
}

} // namespace higgs::node
