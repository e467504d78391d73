// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/own_place.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace higgs {

using protocol::Candidate;
using protocol::CandidateType;

namespace {

constexpr std::array<unsigned, OwnPlace::PredictedPorts> InOrder{1, 2, 3, 4, 5, 6, 7, 8};
/// If one router gives its port +k to the other's +(k + a), and that one its port +m to +(s(m)),
/// they meet where s(m) - m is how many ports both have given in between: here 0, 1, 3, 4, 2.
constexpr std::array<unsigned, OwnPlace::PredictedPorts> Scattered{1, 3, 6, 8, 7, 2, 4, 5};

} // namespace

bool OwnPlace::setMapped(const Endpoint &mapped, const Endpoint &local)
{
    PlaceInFamily &known = families[mapped.address.family()];
    PlaceInFamily next = known;
    if (mapped.address != known.mapped.address)
        next.lastPort = next.portStep = 0; // another router's
    next.mapped = mapped;
    next.local = local;
    const bool isNews = next != known;
    known = next;
    return isNews;
}

bool OwnPlace::setPorts(IpAddress::Family family, std::uint16_t lastPort, std::uint16_t portStep)
{
    const auto known = families.find(family);
    if (known == families.end())
        return false;
    const PlaceInFamily before = known->second;
    known->second.lastPort = lastPort;
    known->second.portStep = portStep;
    return known->second != before;
}

bool OwnPlace::isSequential() const
{
    return std::any_of(families.begin(), families.end(),
                       [](const auto &each) { return each.second.portStep != 0; });
}

bool OwnPlace::setOpened(IpAddress::Family family, const Endpoint &opened)
{
    const auto known = families.find(family);
    return known != families.end() && std::exchange(known->second.opened, opened) != opened;
}

protocol::NatType OwnPlace::toldNat() const
{
    using protocol::NatType;
    return opened(IpAddress::Family::V4) && nat != NatType::Open ? NatType::FullCone : nat;
}

std::optional<Endpoint> OwnPlace::opened(IpAddress::Family family) const
{
    const auto known = families.find(family);
    if (known == families.end() || known->second.opened.isNull())
        return std::nullopt;
    return known->second.opened;
}

std::vector<Candidate> OwnPlace::candidates(bool neighbour, bool scattered) const
{
    constexpr unsigned Ports = std::numeric_limits<std::uint16_t>::max();
    std::vector<Candidate> told;
    for (const auto &[family, place] : families) {
        if (neighbour && !place.local.isNull() && place.local != place.mapped)
            told.push_back({CandidateType::Host, place.local});
        if (!place.opened.isNull() && place.opened != place.mapped)
            told.push_back({CandidateType::Srflx, place.opened});
        const bool counted = place.portStep != 0 && place.lastPort != 0;
        for (const unsigned each : scattered ? Scattered : InOrder) {
            const unsigned port = place.lastPort + each * place.portStep;
            if (counted && port <= Ports)
                told.push_back({CandidateType::Srflx,
                                {place.mapped.address, static_cast<std::uint16_t>(port)}});
        }
        told.push_back({CandidateType::Srflx, place.mapped});
    }
    return told;
}

bool OwnPlace::speaks(IpAddress::Family family) const
{
    const auto known = families.find(family);
    if (known == families.end())
        return false;
    const IpAddress local = known->second.local.address.unmapped();
    return local.isNull() || local.family() == family;
}

bool OwnPlace::reaches(IpAddress::Family family) const
{
    return speaks(family) || (family == IpAddress::Family::V4 && nat64);
}

Endpoint OwnPlace::called(const Endpoint &other) const
{
    const Endpoint plain{other.address.unmapped(), other.port};
    if (!plain.address.isV4() || !nat64 || speaks(IpAddress::Family::V4))
        return plain;
    return {nat64->of(plain.address), plain.port};
}

std::vector<IpAddress> OwnPlace::called(const std::vector<IpAddress> &addresses) const
{
    std::array<std::vector<IpAddress>, 3> lists; // of IPv6, of IPv4, and where no way is known
    for (const IpAddress &each : addresses) {
        const IpAddress address = called(Endpoint{each, 0}).address;
        const bool known = families.empty() || speaks(address.family());
        auto &list = lists.at(!known ? 2 : address.isV4() ? 1 : 0);
        if (std::find(list.begin(), list.end(), address) == list.end())
            list.push_back(address);
    }
    std::vector<IpAddress> order;
    for (std::size_t i = 0; i < std::max(lists[0].size(), lists[1].size()); ++i) {
        for (const auto &list : {lists[0], lists[1]}) {
            if (i < list.size())
                order.push_back(list[i]);
        }
    }
    order.insert(order.end(), lists[2].begin(), lists[2].end());
    return order;
}

std::vector<IpAddress> OwnPlace::addresses() const
{
    std::vector<IpAddress> addresses;
    for (const auto &[family, place] : families)
        addresses.push_back(place.mapped.address);
    return addresses;
}

bool OwnPlace::isNeighbour(const IpAddress &seen) const
{
    return std::any_of(families.begin(), families.end(), [&seen](const auto &each) {
        return each.second.mapped.address == seen.unmapped();
    });
}

} // namespace higgs
