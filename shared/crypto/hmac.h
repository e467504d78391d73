// SPDX-License-Identifier: GPL-3.0-or-later
// HMAC (RFC 2104) with SHA-256 for what is ours, and with SHA-1 where TURN and STUN demand it.
// Compare MACs with equalConstantTime() only.
#pragma once

#include "shared/base/bytes.h"

#include <array>
#include <memory>

struct evp_mac_ctx_st;

namespace higgs {

using Mac256 = std::array<std::uint8_t, 32>;
using Mac160 = std::array<std::uint8_t, 20>;

/// Keys of any length, as RFC 2104 has it.
Mac256 hmacSha256(ByteSpan key, ByteSpan message);

/// A key of many MACs, by OpenSSL: prepared once, and with the processor's own SHA-256 where it has
/// one, which of a full datagram is a quarter of hmacSha256()'s time. Wiped as it is destroyed. For
/// one thread.
class HmacSha256Key
{
public:
    explicit HmacSha256Key(ByteSpan key);

    [[nodiscard]] Mac256 mac(ByteSpan message) const;

private:
    struct Freed
    {
        void operator()(evp_mac_ctx_st *context) const;
    };
    std::unique_ptr<evp_mac_ctx_st, Freed> m_context;
};

/// Only for TURN's REST credentials and STUN's MESSAGE-INTEGRITY (RFC 8489 section 14.5).
Mac160 hmacSha1(ByteSpan key, ByteSpan message);

} // namespace higgs
