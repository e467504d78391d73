// SPDX-License-Identifier: GPL-3.0-or-later
// What a STUN server answers to a binding request (RFC 8489), and from where (RFC 5780): pure.
#pragma once

#include "shared/protocol/stun.h"

#include <optional>
#include <vector>

namespace higgs {

/// Where a STUN server listens.
struct StunPlaces
{
    Endpoint primary; ///< the address may be unspecified: all of the machine
    /// RFC 5780's second address, one a family at most, and the port that goes with it; both
    /// ports are listened on at both addresses. None: there is no second one.
    std::vector<IpAddress> alternates{};
    std::uint16_t alternatePort = 0;
    /// Both ports also without a second address: a router that maps by port, or lets other ports
    /// in, shows at one address as well.
    bool twoPorts = false;

    /// The place that shares neither address nor port with `here`. Nullopt without a second one,
    /// and at the second one while the first is not a certain address.
    [[nodiscard]] std::optional<Endpoint> other(const Endpoint &here) const;
    /// The other port of `here`, where there is no second address; 0: there is none.
    [[nodiscard]] std::uint16_t otherPort(const Endpoint &here) const;
    [[nodiscard]] bool hasTwoPorts() const { return twoPorts || !alternates.empty(); }
};

enum class StunTransport : std::uint8_t { Udp, Tcp };

/// A message and its way; no address is an IPv4-mapped one.
struct StunQuestion
{
    ByteSpan message;
    Endpoint from;
    Endpoint to;                     ///< of this machine
    std::optional<Endpoint> other{}; ///< as StunPlaces::other() has it
    StunTransport transport = StunTransport::Udp;
    std::uint16_t otherPort = 0; ///< as StunPlaces::otherPort() has it
};

struct StunReply
{
    Bytes bytes;
    Endpoint from; ///< one of the server's places
    Endpoint to;   ///< always at the address that asked
};

/// Cheap test for what deserves a place in the rate limit: a binding request by type and length.
bool mayBeStunRequest(ByteSpan message);

/// Nothing for what is no binding request. Never more than 1.6 times the question on the wire, IP
/// and UDP headers included: what has no room is left out, RESPONSE-ORIGIN first, then
/// OTHER-ADDRESS (a bare request over IPv6 has room for neither, one with CHANGE-REQUEST for the
/// latter). A second port without a second address is no OTHER-ADDRESS, which would have clients
/// compare an address with itself; a change of the port alone is answered from there. Also answers
/// RFC 3489's requests, whose clients know only its attributes.
std::optional<StunReply> answerStun(const StunQuestion &question);

} // namespace higgs
