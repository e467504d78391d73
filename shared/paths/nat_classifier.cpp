// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/nat_classifier.h"

#include <algorithm>
#include <array>
#include <utility>

namespace higgs {

using protocol::NatType;
using protocol::StunMessage;
using State = NatClassifier::State;
using Event = NatClassifier::Event;

namespace {

struct Edge
{
    State from;
    Event event;
    State to;
};

constexpr std::array Edges = {
    Edge{State::Asking, Event::Silent, State::Asking}, // the next server
    Edge{State::Asking, Event::Nobody, State::Done},
    Edge{State::Asking, Event::Remembered, State::Done},
    Edge{State::Asking, Event::HasSecond, State::Filtering},
    Edge{State::Asking, Event::HasNone, State::Comparing},
    Edge{State::Filtering, Event::Judged, State::Comparing},
    Edge{State::Comparing, Event::Silent, State::Comparing}, // the next destination
    Edge{State::Comparing, Event::Same, State::Done},
    Edge{State::Comparing, Event::Differs, State::Stepping},
    Edge{State::Comparing, Event::Nobody, State::Done},
    Edge{State::Stepping, Event::Silent, State::Stepping},
    Edge{State::Stepping, Event::Same, State::Stepping}, // a router with a few ports
    Edge{State::Stepping, Event::Differs, State::Stepping},
    Edge{State::Stepping, Event::Nobody, State::Done},
};

constexpr bool edgesAreUnique()
{
    for (std::size_t i = 0; i < Edges.size(); ++i) {
        for (std::size_t j = i + 1; j < Edges.size(); ++j) {
            if (Edges[i].from == Edges[j].from && Edges[i].event == Edges[j].event)
                return false;
        }
    }
    return true;
}
static_assert(edgesAreUnique());

/// After each transmission to a server; the sum is what it takes to be called silent.
constexpr std::array Waits{Milliseconds(250), Milliseconds(500), Milliseconds(1000),
                           Milliseconds(1500), Milliseconds(1750)};

// A round asks whether the two changed answers pass, and one thing that must. At a loss of 20 %
// each way eight rounds, of which five controls come back, miss an open filter once in 3,500 times.
constexpr unsigned LeastControls = 5;
constexpr std::size_t MostRounds = 12;
constexpr Milliseconds ShortestRound{200};
constexpr Milliseconds LongestRound{1000};

constexpr std::size_t MostServers = 4;
/// Where other hosts take some in between, but few.
constexpr std::uint16_t LargestStep = 16;
/// Beyond it the next eight are not to be told: backwards, or by chance.
constexpr std::uint16_t MostStep = 4096;

Endpoint plain(const Endpoint &endpoint)
{
    return {endpoint.address.unmapped(), endpoint.port};
}

} // namespace

std::optional<PortOrder> portOrder(std::span<const Endpoint> mappings)
{
    if (mappings.size() < 3)
        return std::nullopt;
    const std::span<const Endpoint> last = mappings.last<3>();
    for (const Endpoint &each : last) {
        if (each.isNull() || each.address != mappings.front().address)
            return std::nullopt;
    }
    const auto one = static_cast<std::uint16_t>(last[1].port - last[0].port);
    const auto other = static_cast<std::uint16_t>(last[2].port - last[1].port);
    const std::uint16_t step = std::min(one, other);
    const bool inOrder = one == other || std::max(one, other) <= LargestStep;
    if (!inOrder || step == 0 || step > MostStep)
        return std::nullopt;
    return PortOrder{step, last[2].port};
}

NatType NatFindings::type() const
{
    if (blocked)
        return NatType::Blocked;
    switch (mapping) {
    case NatMapping::Unknown:
        return NatType::Unknown;
    case NatMapping::None:
        return filtering == NatFiltering::None ? NatType::Open : NatType::Firewalled;
    case NatMapping::Dependent:
        return NatType::Symmetric;
    case NatMapping::Independent:
        break;
    }
    if (filtering == NatFiltering::None)
        return NatType::FullCone;
    return filtering == NatFiltering::ByAddress ? NatType::RestrictedCone : NatType::PortRestricted;
}

NatClassifier::NatClassifier(std::vector<Endpoint> servers, Monotonic now,
                             std::optional<NatFindings> before)
    : m_servers(std::move(servers)), m_before(std::move(before)), m_begun(now), m_next(now)
{
    m_servers.resize(std::min(m_servers.size(), MostServers));
    if (m_servers.empty())
        m_state = State::Done;
}

NatClassifier NatClassifier::ofMapping(std::vector<Endpoint> servers, Monotonic now)
{
    NatClassifier classifier(std::move(servers), now);
    classifier.m_mappingOnly = true;
    return classifier;
}

Monotonic NatClassifier::deadline() const
{
    return m_due.empty() ? m_next : m_begun;
}

// --- Asking --------------------------------------------------------------------------------------

std::optional<NatClassifier::Question>
NatClassifier::poll(Monotonic now, const protocol::StunTransactionId &transaction)
{
    while (!isDone() && m_due.empty() && now >= m_next)
        expire(now);
    if (isDone() || m_due.empty())
        return std::nullopt;
    const Kind kind = m_due.front();
    m_due.erase(m_due.begin());
    m_sent.push_back(planned(kind, now, transaction));
    StunMessage request;
    request.transaction = transaction;
    // With no flag, too: it earns room for the address that it is about.
    request.changeRequest = {kind == Kind::ChangeBoth,
                             kind == Kind::ChangeBoth || kind == Kind::ChangePort};
    Question question{destination(), m_sent.back().from,
                      encodeStun(request, {.fingerprint = true})};
    if (opensFilter(question.to))
        m_findings.alternateAsked = now;
    ++m_findings.questions;
    m_findings.bytes += question.message.size();
    return question;
}

Endpoint NatClassifier::destination() const
{
    const bool compares = m_state == State::Comparing || m_state == State::Stepping;
    return compares ? m_destinations[m_destination] : m_servers[m_server];
}

bool NatClassifier::opensFilter(const Endpoint &to) const
{
    return m_other ? to.address == m_other->address : to == m_sibling;
}

NatClassifier::Sent NatClassifier::planned(Kind kind, Monotonic now,
                                           const protocol::StunTransactionId &transaction) const
{
    Endpoint from = destination();
    if (kind == Kind::ChangeBoth)
        from = *m_other;
    else if (kind == Kind::ChangePort)
        from.port = m_other ? m_other->port : m_sibling->port;
    return {transaction, kind, from, now};
}

void NatClassifier::expire(Monotonic now)
{
    if (m_state == State::Filtering)
        askFilter(now);
    else
        ask(now);
}

void NatClassifier::ask(Monotonic now)
{
    if (m_try < Waits.size()) {
        m_due = {Kind::Plain};
        m_next = now + Waits[m_try++];
        return;
    }
    const bool asking = m_state == State::Asking;
    std::size_t &asked = asking ? m_server : m_destination;
    happen(now, Event::Silent);
    if (asking && asked + 1 >= m_servers.size()) {
        m_findings.blocked = true;
        happen(now, Event::Nobody);
    } else if (asking) {
        ++asked;
        m_try = 0;
    } else {
        nextDestination(now);
    }
}

void NatClassifier::askFilter(Monotonic now)
{
    const bool enough = m_controls >= LeastControls;
    if (enough || m_try >= MostRounds) {
        if (enough && m_other)
            m_findings.filtering =
                m_portPassed ? NatFiltering::ByAddress : NatFiltering::ByAddressAndPort;
        happen(now, Event::Judged);
        return;
    }
    ++m_try;
    m_due = {Kind::Control};
    if (m_other)
        m_due.push_back(Kind::ChangeBoth);
    if (!m_portPassed)
        m_due.push_back(Kind::ChangePort);
    m_next = now + std::clamp(2 * m_roundTrip, ShortestRound, LongestRound);
}

// --- Answers -------------------------------------------------------------------------------------

void NatClassifier::handle(Monotonic now, const StunMessage &answer, const Endpoint &from,
                           const Endpoint &local)
{
    const auto sent = std::find_if(m_sent.begin(), m_sent.end(), [&](const Sent &each) {
        return each.transaction == answer.transaction;
    });
    const auto &mapped = answer.xorMappedAddress ? answer.xorMappedAddress : answer.mappedAddress;
    if (isDone() || sent == m_sent.end() || sent->from != from || !mapped ||
        answer.messageClass != protocol::StunClass::Success)
        return;
    const Sent question = *sent;
    m_sent.erase(sent); // a duplicate is no second control
    if (std::count(m_findings.answered.begin(), m_findings.answered.end(), from) == 0)
        m_findings.answered.push_back(from);
    if (m_state == State::Filtering) {
        answeredFilter(now, question);
        return;
    }
    // What a changed answer means, now that its sender was spoken to, nobody can tell.
    if (question.kind != Kind::Plain || question.from != destination())
        return;
    if (m_state == State::Asking) {
        answeredFirst(now, answer, question, local);
        return;
    }
    m_mappings.push_back(plain(*mapped));
    answeredComparison(now);
}

void NatClassifier::answeredFirst(Monotonic now, const StunMessage &answer, const Sent &sent,
                                  const Endpoint &local)
{
    const Endpoint mapped =
        plain(answer.xorMappedAddress ? *answer.xorMappedAddress : *answer.mappedAddress);
    m_roundTrip = std::chrono::ceil<Milliseconds>(now - sent.at);
    m_findings.mapped = mapped;
    m_findings.local = plain(local);
    m_mappings = {mapped};
    const bool same = m_before && m_before->mapped == mapped && m_before->local == plain(local);
    const bool remembers =
        same && m_before->alternateAsked && now - *m_before->alternateAsked < FilterMemory;
    if (remembers) {
        m_findings.mapping = m_before->mapping;
        m_findings.filtering = m_before->filtering;
        m_findings.portStep = m_before->portStep;
        m_findings.lastPort = m_before->lastPort;
        m_findings.alternateAsked = m_before->alternateAsked;
    }
    // A server that went away in the middle left the mapping open: that is asked about again.
    const bool open = m_findings.mapping == NatMapping::Unknown;
    const bool filtered = m_mappingOnly || (remembers && open);
    if (remembers && !open) {
        happen(now, Event::Remembered);
        return;
    }
    if (mapped == plain(local))
        m_findings.mapping = NatMapping::None;
    const Endpoint server = m_servers[m_server];
    const auto &other = answer.otherAddress;
    if (other && other->address.family() == server.address.family() &&
        other->address != server.address && other->port != server.port && other->port != 0) {
        m_other = other;
        m_destinations = {{other->address, server.port}, *other, {server.address, other->port}};
        happen(now, filtered ? Event::HasNone : Event::HasSecond);
        return;
    }
    m_destinations.assign(m_servers.begin() + static_cast<std::ptrdiff_t>(m_server) + 1,
                          m_servers.end());
    // Some routers make one mapping for all ports of an address.
    const auto siblings =
        std::stable_partition(m_destinations.begin(), m_destinations.end(),
                              [&](const Endpoint &each) { return each.address != server.address; });
    // Without a router the type is the same whatever the filter.
    if (siblings != m_destinations.end() && m_findings.mapping != NatMapping::None)
        m_sibling = *siblings;
    happen(now, m_sibling && !filtered ? Event::HasSecond : Event::HasNone);
}

void NatClassifier::answeredFilter(Monotonic now, const Sent &sent)
{
    if (sent.kind == Kind::Control)
        ++m_controls;
    else if (sent.kind == Kind::ChangePort)
        m_portPassed = true;
    if (m_portPassed && m_sibling) {
        m_findings.filtering = NatFiltering::ByAddress; // or none
        happen(now, Event::Judged);
    } else if (sent.kind == Kind::ChangeBoth) {
        m_findings.filtering = NatFiltering::None;
        happen(now, Event::Judged);
    }
}

void NatClassifier::answeredComparison(Monotonic now)
{
    const bool same = m_mappings.back() == m_mappings.front();
    if (m_state == State::Comparing)
        m_findings.mapping = same ? NatMapping::Independent : NatMapping::Dependent;
    happen(now, m_mappingOnly ? Event::Nobody : same ? Event::Same : Event::Differs);
    if (!isDone())
        nextDestination(now);
}

void NatClassifier::nextDestination(Monotonic now)
{
    m_try = 0;
    m_next = now;
    m_due.clear();
    if (++m_destination >= m_destinations.size())
        happen(now, Event::Nobody);
}

// --- States --------------------------------------------------------------------------------------

void NatClassifier::happen(Monotonic now, Event event)
{
    const auto edge = std::find_if(Edges.begin(), Edges.end(), [&](const Edge &each) {
        return each.from == m_state && each.event == event;
    });
    if (edge == Edges.end())
        return;
    const bool entered = m_state != edge->to;
    m_state = edge->to;
    if (m_state == State::Done) {
        finish(now);
        return;
    }
    if (!entered)
        return;
    m_try = 0;
    m_next = now;
    m_due.clear();
    const bool told = m_findings.mapping == NatMapping::None || m_destinations.empty();
    if (m_state == State::Comparing && told)
        happen(now, Event::Nobody);
}

void NatClassifier::finish(Monotonic now)
{
    m_due.clear();
    m_sent.clear();
    const auto order =
        m_findings.mapping == NatMapping::Dependent ? portOrder(m_mappings) : std::nullopt;
    if (order) {
        m_findings.portStep = order->step;
        m_findings.lastPort = order->last;
    }
    m_findings.took = std::chrono::ceil<Milliseconds>(now - m_begun);
}

} // namespace higgs
