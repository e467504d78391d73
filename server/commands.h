// SPDX-License-Identifier: GPL-3.0-or-later
// boson-server's subcommands: short, synchronous, on the same database as a running server.
#pragma once

#include "server/config.h"

namespace higgs::server {

/// Does the subcommand and returns the exit code; errors go to stderr in one line.
int runCommand(const Config &config);

} // namespace higgs::server
