// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of a window's program.
#include "shared/control/command_line.h"
#include "shared/control/invitation.h"
#include "shared/control/terminal.h"
#include "shared/control/termination_signals.h"
#include "shared/widgets/program.h"

#include <QApplication>
#include <QIcon>
#include <array>

namespace higgs::widgets {

namespace {

using control::CommandOption;
using Value = CommandOption::Value;

class Command
{
public:
    explicit Command(const ProgramNames &names)
        : m_names(names),
          m_id(names.id.toStdString()),
          m_control("control socket of " + m_id + "d (default " + names.controlSocket + ")"),
          m_options{CommandOption{"control", Value::Required, "SOCKET", m_control},
                    CommandOption{"hidden", Value::None, {}, "start in the tray"},
                    CommandOption{"help", Value::None, {}, "print this"},
                    CommandOption{"version", Value::None, {}, "print the version"}}
    {}

    Result<control::CommandLine> parse(int argc, char *argv[]) const
    {
        const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
        Result<control::CommandLine> line = control::CommandLine::parse(m_options, arguments);
        if (!line || line->positionals().empty())
            return line;
        if (line->positionals().size() > 1)
            return unexpected(ErrorCode::InvalidArgument, "at most one invitation link");
        const std::string &link = line->positionals().front();
        if (!link.starts_with("higgs:"))
            return unexpected(ErrorCode::InvalidArgument,
                              "not an invitation link: " + link.substr(0, 80));
        return line;
    }

    int help() const
    {
        control::printLine(
            "Usage: " + m_id + " [options] [higgs://join?...]\n\n" + "The window of " +
            m_names.title.toStdString() +
            ". A second start raises the first one's window; an\n"
            "invitation link is shown, and used only when you say so.\n\nOptions:\n" +
            control::describeOptions(m_options) + "\nExit codes: 0 done, 1 failed, 2 wrong usage.");
        return control::finished(m_id, control::ExitOk);
    }

    int version() const
    {
        control::printLine(m_id + " " HIGGS_VERSION);
        return control::finished(m_id, control::ExitOk);
    }

    const std::string &id() const { return m_id; }

private:
    const ProgramNames &m_names;
    std::string m_id;
    std::string m_control;
    std::array<CommandOption, 4> m_options;
};

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

void introduce(const ProgramNames &names)
{
    QApplication::setApplicationName(names.id);
    QApplication::setApplicationVersion(QStringLiteral(HIGGS_VERSION));
    QGuiApplication::setDesktopFileName(names.id);
    QApplication::setQuitOnLastWindowClosed(false);
    QApplication::setWindowIcon(
        QIcon::fromTheme(names.id, QIcon(QStringLiteral(":/icons/%1.svg").arg(names.id))));
}

} // namespace

int runProgram(
    const ProgramNames &names, int argc, char *argv[],
    const std::function<std::unique_ptr<Program>(QApplication &, const ProgramOptions &)> &make)
{
    control::holdStandardStreams();
    const Command command(names);
    const Result<control::CommandLine> line = command.parse(argc, argv);
    control::hideInvitations(argc, argv);
    if (!line)
        return control::usageError(command.id(), line.error().detail);
    if (line->has("help"))
        return command.help();
    if (line->has("version"))
        return command.version();
    if (!hasDisplay())
        return control::failed(command.id(),
                               "there is no display: start it in a desktop session, or use " +
                                   command.id() + "ctl here");
    int one = 1; // the arguments are ours, and read already
    QApplication application(one, argv);
    introduce(names);
    ProgramOptions options;
    options.controlSocket = line->value("control").value_or(std::string());
    options.hidden = line->has("hidden");
    if (!line->positionals().empty())
        options.link = QString::fromStdString(line->positionals().front());
    const std::unique_ptr<Program> program = make(application, options);
    const control::TerminationSignals ends;
    // exit(), not quit(): that asks the window first, which stays in the tray instead of closing.
    QObject::connect(&ends, &control::TerminationSignals::requested, &application,
                     [] { QApplication::exit(control::ExitOk); });
    const auto role = program->begin();
    if (!role)
        return control::failed(command.id(), role.error().detail);
    if (*role == SingleInstance::Role::HandedOver)
        return control::ExitOk;
    return QApplication::exec();
}

} // namespace higgs::widgets
