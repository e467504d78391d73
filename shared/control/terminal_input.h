// SPDX-License-Identifier: GPL-3.0-or-later
// What a terminal program asks a person, or takes from a pipe in a script.
#pragma once

#include "shared/base/secret.h"

#include <string_view>

namespace higgs::control {

/// One line from stdin, without its end and the white space around it. On a terminal `prompt` goes
/// to stderr and nothing typed is shown; Ctrl-C ends in Cancelled, with the terminal as it was.
/// InvalidArgument when the line is empty or longer than `most` bytes.
Result<SecretText> readSecretLine(std::string_view prompt, std::size_t most);

/// Asks on stderr, and is true for "y" or "yes". InvalidArgument when stdin is no terminal: nobody
/// is there to be asked.
Result<bool> confirmed(std::string_view question);

} // namespace higgs::control
