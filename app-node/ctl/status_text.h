// SPDX-License-Identifier: GPL-3.0-or-later
// The node daemon's answers laid out for a terminal, its codes as sentences. Pure.
#pragma once

#include "shared/base/clock.h"
#include "shared/control/rpc.h"

#include <string>

namespace higgs::node {

/// Several lines, without the last newline.
std::string statusText(const control::Json &status);
std::string guestsText(const control::Json &answer, WallTime now);
std::string limitsText(const control::Json &limits);

/// Why the node does not share, with what can be done; empty when there is no problem.
std::string problemLine(const control::Json &status);

} // namespace higgs::node
