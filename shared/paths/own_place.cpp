// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/own_place.h"

#include <algorithm>
#include <limits>

namespace higgs {

using protocol::Candidate;
using protocol::CandidateType;

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

std::vector<Candidate> OwnPlace::candidates(bool neighbour) const
{
    constexpr unsigned Ports = std::numeric_limits<std::uint16_t>::max();
    std::vector<Candidate> told;
    for (const auto &[family, place] : families) {
        if (neighbour && !place.local.isNull() && place.local != place.mapped)
            told.push_back({CandidateType::Host, place.local});
        told.push_back({CandidateType::Srflx, place.mapped});
        for (unsigned i = 1; place.portStep != 0 && i <= PredictedPorts; ++i) {
            const unsigned port = place.lastPort + i * place.portStep;
            if (port <= Ports)
                told.push_back({CandidateType::Srflx,
                                {place.mapped.address, static_cast<std::uint16_t>(port)}});
        }
    }
    return told;
}

bool OwnPlace::isNeighbour(const IpAddress &seen) const
{
    return std::any_of(families.begin(), families.end(), [&seen](const auto &each) {
        return each.second.mapped.address == seen.unmapped();
    });
}

} // namespace higgs
