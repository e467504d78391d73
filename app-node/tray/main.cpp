// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-node: the window and tray of HiggsNode. Reads the arguments; NodeProgram is the rest.
#include "app-node/tray/node_program.h"
#include "shared/control/command_line.h"
#include "shared/control/terminal.h"
#include "shared/control/termination_signals.h"

#include <QApplication>
#include <QIcon>
#include <array>

using namespace higgs;
using control::CommandOption;
using Value = control::CommandOption::Value;

namespace {

constexpr std::string_view Program = "higgs-node";

constexpr std::array Options = {
    CommandOption{"control", Value::Required, "SOCKET",
                  "control socket of higgs-noded (default /run/higgs/noded.sock)"},
    CommandOption{"hidden", Value::None, {}, "start in the tray"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};

int help()
{
    control::printLine("Usage: higgs-node [options] [higgs://join?...]\n\n"
                       "The window of HiggsNode. A second start raises the first one's window; an\n"
                       "invitation link is shown, and used only when you say so.\n\nOptions:\n" +
                       control::describeOptions(Options) +
                       "\nExit codes: 0 done, 1 failed, 2 wrong usage.");
    return control::ExitOk;
}

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

int runWindow(const control::CommandLine &line, char *argv[])
{
    if (!hasDisplay())
        return control::failed(Program, "there is no display: start it in a desktop session, or "
                                        "use higgs-nodectl here");
    int argc = 1; // the arguments are ours, and read already
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("higgs-node"));
    QApplication::setApplicationVersion(QStringLiteral(HIGGS_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("higgs-node"));
    QApplication::setQuitOnLastWindowClosed(false);
    QApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("higgs-node")));

    node::ProgramOptions options;
    options.controlSocket = line.value("control").value_or(node::DefaultControlSocket);
    options.hidden = line.has("hidden");
    if (!line.positionals().empty())
        options.link = QString::fromStdString(line.positionals().front());
    node::NodeProgram program(application, options);
    const control::TerminationSignals ends;
    // exit(), not quit(): that asks the window first, which stays in the tray instead of closing.
    QObject::connect(&ends, &control::TerminationSignals::requested, &application,
                     [] { QApplication::exit(control::ExitOk); });
    const auto role = program.begin();
    if (!role)
        return control::failed(Program, role.error().detail);
    if (*role == widgets::SingleInstance::Role::HandedOver)
        return control::ExitOk;
    return QApplication::exec();
}

} // namespace

int main(int argc, char *argv[])
{
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    const Result<control::CommandLine> line = control::CommandLine::parse(Options, arguments);
    if (!line)
        return control::usageError(Program, line.error().detail);
    if (line->has("help"))
        return help();
    if (line->has("version")) {
        control::printLine(std::string(Program) + " " HIGGS_VERSION);
        return control::ExitOk;
    }
    if (line->positionals().size() > 1)
        return control::usageError(Program, "at most one invitation link");
    if (!line->positionals().empty() && !line->positionals().front().starts_with("higgs:"))
        return control::usageError(Program, "not an invitation link: " +
                                                line->positionals().front().substr(0, 80));
    return runWindow(*line, argv);
}
