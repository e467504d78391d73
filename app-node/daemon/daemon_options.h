// SPDX-License-Identifier: GPL-3.0-or-later
// What higgs-noded is told at its start, as values: nothing but this file reads options.
#pragma once

#include "app-node/daemon/status_json.h"
#include "app-node/engine/node_engine.h"
#include "shared/control/command_line.h"

#include <span>

namespace higgs::node {

struct DaemonOptions
{
    NodeConfig config;
    std::string controlSocket;
    std::optional<bool> sharing; ///< as --sharing says; none: as it was last
    FixedSettings fixed;
    /// Of config.limits, what was given: it wins over what a controller set before.
    std::vector<std::uint32_t NodeLimits::*> givenLimits;
    std::optional<bool> portMapping; ///< likewise
};

std::string daemonHelp();

/// Command line, then HIGGS_NODED_*, then the INI file of --config. InvalidArgument (exit code 2).
Result<control::CommandLine> readCommandLine(std::span<const std::string> arguments);

std::string dataDirectory(const control::CommandLine &line);
std::string controlSocket(const control::CommandLine &line);
/// Where it is noted who holds a machine's network: not to be chosen, as it is for all of them.
inline constexpr const char *LockDirectory = "/run/higgs-node";

/// InvalidArgument for what a person should write otherwise (exit code 2); any other code for a
/// file that cannot be read.
Result<DaemonOptions> readOptions(const control::CommandLine &line);

} // namespace higgs::node
