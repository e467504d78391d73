// SPDX-License-Identifier: GPL-3.0-or-later
// What higgs-vpnd is told at its start, as values: nothing but this file reads options.
#pragma once

#include "app-vpn/engine/client_engine.h"
#include "shared/control/command_line.h"

#include <span>

namespace higgs::vpn {

struct DaemonOptions
{
    ClientConfig config; ///< without a server when none was named
    std::string controlSocket;
};

std::span<const control::CommandOption> daemonOptionTable();
std::string daemonHelp();

/// Command line, then HIGGS_VPND_*, then the INI file of --config. InvalidArgument (exit code 2).
Result<control::CommandLine> readCommandLine(std::span<const std::string> arguments);

std::string dataDirectory(const control::CommandLine &line);
/// For a start whose options cannot all be read: what --data-dir says, or the default.
std::string dataDirectoryAtBoot(std::span<const std::string> arguments);
std::string controlSocket(const control::CommandLine &line);
/// Where it is noted who holds a machine's network: not to be chosen, as it is for all of them.
inline constexpr const char *LockDirectory = "/run/higgs";

/// InvalidArgument for what a person should write otherwise (exit code 2); any other code for a
/// file that cannot be read.
Result<DaemonOptions> readOptions(const control::CommandLine &line);

} // namespace higgs::vpn
