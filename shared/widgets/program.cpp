// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/program.h"

#include "shared/widgets/trayed_window.h"
#include "shared/widgets/window_preferences.h"

#include <QApplication>

namespace higgs::widgets {

namespace {

/// With what is usual where nothing was said. Windows for different daemons do not stand in each
/// other's way.
ProgramOptions complete(ProgramOptions options, const ProgramNames &names)
{
    const auto fill = [](QString &value, const QString &usual) {
        if (value.isEmpty())
            value = usual;
    };
    if (options.controlSocket.empty())
        options.controlSocket = names.controlSocket;
    const QString variant = options.controlSocket == names.controlSocket
                                ? QString()
                                : QString::fromStdString(options.controlSocket);
    fill(options.preferencesFile, WindowPreferences::defaultFile(names.id));
    fill(options.autostartFolder, Autostart::defaultFolder());
    fill(options.instancePath, SingleInstance::defaultPath(names.id, variant));
    return options;
}

/// What the session is to start: the same as this, in the tray.
QStringList autostartCommand(const ProgramOptions &options, const ProgramNames &names)
{
    QStringList command{QCoreApplication::applicationFilePath(), QStringLiteral("--hidden")};
    if (options.controlSocket != names.controlSocket)
        command << QStringLiteral("--control") << QString::fromStdString(options.controlSocket);
    return command;
}

} // namespace

Program::Program(QApplication &application, const ProgramNames &names, ProgramOptions options)
    : m_options(complete(std::move(options), names)),
      m_theme(application, qEnvironmentVariable("XDG_CURRENT_DESKTOP")),
      m_language({QStringLiteral("widgets"), names.catalogue}),
      m_autostart(m_options.autostartFolder, names.id, names.title,
                  autostartCommand(m_options, names))
{}

Result<SingleInstance::Role> Program::begin()
{
    const auto role = m_instance.begin(m_options.instancePath, m_options.link);
    if (!role || *role == SingleInstance::Role::HandedOver)
        return role;
    m_window = &build();
    connect(&m_instance, &SingleInstance::asked, this, &Program::take);
    if (m_options.hidden && m_options.link.isEmpty())
        m_window->startHidden();
    else
        m_window->show();
    if (!m_options.link.isEmpty())
        take(m_options.link);
    return role;
}

void Program::take(const QString &message)
{
    m_window->raiseWindow();
    if (!message.isEmpty())
        offer(message);
}

} // namespace higgs::widgets
