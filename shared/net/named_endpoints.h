// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a program sends to because somebody else said so. A server that names a machine of the home
// would have it dialled from inside, where no router and no firewall stands in the way.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/net/nat64_prefix.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace higgs {

/// An endpoint that may be sent to. Sockets that are opened on somebody's word take this type, so
/// that nobody can forget to ask NamedEndpoints, at each dial.
class CheckedEndpoint
{
public:
    /// What a person wrote down.
    static CheckedEndpoint namedByPerson(const Endpoint &endpoint)
    {
        return CheckedEndpoint(endpoint);
    }
    /// For sockets bound to the tunnel's interface: the exit's own gateway.
    static CheckedEndpoint tunnelGateway(const Endpoint &endpoint)
    {
        return CheckedEndpoint(endpoint);
    }

    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }

    friend bool operator==(const CheckedEndpoint &, const CheckedEndpoint &) = default;

private:
    friend Result<CheckedEndpoint> checkNamed(const Endpoint &, bool, std::span<const IpPrefix>,
                                              std::span<const IpAddress>);
    friend Result<CheckedEndpoint> checkBeyondTunnel(const Endpoint &);
    friend Result<CheckedEndpoint> checkNeighbour(const Endpoint &, std::span<const IpPrefix>);
    explicit CheckedEndpoint(const Endpoint &endpoint) : m_endpoint(endpoint) {}

    Endpoint m_endpoint;
};

/// What is spoken to an endpoint.
enum class NamedUse : std::uint8_t {
    Relay, ///< TLS over TCP
    Stun,  ///< over UDP, and read by whatever listens there
};

/// Forbidden, with a sentence, unless it is global unicast and in none of `nearby`. `reached`:
/// where the server that the person chose was met, which may be a private network or this machine.
/// IPv4 in IPv6 is judged by the IPv4 address: mapped (RFC 4291), and NAT64 (RFC 6052); 6to4
/// (RFC 3056) is never dialled. `datagram`: no port of the home's own protocols.
Result<CheckedEndpoint> checkNamed(const Endpoint &endpoint, bool datagram,
                                   std::span<const IpPrefix> nearby,
                                   std::span<const IpAddress> reached);

/// Of a STUN server that is asked through the tunnel, by sockets bound to it where the address is
/// not the Internet's: the exit keeps its own home closed, and what is private proves nothing.
Result<CheckedEndpoint> checkBeyondTunnel(const Endpoint &endpoint);

/// Of another end of a session that is in this machine's own network: Forbidden, unless it is a
/// private or global address in one of `nearby`, and neither a router's nor this machine's, and no
/// port of the home's own protocols.
Result<CheckedEndpoint> checkNeighbour(const Endpoint &endpoint, std::span<const IpPrefix> nearby);

/// The same question with the machine's networks of now. Lives on its owner's thread.
class NamedEndpoints
{
public:
    /// What is near: this machine's networks, routers and addresses.
    using Nearby = std::function<Result<std::vector<IpPrefix>>()>;

    explicit NamedEndpoints(Nearby nearby) : m_nearby(std::move(nearby)) {}

    /// The machine's networks may be others.
    void networksChanged()
    {
        m_known.reset();
        m_nat64.reset();
    }
    /// By which this network leads to IPv4: what is in it is judged by what it stands for.
    void setNat64(const Nat64Prefix &prefix) { m_nat64 = prefix; }
    /// Those of the addresses that may be dialled at this port, at this moment. Forbidden when
    /// there is none, with the reason; which stands in the log, too, now and then.
    Result<std::vector<CheckedEndpoint>> check(NamedUse use,
                                               const std::vector<IpAddress> &addresses,
                                               std::uint16_t port,
                                               std::span<const IpAddress> reached);

    /// Of the other end of a session, who says that it is there: never the `server`, which nobody
    /// is to have others write to, as it would be theirs to answer for.
    Result<std::vector<CheckedEndpoint>> otherEnd(const std::vector<IpAddress> &addresses,
                                                  std::uint16_t port,
                                                  std::span<const IpAddress> server);
    /// checkNeighbour() of now.
    Result<CheckedEndpoint> neighbour(const Endpoint &endpoint);

private:
    void learnNearby(Monotonic now);
    Result<std::vector<CheckedEndpoint>> checkFrom(std::string_view who, NamedUse use,
                                                   const std::vector<IpAddress> &addresses,
                                                   std::uint16_t port,
                                                   std::span<const IpAddress> reached);
    Result<CheckedEndpoint> judge(NamedUse use, const Endpoint &endpoint,
                                  std::span<const IpAddress> reached) const;

    Nearby m_nearby;
    std::optional<std::vector<IpPrefix>> m_known;
    std::optional<Nat64Prefix> m_nat64;
    Monotonic m_knownAt;
};

/// check() with all but the addresses and the port bound.
using EndpointCheck = std::function<Result<std::vector<CheckedEndpoint>>(
    const std::vector<IpAddress> &addresses, std::uint16_t port)>;

} // namespace higgs
