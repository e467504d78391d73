// SPDX-License-Identifier: GPL-3.0-or-later
// The half that goes by TURN: when an allocation is wanted, whom it is to reach, and what comes.
#include "shared/paths/direct_member.h"

#include <algorithm>
#include <utility>

namespace higgs {

namespace {

/// Addresses of the other end that an allocation is to reach: a home has one of each family.
constexpr std::size_t MaxTurnPeers = 4;

void addPeer(std::vector<Endpoint> &peers, const Endpoint &endpoint)
{
    const Endpoint peer{endpoint.address.unmapped(), endpoint.port};
    const bool known = std::any_of(peers.begin(), peers.end(), [&peer](const Endpoint &each) {
        return each.address == peer.address;
    });
    // One port of an address does: a permission is for all of them, and the other end, which sends
    // first, shows which it is.
    if (!known && peers.size() < MaxTurnPeers)
        peers.push_back(peer);
}

} // namespace

std::vector<Endpoint> DirectMember::turnPeers() const
{
    std::vector<Endpoint> peers;
    for (const protocol::Candidate &each : m_heard)
        if (each.type == protocol::CandidateType::Srflx)
            addPeer(peers, each.address);
    for (const CheckWay &each : m_checks.trusted())
        if (each.via == 0)
            addPeer(peers, each.address);
    return peers;
}

DatagramSink *DirectMember::turnSink(const CheckWay &way) const
{
    if (!m_options.turn)
        return nullptr;
    DatagramSink *sink = m_options.turn->sinkTo(way.via, way.address);
    if (sink != nullptr)
        return sink;
    // From another port than we knew: that its address may send stands already.
    if (!m_options.turn->permit(way.via, way.address))
        return nullptr;
    return m_options.turn->sinkTo(way.via, way.address);
}

void DirectMember::addTurnTargets(std::vector<CheckTarget> &targets)
{
    if (!m_options.turn || m_options.turn->standing().empty())
        return;
    for (const Endpoint &peer : turnPeers())
        for (const TurnLease::Standing &each : m_options.turn->standing())
            if (m_options.turn->permit(each.number, peer))
                targets.push_back({peer, protocol::CandidateType::Srflx, each.number});
}

void DirectMember::turnReceived(std::uint32_t number, const Endpoint &peer,
                                std::span<const ByteSpan> datagrams)
{
    const CheckWay from{peer, number};
    std::size_t first = 0; // of those that go on together
    for (std::size_t i = 0; i <= datagrams.size(); ++i) {
        const bool stun = i < datagrams.size() && protocol::looksLikeStun(datagrams[i]);
        if (i < datagrams.size() && !stun)
            continue;
        if (i > first && m_turnTrusted.contains(from))
            m_inbound.take(datagrams.subspan(first, i - first));
        first = i + 1;
        if (!stun)
            continue;
        if (const auto message = protocol::decodeStun(datagrams[i]))
            stunCame(*message, datagrams[i], from, std::nullopt);
    }
}

void DirectMember::turnChanged()
{
    const Monotonic now = monotonicNow();
    std::vector<std::uint32_t> standing;
    for (const TurnLease::Standing &each : m_options.turn->standing())
        standing.push_back(each.number);
    for (const std::uint32_t each : std::exchange(m_allocations, standing))
        if (std::find(standing.begin(), standing.end(), each) == standing.end())
            m_checks.gone(now, each);
    m_turnGood = now;
    listen();
    tellAnew(); // before our probes, which the other end's have to open its router for
    if (!m_counting)
        tellTargets();
    advance();
}

std::optional<Error> DirectMember::fault() const
{
    return m_options.turn ? m_options.turn->fault() : std::nullopt;
}

void DirectMember::turnFailed()
{
    tellPhase(monotonicNow());
}

void DirectMember::wantTurn()
{
    bool v4 = false;
    bool v6 = false;
    for (const Endpoint &each : turnPeers())
        (each.address.isV4() ? v4 : v6) = true;
    if (v4 || v6)
        m_options.turn->want(v4, v6);
}

/// Wanted while there is no straight way; given back while there is one.
void DirectMember::judgeTurn(Monotonic now, const std::optional<CheckTarget> &before)
{
    TurnLease &turn = *m_options.turn;
    // A server that died keeps no allocation, and says so minutes later.
    if (before && before->via != 0 && (!m_to || (m_to->via != 0 && m_to->via < before->via)))
        turn.useless(before->via);
    if (m_to && m_to->via == 0) {
        m_turnTimer.stop();
        if (turn.isWanted() && !m_turnEnd.isActive())
            m_turnEnd.start();
        return;
    }
    m_turnEnd.stop();
    if (!turn.isWanted() && !m_turnTimer.isActive() && !turnPeers().empty())
        m_turnTimer.start(m_options.straight ? TurnAfter : Milliseconds(0));
    if (m_to) {
        turn.carries(m_to->via);
        m_turnGood = now;
    } else if (!m_allocations.empty() && m_turnGood && now - *m_turnGood >= TurnSearch) {
        m_turnGood = now;
        turn.useless(m_allocations.back());
    }
}

} // namespace higgs
