// SPDX-License-Identifier: GPL-3.0-or-later
// boson-server's subcommands: short and synchronous. Those that concern the server speak to it.
#pragma once

#include "server/config.h"

namespace higgs::server {

/// Does the subcommand and returns the exit code; errors go to stderr in one line.
int runCommand(const Config &config);

} // namespace higgs::server
