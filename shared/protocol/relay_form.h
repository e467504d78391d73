// SPDX-License-Identifier: GPL-3.0-or-later
// What relay_message.json says, as code: a relay judges a thousand texts a second, and one of a
// stranger's may cost no more than its length. The schema stays the source; a test holds both
// against each other.
#pragma once

#include "shared/protocol/json.h"

namespace higgs::protocol {

/// Whether the schema accepts the document; true is worth as much as the schema's word.
bool isRelayForm(const Json &document);

} // namespace higgs::protocol
