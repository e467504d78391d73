// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-nodectl: HiggsNode from a terminal.
#include "app-node/ctl/commands.h"
#include "shared/control/terminal.h"

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace higgs;
using control::CommandLine;
using control::CommandOption;
using Value = control::CommandOption::Value;

namespace {

constexpr std::array Options = {
    CommandOption{"control", Value::Required, "SOCKET",
                  "control socket of higgs-noded (default /run/higgs/noded.sock)"},
    CommandOption{"json", Value::None, {}, "print JSON"},
    CommandOption{"watch", Value::None, {}, "status: go on printing changes"},
    CommandOption{"max-guests", Value::Required, "N", "limits: guests at once"},
    CommandOption{"up-mbps", Value::Required, "N",
                  "limits: Mbit/s up that are offered, told to the server (0: unsaid)"},
    CommandOption{"down-mbps", Value::Required, "N",
                  "limits: Mbit/s down that are offered, told to the server (0: unsaid)"},
    CommandOption{"help", Value::None, {}, "print this"},
    CommandOption{"version", Value::None, {}, "print the version"},
};
constexpr std::array<std::string_view, 4> CommonOptions = {"control", "json", "help", "version"};

std::string helpText()
{
    std::string text = "Usage: higgs-nodectl [options] COMMAND\n\nCommands:\n";
    for (const node::Command &command : node::commands()) {
        std::string name = "  " + std::string(command.name) + " " + std::string(command.usage);
        name.resize(std::max<std::size_t>(name.size() + 1, 26), ' ');
        text += name + std::string(command.help) + "\n";
    }
    text += "\nOptions:\n" + control::describeOptions(Options);
    text += "\nExit codes: 0 done, 1 failed, 2 wrong usage.";
    return text;
}

bool contains(std::span<const std::string_view> names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

int runCommand(const CommandLine &line)
{
    if (line.positionals().empty())
        return control::usageError(node::Program, "a command is missing");
    const std::string &name = line.positionals().front();
    const auto all = node::commands();
    const auto command = std::find_if(
        all.begin(), all.end(), [&name](const node::Command &each) { return each.name == name; });
    if (command == all.end())
        return control::usageError(node::Program, "unknown command " + name);
    for (const CommandOption &option : Options) {
        if (line.has(option.name) && !contains(CommonOptions, option.name) &&
            !contains(command->options, option.name))
            return control::usageError(node::Program,
                                       name + " does not take --" + std::string(option.name));
    }
    const std::size_t arguments = line.positionals().size() - 1;
    if (arguments < command->leastArguments || arguments > command->mostArguments)
        return control::usageError(node::Program,
                                   "usage: " + name + " " + std::string(command->usage));
    return command->run(line);
}

} // namespace

int main(int argc, char *argv[])
{
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    Result<CommandLine> line = CommandLine::parse(Options, arguments);
    if (!line)
        return control::usageError(node::Program, line.error().detail);
    if (line->has("help")) {
        control::printLine(helpText());
        return control::ExitOk;
    }
    if (line->has("version")) {
        control::printLine("higgs-nodectl " HIGGS_VERSION);
        return control::ExitOk;
    }
    return runCommand(*line);
}
