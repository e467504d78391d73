// SPDX-License-Identifier: GPL-3.0-or-later
// --check-config: what is in force and from where, and what is wrong; changes and makes nothing.
#pragma once

#include "server/config.h"

namespace higgs::server {

/// What the operator should know though the server starts: secrets that everybody may read, a
/// certificate that clients refuse, and what readConfig() remarked.
std::vector<std::string> configRemarks(const ConfigReading &reading);

/// Prints; 0: the server would start with it, 1: it would not.
int checkConfig(const ConfigReading &reading);

} // namespace higgs::server
