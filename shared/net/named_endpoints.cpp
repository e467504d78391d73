// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/named_endpoints.h"

#include "shared/base/log.h"

#include <algorithm>
#include <array>

namespace higgs {

namespace {

/// A change that nobody told of is seen after it. Looking costs some processes.
constexpr Seconds NearbyAge{20};
constexpr std::uint16_t FirstFreePort = 1024;
constexpr std::uint16_t HttpsPort = 443;
/// Beyond the well-known ones. What listens there in homes acts on a single datagram: SSDP,
/// WS-Discovery, PCP and NAT-PMP, mDNS, LLMNR.
constexpr std::array<std::uint16_t, 6> HomePorts{1900, 3702, 5350, 5351, 5353, 5355};

/// RFC 1918, RFC 4193. None of RFC 6598: those are a provider's.
constexpr std::array<std::string_view, 4> HomeNetworks{"10.0.0.0/8", "172.16.0.0/12",
                                                       "192.168.0.0/16", "fc00::/7"};

constexpr std::string_view TheServer = "the server";
constexpr std::string_view TheOtherEnd = "the other end";

bool isStunPort(std::uint16_t port)
{
    return (port >= FirstFreePort || port == HttpsPort) &&
           std::find(HomePorts.begin(), HomePorts.end(), port) == HomePorts.end();
}

/// The IPv4 address in RFC 6052's well-known prefix, or the address itself.
IpAddress withoutNat64(const IpAddress &address)
{
    constexpr std::size_t Embedded = 12;
    if (!IpPrefix::parse("64:ff9b::/96")->contains(address))
        return address;
    return IpAddress::v4(address.bytes().subspan<Embedded, 4>());
}

Error refused(const std::string &what, const Endpoint &endpoint)
{
    return {ErrorCode::Forbidden,
            std::string(TheServer) + " named " + what + " (" + endpoint.toString() + "): refused"};
}

} // namespace

Result<CheckedEndpoint> checkNamed(const Endpoint &endpoint, bool datagram,
                                   std::span<const IpPrefix> nearby,
                                   std::span<const IpAddress> reached)
{
    const Endpoint plain{endpoint.address.unmapped(), endpoint.port};
    if (plain.port == 0 || (datagram && !isStunPort(plain.port)))
        return unexpected(refused("a port that no STUN server has", plain));
    const bool isServer = std::any_of(reached.begin(), reached.end(), [&](const IpAddress &each) {
        return each.unmapped() == plain.address;
    });
    if (isServer)
        return CheckedEndpoint(plain);
    const IpAddress meant = withoutNat64(plain.address);
    const bool near = std::any_of(nearby.begin(), nearby.end(), [&](const IpPrefix &each) {
        return each.contains(meant) || each.contains(plain.address);
    });
    if (near || !isGlobalUnicast(meant))
        return unexpected(refused("an address inside a home", plain));
    return CheckedEndpoint(plain);
}

Result<CheckedEndpoint> checkBeyondTunnel(const Endpoint &endpoint)
{
    const Endpoint plain{endpoint.address.unmapped(), endpoint.port};
    if (!isStunPort(plain.port))
        return unexpected(refused("a port that no STUN server has", plain));
    if (!isGlobalUnicast(plain.address))
        return unexpected(refused("an address inside a home", plain));
    return CheckedEndpoint(plain);
}

Result<CheckedEndpoint> checkNeighbour(const Endpoint &endpoint, std::span<const IpPrefix> nearby)
{
    const Endpoint plain{endpoint.address.unmapped(), endpoint.port};
    if (plain.port < FirstFreePort || !isStunPort(plain.port))
        return unexpected(refused("a port that no other end has", plain));
    const bool isPrivate =
        std::any_of(HomeNetworks.begin(), HomeNetworks.end(), [&](std::string_view each) {
            return IpPrefix::parse(each)->contains(plain.address);
        });
    // Of the machine and its routers whole addresses are named.
    const std::size_t whole = plain.address.isV4() ? 32 : 128;
    const unsigned widest = plain.address.isV4() ? 8 : 48; // else nothing is known of what is near
    bool isNear = false;
    for (const IpPrefix &each : nearby) {
        if (!each.contains(plain.address))
            continue;
        if (each.length == whole || each.length < widest)
            return unexpected(refused("no neighbour of this machine", plain));
        isNear = true;
    }
    if (!(isPrivate || isGlobalUnicast(plain.address)) || !isNear)
        return unexpected(refused("no neighbour of this machine", plain));
    return CheckedEndpoint(plain);
}

Result<CheckedEndpoint> NamedEndpoints::neighbour(const Endpoint &endpoint)
{
    learnNearby(monotonicNow());
    return checkNeighbour(endpoint, *m_known);
}

Result<std::vector<CheckedEndpoint>> NamedEndpoints::check(NamedUse use,
                                                           const std::vector<IpAddress> &addresses,
                                                           std::uint16_t port,
                                                           std::span<const IpAddress> reached)
{
    return checkFrom(TheServer, use, addresses, port, reached);
}

Result<std::vector<CheckedEndpoint>>
NamedEndpoints::checkFrom(std::string_view who, NamedUse use,
                          const std::vector<IpAddress> &addresses, std::uint16_t port,
                          std::span<const IpAddress> reached)
{
    const Monotonic now = monotonicNow();
    learnNearby(now);
    std::vector<CheckedEndpoint> good;
    Error reason{ErrorCode::NotFound, "no address to connect to"};
    for (const IpAddress &address : addresses) {
        const auto checked = judge(use, {address, port}, reached);
        if (!checked) {
            reason = checked.error();
            if (reason.detail.starts_with(TheServer))
                reason.detail.replace(0, TheServer.size(), who);
            log::sampled(log::Level::Warning, "net", "an endpoint is not dialled", "",
                         {{"reason", reason.detail}});
        } else if (std::find(good.begin(), good.end(), *checked) == good.end()) {
            good.push_back(*checked);
        }
    }
    if (good.empty())
        return unexpected(std::move(reason));
    return good;
}

/// A translation would take it to what it stands for, past all that is said of IPv6.
Result<CheckedEndpoint> NamedEndpoints::judge(NamedUse use, const Endpoint &endpoint,
                                              std::span<const IpAddress> reached) const
{
    const bool datagram = use == NamedUse::Stun;
    const auto meant = m_nat64 ? m_nat64->in(endpoint.address) : std::nullopt;
    if (meant && std::find(reached.begin(), reached.end(), endpoint.address) == reached.end()) {
        const auto there = checkNamed({*meant, endpoint.port}, datagram, *m_known, reached);
        if (!there)
            return there;
    }
    return checkNamed(endpoint, datagram, *m_known, reached);
}

Result<std::vector<CheckedEndpoint>>
NamedEndpoints::otherEnd(const std::vector<IpAddress> &addresses, std::uint16_t port,
                         std::span<const IpAddress> server)
{
    for (const IpAddress &each : server) {
        const bool named =
            std::any_of(addresses.begin(), addresses.end(), [&](const IpAddress &address) {
                const IpAddress plain = address.unmapped();
                const auto meant = m_nat64 ? m_nat64->in(plain) : std::nullopt;
                return plain == each.unmapped() || meant == each.unmapped();
            });
        if (named)
            return unexpected(ErrorCode::Forbidden,
                              "the other end named the server as its own place");
    }
    return checkFrom(TheOtherEnd, NamedUse::Stun, addresses, port, {});
}

/// Where the networks cannot be seen nothing is known to be far, and only the server is dialled.
void NamedEndpoints::learnNearby(Monotonic now)
{
    if (m_known && now - m_knownAt < NearbyAge)
        return;
    Result<std::vector<IpPrefix>> nearby = m_nearby();
    if (!nearby) {
        log::warning("net", "this machine's networks cannot be seen",
                     {{"error", nearby.error().detail}});
        nearby = std::vector{*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")};
    }
    m_known = std::move(*nearby);
    m_knownAt = now;
}

} // namespace higgs
