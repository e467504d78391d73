// SPDX-License-Identifier: GPL-3.0-or-later
// What a terminal program is besides its commands: help, version, and the checks before one runs.
#pragma once

#include "shared/control/command_line.h"

#include <span>
#include <string_view>

namespace higgs::control {

/// `run` returns the exit code.
struct Command
{
    std::string_view name;
    std::string_view usage; ///< arguments, for the help
    std::string_view help;
    std::span<const std::string_view> options; ///< besides those that all commands take
    std::size_t leastArguments = 0;
    std::size_t mostArguments = 0;
    int (*run)(const CommandLine &line) = nullptr;
};

/// main() of a terminal program; returns the exit code. Every wrong usage is one line and code 2.
int runTerminalProgram(std::string_view program, std::span<const CommandOption> options,
                       std::span<const Command> commands, int argc, char *argv[]);

} // namespace higgs::control
