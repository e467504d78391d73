// SPDX-License-Identifier: GPL-3.0-or-later
// A QR code as a terminal can show it.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace higgs::server {

/// Two rows of modules a line, dark on light whatever the terminal's colours are, with the quiet
/// zone that readers need (ISO/IEC 18004 section 9.1). InvalidArgument: it is too long for one.
Result<std::string> qrText(const std::string &text);

} // namespace higgs::server
