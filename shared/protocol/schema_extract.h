// SPDX-License-Identifier: GPL-3.0-or-later
// What of a document its schema speaks of: the part that has to be held against it. Its size
// depends on the schema and not on the document, as far as the schema has bounds itself.
#pragma once

#include "shared/protocol/json.h"

namespace higgs::protocol {

/// The document without members that the schema does not name, without elements beyond one too
/// many, without the rest of texts that are too long anyway, and without the inside of what should
/// be something else. Valid if and only if the document is, with the same faults at the same
/// places. Where a schema combines others (allOf, if, ...) all is kept.
Json extractFor(const Json &schema, const Json &document);

} // namespace higgs::protocol
