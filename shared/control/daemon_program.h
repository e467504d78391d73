// SPDX-License-Identifier: GPL-3.0-or-later
// A daemon's own offline ways, started by a terminal program where no daemon answers.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <vector>

namespace higgs::control {

/// A path relative to the folder of this executable; empty when that cannot be known.
std::string besideThisProgram(const std::string &path);

/// Whether a call failed in a way that the daemon's offline way is for: nobody answers, or, for
/// root who may end it, what answers is no daemon in its senses.
bool needsOfflineWay(const Error &failure);

/// Becomes the daemon `arguments` begin with: this program's own, else the one in PATH. Returns,
/// with errno, only when neither can be started.
void becomeDaemon(std::vector<std::string> arguments);

} // namespace higgs::control
