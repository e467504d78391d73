// SPDX-License-Identifier: GPL-3.0-or-later
// Which addresses the server tells to the other end of a session, which then sends probes there:
// never one that the teller has not been seen at, so that nobody can be made to probe a victim.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/protocol/session_connect.h"

#include <optional>
#include <span>

namespace higgs::server {

/// Below are services, which no router maps a datagram socket to.
constexpr std::uint16_t FirstProbedPort = 1024;

/// Where an end of a session, or a node, was seen speaking TCP and showing its secret: the latest
/// address of each family. Whoever has both speaks to the server by each of them, by any request
/// that shows the secret.
struct SeenAt
{
    IpAddress v4; ///< null: by none
    IpAddress v6;

    SeenAt() = default;
    SeenAt(const IpAddress &address) { note(address); } // an end that was seen once
    /// True: it is news.
    bool note(const IpAddress &address);
    /// Of two that speak of the same end.
    void note(const SeenAt &other);
    [[nodiscard]] bool has(const IpAddress &address) const;
};

/// What an end says its address is beyond its router (`stunMappedAddress`), if it may be told:
/// global unicast, or a documentation range (which nobody has, but laboratories); one that it was
/// `seen` at; and a port from FirstProbedPort on. Else nullopt.
std::optional<Endpoint> tellableMapped(const std::optional<Endpoint> &claimed, const SeenAt &seen);

/// The same for a mapped address that was kept by an earlier run, when nobody knows any more where
/// its request came from.
std::optional<Endpoint> tellableKept(const std::optional<Endpoint> &kept);

/// Whether a candidate of an end that is seen at `seen` may be given to the other end. `host`:
/// an address of a private network (RFC 1918, RFC 4193, RFC 6598), or one of `seen`; `srflx`: as
/// tellableMapped(); `relay`: only on one of our `turn` servers. Of an end in the server's own
/// network a documentation range is told, too: it is nobody's.
bool admissibleCandidate(const protocol::Candidate &candidate, const SeenAt &seen,
                         std::span<const IpAddress> turn = {});

} // namespace higgs::server
