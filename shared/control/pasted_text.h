// SPDX-License-Identifier: GPL-3.0-or-later
// What editors, browsers and mail programs put around a text that a person copies. Pure.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <string_view>

namespace higgs::control {

/// Without the mark by which Windows' editors begin a UTF-8 file.
std::string_view withoutByteOrderMark(std::string_view text);

/// InvalidArgument, with what to do, for a file that was saved as UTF-16; `what` names it.
Result<void> checkEncoding(std::string_view text, const std::string &what);

/// Without white space (Unicode's, too) and marks that nobody sees at its ends.
std::string_view withoutSpaceAround(std::string_view text);

/// The same, and without one pair of quotes or angle brackets. What stands inside is left alone.
std::string_view pasted(std::string_view text);

} // namespace higgs::control
