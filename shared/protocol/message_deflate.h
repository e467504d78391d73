// SPDX-License-Identifier: GPL-3.0-or-later
// permessage-deflate (RFC 7692) of one message at a time: without context takeover there is no
// state between messages, so an idle connection holds no zlib window.
#pragma once

#include "shared/base/bytes.h"

namespace higgs::protocol {

/// Appends the inflated message to `out`; TooLarge as soon as it would exceed `limit` bytes,
/// Malformed for bytes that are not a deflate stream.
Result<void> inflateMessage(ByteSpan compressed, std::size_t limit, Bytes &out);
/// Appends the compressed message without its tail 00 00 ff ff. `windowBits` 9..15.
Result<void> deflateMessage(ByteSpan message, int windowBits, Bytes &out);

} // namespace higgs::protocol
