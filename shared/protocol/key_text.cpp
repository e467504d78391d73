// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/key_text.h"

#include "shared/base/bytes.h"

namespace higgs::protocol {

Result<KeyText> KeyText::parse(std::string_view base64)
{
    constexpr std::size_t KeySize = 32;
    const Result<Bytes> bytes = fromBase64(base64);
    if (!bytes || bytes->size() != KeySize)
        return unexpected(ErrorCode::Malformed, "not canonical base64 of 32 bytes");
    KeyText key;
    key.m_text = base64;
    return key;
}

} // namespace higgs::protocol
