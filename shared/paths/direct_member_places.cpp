// SPDX-License-Identifier: GPL-3.0-or-later
// The half that deals with addresses: where we are, for the other end to know, and where it says
// that it is.
#include "shared/paths/direct_member.h"

#include "shared/base/log.h"

#include <algorithm>
#include <utility>

namespace higgs {

using protocol::NatType;

namespace {

/// Routers keep ports below these for themselves, and services listen there (RFC 4787, REQ-3).
constexpr std::uint16_t FirstFreePort = 1024;
/// Between two counts: what one end tells anew has the other count, which tells anew.
constexpr Seconds CountAgain{10};
/// Of a count itself.
constexpr unsigned CountedPorts = 3;

} // namespace

void DirectMember::setOwnPlace(OwnPlace place)
{
    if (m_options.countPorts) { // which tells of them when they matter
        for (auto &[family, each] : place.families) {
            const auto known = m_own.families.find(family);
            const bool same = known != m_own.families.end() && known->second.mapped == each.mapped;
            each.lastPort = same ? known->second.lastPort : std::uint16_t{0};
        }
    }
    const bool was = m_own.isSequential();
    std::erase_if(m_routes, [&](const auto &each) {
        const IpAddress::Family family = each.first.address.family();
        const auto before = m_own.families.find(family);
        const auto now = place.families.find(family);
        return before == m_own.families.end() || now == place.families.end() ||
               before->second != now->second;
    });
    m_own = std::move(place);
    if (!was && !m_heard.empty() && countsFirst())
        m_late = m_probed;
    if (candidates() != m_told)
        tellAnew();
    if (!m_heard.empty())
        hearCandidates(std::vector(m_heard)); // it may be a neighbour by now, or none any more
    tellPhase(monotonicNow());
}

bool DirectMember::countsFirst()
{
    const Monotonic now = monotonicNow();
    const bool lately = m_countedAt && now - *m_countedAt < CountAgain;
    if (m_counting || lately || !m_options.countPorts || !m_own.isSequential())
        return m_counting;
    m_counting = true;
    m_countedAt = now;
    m_options.countPorts();
    return true;
}

void DirectMember::portsCounted(const OwnPlace &place)
{
    if (!std::exchange(m_counting, false))
        return;
    // The way to whom was probed already has a port from before the count.
    const unsigned back = m_late ? OwnPlace::PredictedPorts + CountedPorts : 0;
    m_late = false;
    for (const auto &[family, each] : place.families) {
        const unsigned shift = back * each.portStep;
        const bool known = each.lastPort > shift;
        m_own.setPorts(family,
                       known ? static_cast<std::uint16_t>(each.lastPort - shift) : std::uint16_t{0},
                       each.portStep);
    }
    tellAnew();
    if (!m_heard.empty())
        hearCandidates(std::vector(m_heard));
}

void DirectMember::setPeerNat(NatType type)
{
    m_options.peerNat = type;
    tellPhase(monotonicNow());
}

/// Relayed ones first: of many, the other end takes the first.
std::vector<protocol::Candidate> DirectMember::candidates() const
{
    std::vector<protocol::Candidate> own;
    if (m_options.turn) {
        for (const TurnLease::Standing &each : m_options.turn->standing())
            for (const auto &relayed : {each.relayed.v4, each.relayed.v6})
                if (relayed)
                    own.push_back({protocol::CandidateType::Relay, *relayed});
    }
    if (!m_options.straight)
        return own;
    for (const protocol::Candidate &each : m_own.candidates(m_neighbour, m_options.decides)) {
        if (isRouted(each.address.address.family()))
            own.push_back(each);
    }
    return own;
}

/// STUN has a family's loss told later; the other end, which sends there still, is to know at once.
/// Who has never answered says nothing of a family: anybody can name an address to which there is
/// no route.
void DirectMember::noteRoute(const Endpoint &to, bool routed)
{
    if (!m_checks.isProven(to))
        return;
    const bool before = isRouted(to.address.family());
    m_routes[to] = routed;
    std::erase_if(m_routes, [this](const auto &each) { return !m_checks.isProven(each.first); });
    if (isRouted(to.address.family()) != before && candidates() != m_told)
        tellAnew();
}

/// False: there was a route to none of those in the family who have answered.
bool DirectMember::isRouted(IpAddress::Family family) const
{
    bool known = false;
    for (const auto &[to, routed] : m_routes) {
        if (to.address.family() != family)
            continue;
        if (routed)
            return true;
        known = true;
    }
    return !known;
}

void DirectMember::tellAnew()
{
    if (m_counting)
        return;
    m_told = candidates();
    if (m_told.empty())
        return;
    const Monotonic now = monotonicNow();
    if (!m_tells.take(now)) { // then the latest
        if (!m_tellTimer.isActive())
            m_tellTimer.start(m_tells.wait(now));
        return;
    }
    protocol::RelayControl control;
    control.action = protocol::ControlAction::Candidates;
    control.candidates = m_told;
    Q_EMIT wantsToTell(control);
}

void DirectMember::hear(const protocol::RelayControl &control)
{
    if (control.action == protocol::ControlAction::Candidates)
        hearCandidates(control.candidates);
}

bool DirectMember::isInside(const Endpoint &address) const
{
    return m_options.checkNeighbour && m_options.checkNeighbour(address).has_value();
}

bool DirectMember::isOutside(const Endpoint &address) const
{
    if (address.port < FirstFreePort)
        return false;
    const auto checked = m_options.check({address.address}, address.port);
    return checked && !checked->empty();
}

/// On a TURN server where the other end says that it has an allocation.
bool DirectMember::isRelayed(const Endpoint &address) const
{
    const bool told = std::any_of(m_heard.begin(), m_heard.end(), [&](const auto &each) {
        return each.type == protocol::CandidateType::Relay &&
               Endpoint{each.address.address.unmapped(), each.address.port} == address;
    });
    if (!told || address.port < FirstFreePort)
        return false;
    const EndpointCheck &check = m_options.checkRelayed ? m_options.checkRelayed : m_options.check;
    const auto checked = check({address.address}, address.port);
    return checked && !checked->empty();
}

/// Of an address inside this home that the other end named: true when it may be written to.
bool DirectMember::knocks(const Endpoint &address)
{
    if (m_knocked.contains(address))
        return true;
    const std::size_t most = m_options.decides ? MaxSearched : MaxKnocked;
    if (m_knocks >= most || !m_options.mayKnock || !m_options.mayKnock())
        return false;
    ++m_knocks;
    m_knocked.insert(address);
    return true;
}

/// Whoever names a machine of this network, or of nobody's, would have us knock there. The client
/// does, where the exit seems to be its neighbour, as often as at any other address, but at few:
/// nobody searches a network by it. A node does not go on on a guest's word: it is found by its
/// neighbours, and only where its machine's own firewall may have stopped them it writes a few
/// times.
std::optional<CheckTarget> DirectMember::target(const protocol::Candidate &candidate)
{
    using protocol::CandidateType;
    const Endpoint told{candidate.address.address.unmapped(), candidate.address.port};
    const Endpoint address = m_own.called(told);
    if (address != told && !isOutside(told))
        return std::nullopt; // nobody's translation makes it the Internet's
    if (!m_mux.carries(address.address.family()))
        return std::nullopt;
    if (candidate.type == CandidateType::Relay ? isRelayed(address) : isOutside(address))
        return CheckTarget{address, candidate.type == CandidateType::Relay ? CandidateType::Relay
                                                                           : CandidateType::Srflx};
    const bool named = m_neighbour || candidate.type == CandidateType::Srflx;
    if (named && isInside(address) && knocks(address))
        return CheckTarget{address, CandidateType::Host, 0, !m_options.decides};
    log::sampled(log::Level::Warning, "paths", "an address of the other end is not probed", "", {});
    return std::nullopt;
}

void DirectMember::hearCandidates(std::span<const protocol::Candidate> candidates)
{
    const bool isNew = std::any_of(candidates.begin(), candidates.end(), [this](const auto &each) {
        return std::find(m_heard.begin(), m_heard.end(), each) == m_heard.end();
    });
    m_heard.assign(candidates.begin(), candidates.end());
    // Of an end that is not to be found straight nothing says whether it is where the other one is.
    const bool neighbour =
        m_options.straight && std::any_of(m_heard.begin(), m_heard.end(), [this](const auto &each) {
            return each.type == protocol::CandidateType::Srflx &&
                   m_own.isNeighbour(each.address.address);
        });
    if (neighbour != std::exchange(m_neighbour, neighbour))
        tellAnew();
    if (m_counting || (isNew && countsFirst()))
        return;
    tellTargets();
    advance();
}

void DirectMember::tellTargets()
{
    std::vector<CheckTarget> targets;
    addTurnTargets(targets);
    for (const protocol::Candidate &each : m_heard) {
        const Endpoint address = m_own.called(each.address);
        const bool known = std::any_of(targets.begin(), targets.end(), [&](const CheckTarget &one) {
            return one.way() == CheckWay(address);
        });
        if (known || !m_options.straight || targets.size() > checks::MaxTold)
            continue; // one beyond is counted
        if (const auto target = this->target(each))
            targets.push_back(*target);
        else
            m_mux.note(&MuxCounters::forbidden);
    }
    // Who names one again to a node, after others, has it knock anew: a client looks there anyway.
    if (!m_options.decides)
        std::erase_if(m_knocked, [&targets](const Endpoint &each) {
            return std::none_of(targets.begin(), targets.end(),
                                [&each](const CheckTarget &one) { return one.address == each; });
        });
    m_checks.told(monotonicNow(), targets);
}

} // namespace higgs
