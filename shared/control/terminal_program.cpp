// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/terminal_program.h"

#include "shared/control/invitation.h"
#include "shared/control/terminal.h"

#include <algorithm>
#include <array>

namespace higgs::control {

namespace {

constexpr std::array<std::string_view, 4> CommonOptions = {"control", "json", "help", "version"};

std::string helpText(std::string_view program, std::span<const CommandOption> options,
                     std::span<const Command> commands, std::string_view moreHelp)
{
    std::string text = "Usage: " + std::string(program) + " [options] COMMAND\n\nCommands:\n";
    for (const Command &command : commands) {
        std::string name = "  " + std::string(command.name) + " " + std::string(command.usage);
        name.resize(std::max<std::size_t>(name.size() + 1, 26), ' ');
        text += name + std::string(command.help) + "\n";
    }
    text += moreHelp;
    text += "\nOptions:\n" + describeOptions(options);
    text += "\nExit codes: 0 done, 1 failed, 2 wrong usage.";
    return text;
}

bool contains(std::span<const std::string_view> names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

int runCommand(std::string_view program, std::span<const CommandOption> options,
               std::span<const Command> commands, const CommandLine &line)
{
    const bool json = line.has("json");
    if (line.positionals().empty())
        return usageError(program, "a command is missing", json);
    const std::string &name = line.positionals().front();
    const auto command = std::find_if(commands.begin(), commands.end(),
                                      [&name](const Command &each) { return each.name == name; });
    if (command == commands.end())
        return usageError(program, "unknown command " + name, json);
    for (const CommandOption &option : options) {
        if (line.has(option.name) && !contains(CommonOptions, option.name) &&
            !contains(command->options, option.name))
            return usageError(program, name + " does not take --" + std::string(option.name), json);
    }
    const std::size_t arguments = line.positionals().size() - 1;
    if (arguments < command->leastArguments || arguments > command->mostArguments)
        return usageError(program, "usage: " + name + " " + std::string(command->usage), json);
    return command->run(line);
}

/// Of a command line that cannot be read otherwise.
bool asksForJson(std::span<const std::string> arguments)
{
    for (const std::string &argument : arguments) {
        if (argument == "--")
            return false;
        if (argument == "--json")
            return true;
    }
    return false;
}

} // namespace

int runTerminalProgram(std::string_view program, std::span<const CommandOption> options,
                       std::span<const Command> commands, int argc, char *argv[],
                       std::string_view moreHelp)
{
    holdStandardStreams();
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    hideInvitations(argc, argv);
    const Result<CommandLine> line = CommandLine::parse(options, arguments);
    if (!line)
        return usageError(program, line.error().detail, asksForJson(arguments));
    int code = ExitOk;
    if (line->has("help"))
        printLine(helpText(program, options, commands, moreHelp));
    else if (line->has("version"))
        printLine(std::string(program) + " " HIGGS_VERSION);
    else
        code = runCommand(program, options, commands, *line);
    return finished(program, code);
}

} // namespace higgs::control
