// SPDX-License-Identifier: GPL-3.0-or-later
// The PROXY protocol, versions 1 and 2, as a front sends it before the connection's own bytes: who
// really is at the other end. Pure and total.
// https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
#pragma once

#include "shared/base/endpoint.h"
#include "shared/base/result.h"

#include <optional>

namespace higgs::protocol {

/// The longest header that is taken, with whatever TLVs a front adds; a version 1 header has 107.
constexpr std::size_t MaxProxyHeader = 2048;

struct ProxyHeader
{
    std::size_t size = 0; ///< bytes that belong to the header
    /// Nullopt: the front speaks for itself (LOCAL, UNKNOWN, no IP address), as health checks do.
    std::optional<Endpoint> source;

    friend bool operator==(const ProxyHeader &, const ProxyHeader &) = default;
};

/// What `bytes` begin with. Nullopt: a header may still come of it. Malformed, TooLarge: it never
/// will, and the connection has to be closed (section 2: no guessing).
Result<std::optional<ProxyHeader>> decodeProxyHeader(ByteSpan bytes);

} // namespace higgs::protocol
