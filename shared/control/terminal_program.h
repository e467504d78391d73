// SPDX-License-Identifier: GPL-3.0-or-later
// What a terminal program is besides its commands: help, version, and the checks before one runs.
#pragma once

#include "shared/control/command_line.h"

#include <span>
#include <string_view>

namespace higgs::control {

constexpr std::size_t AnyNumber = static_cast<std::size_t>(-1);

/// `run` returns the exit code.
struct Command
{
    std::string_view name;
    std::string_view usage; ///< arguments, for the help
    std::string_view help;
    std::span<const std::string_view> options; ///< besides those that all commands take
    std::size_t leastArguments = 0;
    std::size_t mostArguments = 0; ///< AnyNumber: a whole command line follows
    int (*run)(const CommandLine &line) = nullptr;
};

/// main() of a terminal program; returns the exit code. Every wrong usage is one line and code 2.
/// `moreHelp` stands between commands and options in the help: whole lines, the last one too.
int runTerminalProgram(std::string_view program, std::span<const CommandOption> options,
                       std::span<const Command> commands, int argc, char *argv[],
                       std::string_view moreHelp = {});

} // namespace higgs::control
