// SPDX-License-Identifier: GPL-3.0-or-later
// Text from outside that a person will be shown, or a server be sent. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace higgs::control {

/// Length of the control character that `text` begins with, 0 for none: C0, DEL, C1 (which some
/// terminals obey as they do ESC), line and paragraph separators, and marks that are not seen and
/// turn the direction of writing or say the order of bytes, which make a name read as another.
std::size_t controlLength(std::string_view text);

/// What a terminal obeys as JSON spells it ("\\u009b"), but for line ends: a document stays the
/// same document.
std::string spelledOut(std::string_view text);

/// Whether a person, on this machine or another, may be shown this.
bool isPlainText(std::string_view text);

/// Whether a server may be sent this as a credential: printable ASCII without spaces. Anything else
/// could end the HTTP header that carries it, and begin another.
bool isCredentialText(std::string_view text);

} // namespace higgs::control
