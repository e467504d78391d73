// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/candidates.h"

#include "shared/base/documentation_prefixes.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace higgs::server {

namespace {

bool isIn(const IpAddress &address, const std::vector<IpPrefix> &networks)
{
    return std::any_of(networks.begin(), networks.end(),
                       [&address](const IpPrefix &network) { return network.contains(address); });
}

std::vector<IpPrefix> prefixes(std::span<const std::string_view> texts)
{
    std::vector<IpPrefix> list;
    for (const std::string_view text : texts)
        list.push_back(*IpPrefix::parse(text));
    return list;
}

bool isDocumentation(const IpAddress &address)
{
    static const std::vector<IpPrefix> networks = prefixes(DocumentationPrefixes);
    return isIn(address, networks);
}

// Link-local ones are left out: they need a scope, and a link's routers and printers have them.
bool isPrivate(const IpAddress &address)
{
    constexpr std::array<std::string_view, 5> Texts{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                                    "100.64.0.0/10", "fc00::/7"};
    static const std::vector<IpPrefix> networks = prefixes(Texts);
    return isIn(address, networks);
}

bool isTellable(const Endpoint &endpoint)
{
    return endpoint.port >= FirstProbedPort &&
           (isGlobalUnicast(endpoint.address) || isDocumentation(endpoint.address));
}

/// Seen in the server's own network (all on one machine, or behind one router), where nothing says
/// what the other end would see of it. A documentation range is nobody's, so told without harm.
bool isOurs(const IpAddress &seen)
{
    return !seen.isNull() && !isGlobalUnicast(seen) && !isDocumentation(seen);
}

bool harmsNobody(const IpAddress &address, const SeenAt &seen)
{
    return isDocumentation(address) && (isOurs(seen.v4) || isOurs(seen.v6));
}

Endpoint plain(const Endpoint &endpoint)
{
    return {endpoint.address.unmapped(), endpoint.port};
}

} // namespace

bool SeenAt::note(const IpAddress &address)
{
    const IpAddress plain = address.unmapped();
    if (plain.isNull())
        return false;
    IpAddress &known = plain.isV4() ? v4 : v6;
    return std::exchange(known, plain) != plain;
}

void SeenAt::note(const SeenAt &other)
{
    note(other.v4);
    note(other.v6);
}

bool SeenAt::has(const IpAddress &address) const
{
    return !address.isNull() && (address == v4 || address == v6);
}

std::optional<Endpoint> tellableKept(const std::optional<Endpoint> &kept)
{
    if (!kept || !isTellable(plain(*kept)))
        return std::nullopt;
    return plain(*kept);
}

std::optional<Endpoint> tellableMapped(const std::optional<Endpoint> &claimed, const SeenAt &seen)
{
    const std::optional<Endpoint> tellable = tellableKept(claimed);
    return tellable && seen.has(tellable->address) ? tellable : std::nullopt;
}

bool admissibleCandidate(const protocol::Candidate &candidate, const SeenAt &seen,
                         std::span<const IpAddress> turn)
{
    const Endpoint endpoint = plain(candidate.address);
    if (endpoint.port < FirstProbedPort)
        return false;
    switch (candidate.type) {
    case protocol::CandidateType::Host:
        return isPrivate(endpoint.address) || harmsNobody(endpoint.address, seen) ||
               tellableMapped(endpoint, seen).has_value();
    case protocol::CandidateType::Srflx:
        return harmsNobody(endpoint.address, seen) || tellableMapped(endpoint, seen).has_value();
    case protocol::CandidateType::Relay:
        return std::any_of(turn.begin(), turn.end(), [&endpoint](const IpAddress &server) {
            return server.unmapped() == endpoint.address;
        });
    }
    return false;
}

} // namespace higgs::server
