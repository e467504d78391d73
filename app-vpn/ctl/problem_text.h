// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's codes as sentences for people, each with what can be done.
#pragma once

#include <string>
#include <string_view>

namespace higgs::vpn {

/// Of status.problem ("server_unreachable"); the code itself for one that is newer than this
/// program.
std::string problemText(std::string_view problem);

/// Of status.pathReason ("relay_only"); the code itself for a newer one.
std::string pathReasonText(std::string_view reason);

} // namespace higgs::vpn
