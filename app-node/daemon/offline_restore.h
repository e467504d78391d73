// SPDX-License-Identifier: GPL-3.0-or-later
// `higgs-noded --restore-network`: gives the machine back where no daemon runs that could.
#pragma once

#include "shared/control/command_line.h"

namespace higgs::node {

/// Says what it undid, and what it could not; returns the exit code. Switches sharing off, so that
/// the next start takes nothing again.
int restoreNetwork(const control::CommandLine &line);

} // namespace higgs::node
