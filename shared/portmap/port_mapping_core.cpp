// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/port_mapping_core.h"

#include <algorithm>
#include <array>

namespace higgs::portmap {

namespace {

/// Doubled with each; a router that speaks the protocol answers within some milliseconds.
constexpr Milliseconds FirstWait{250};
constexpr unsigned MaxSends = 4;
/// UPnP's driver has a limit of its own, which is shorter.
constexpr Seconds UpnpPatience{30};
/// A lease of seconds would have us ask all the time, and one of years is not kept.
constexpr Seconds ShortestLease{2};
constexpr Seconds LongestLease{24 * 3'600};
constexpr Seconds LeastPause{1};

constexpr std::array<std::string_view, 3> ProtocolNames = {"pcp", "nat-pmp", "upnp"};
constexpr std::array<std::string_view, 10> StateNames = {
    "off",         "forbidden", "no-router",          "asking",  "mapped",
    "unconfirmed", "mismatch",  "behind-another-nat", "refused", "unavailable"};

} // namespace

std::string_view toString(MappingProtocol protocol)
{
    return ProtocolNames.at(static_cast<std::size_t>(protocol));
}

std::string_view toString(MappingState state)
{
    return StateNames.at(static_cast<std::size_t>(state));
}

PortMappingCore::PortMappingCore(MappingTerms terms, Monotonic now) : m_terms(std::move(terms))
{
    begin(now, 0);
}

/// Anew with the protocol in this place, or nothing for a while when there is none left.
void PortMappingCore::begin(Monotonic now, std::size_t place)
{
    m_expires.reset();
    m_epoch.reset();
    m_natPmpAddress = {};
    if (place == 0) {
        m_external = {};
        m_refused = m_private = false;
    }
    if (place >= m_terms.protocols.size()) {
        m_phase = Phase::Resting;
        m_waiting = false;
        m_next = now + Rest;
        return;
    }
    m_phase = Phase::Asking;
    m_place = place;
    ask(now, protocol() == MappingProtocol::NatPmp ? Question::Address : Question::Map);
}

void PortMappingCore::ask(Monotonic now, Question question)
{
    m_question = question;
    m_sent = 0;
    m_waiting = true;
    m_next = now;
}

bool PortMappingCore::isAwaited(Question question) const
{
    return m_waiting && m_sent > 0 && m_question == question;
}

std::optional<MappingTask> PortMappingCore::poll(Monotonic now)
{
    if (!m_removals.empty()) {
        const MappingTask removal = m_removals.back();
        m_removals.pop_back();
        return removal;
    }
    if (now < m_next)
        return std::nullopt;
    if (!m_waiting) {
        if (m_phase == Phase::Resting)
            begin(now, 0);
        else
            ask(now, now >= m_renewAt ? (protocol() == MappingProtocol::NatPmp ? Question::Address
                                                                               : Question::Map)
                                      : Question::Restart);
        return poll(now);
    }
    const bool upnp = protocol() == MappingProtocol::Upnp;
    if (m_sent >= (upnp ? 1 : MaxSends)) {
        failed(now, false);
        return poll(now);
    }
    m_next = now + (upnp ? UpnpPatience : FirstWait * (1U << m_sent));
    ++m_sent;
    if (m_question == Question::Map && std::count(m_held.begin(), m_held.end(), protocol()) == 0)
        m_held.push_back(protocol());
    return task();
}

MappingTask PortMappingCore::task() const
{
    const bool pcp = protocol() == MappingProtocol::Pcp;
    if (protocol() == MappingProtocol::Upnp)
        return {MappingTask::Kind::UpnpMap, {}};
    if (m_question != Question::Map)
        return {MappingTask::Kind::Datagram,
                pcp ? encodePcpAnnounce(m_terms.internal.address) : encodeNatPmpAddressRequest()};
    // What was given once is asked for again: after a restart it may still be free.
    if (pcp)
        return {
            MappingTask::Kind::Datagram,
            encodePcpMap({m_terms.nonce, m_terms.internal,
                          m_external.isNull() ? Endpoint{{}, m_terms.internal.port} : m_external,
                          Lease})};
    return {
        MappingTask::Kind::Datagram,
        encodeNatPmpMap({m_terms.internal.port,
                         m_external.isNull() ? m_terms.internal.port : m_external.port, Lease})};
}

MappingTask PortMappingCore::removal(MappingProtocol protocol) const
{
    switch (protocol) {
    case MappingProtocol::Pcp:
        return {MappingTask::Kind::Datagram,
                encodePcpMap({m_terms.nonce, m_terms.internal, {}, Seconds(0)})};
    case MappingProtocol::NatPmp:
        return {MappingTask::Kind::Datagram,
                encodeNatPmpMap({m_terms.internal.port, 0, Seconds(0)})};
    case MappingProtocol::Upnp:
        break;
    }
    return {MappingTask::Kind::UpnpUnmap, {}};
}

std::vector<MappingTask> PortMappingCore::release()
{
    std::vector<MappingTask> tasks = std::move(m_removals);
    for (const MappingProtocol held : m_held) {
        // miniupnpd refuses to close its IPv6 pinholes (2.3.1), but lets them end sooner.
        if (held == MappingProtocol::Pcp && m_terms.internal.address.isV6())
            tasks.push_back(
                {MappingTask::Kind::Datagram,
                 encodePcpMap({m_terms.nonce, m_terms.internal, m_terms.internal, ShortestLease})});
        tasks.push_back(removal(held));
    }
    m_removals.clear();
    m_held.clear();
    return tasks;
}

/// An unanswered question while a mapping stands is asked again later, as long as the lease runs.
void PortMappingCore::failed(Monotonic now, bool refused)
{
    m_waiting = false;
    if (m_phase == Phase::Holding && !refused && (!m_expires || now < *m_expires)) {
        m_next = now + RestartCheck;
        if (m_expires) {
            const auto pause = std::max<Monotonic::duration>((*m_expires - now) / 4, LeastPause);
            m_next = std::min({m_next, now + pause, *m_expires});
        }
        m_renewAt = m_next; // whoever said nothing may have restarted: not only asked whether
        return;
    }
    if (m_phase == Phase::Holding) {
        begin(now, 0);
        return;
    }
    next(now, refused);
}

void PortMappingCore::next(Monotonic now, bool refused)
{
    m_refused = m_refused || refused;
    begin(now, m_place + 1);
}

void PortMappingCore::closed(Monotonic now)
{
    if (m_waiting && m_sent > 0 && m_phase == Phase::Asking && protocol() != MappingProtocol::Upnp)
        next(now, false);
}

void PortMappingCore::askAgain(Monotonic now)
{
    if (m_phase == Phase::Resting) {
        begin(now, 0);
    } else if (m_phase == Phase::Holding && !m_waiting) {
        m_renewAt = now;
        m_next = now;
    }
}

/// RFC 6887 section 8.5: whether the server's clock has gone on as ours has.
bool PortMappingCore::isSane(Monotonic now, std::uint32_t epoch) const
{
    if (!m_epoch)
        return true;
    if (epoch + 1ULL < m_epoch->server)
        return false;
    const auto client = std::chrono::duration_cast<Seconds>(now - m_epoch->at).count();
    const std::int64_t server =
        static_cast<std::int64_t>(epoch) - static_cast<std::int64_t>(m_epoch->server);
    return client + 2 >= server - server / 16 && server + 2 >= client - client / 16;
}

/// A router that has begun to count anew has forgotten everything: it is asked at once.
/// `renewed`: by what it just said, the mapping stands again.
void PortMappingCore::restarted(Monotonic now, std::uint32_t epoch, bool renewed)
{
    const bool sane = isSane(now, epoch);
    m_epoch = Epoch{epoch, now};
    if (!sane && !renewed && m_phase == Phase::Holding)
        m_renewAt = now;
}

void PortMappingCore::schedule(Monotonic now)
{
    m_waiting = false;
    const bool upnp = protocol() == MappingProtocol::Upnp;
    m_next = upnp ? m_renewAt : std::min<Monotonic>(m_renewAt, now + RestartCheck);
    m_next = std::max(m_next, now);
}

void PortMappingCore::mapped(Monotonic now, const Endpoint &external, Seconds lease)
{
    if (external.port == 0 || external.address.family() != m_terms.internal.address.family()) {
        failed(now, true);
        return;
    }
    m_external = external;
    if (!isGlobalUnicast(external.address)) {
        // Nobody outside comes by it: nothing is left open for nothing.
        m_private = true;
        m_removals = release();
        begin(now, m_terms.protocols.size());
        return;
    }
    m_phase = Phase::Holding;
    const bool endless = lease == Seconds(0) && protocol() == MappingProtocol::Upnp;
    const Seconds bounded = std::clamp(lease, ShortestLease, LongestLease);
    m_expires = endless ? std::nullopt : std::optional<Monotonic>(now + bounded);
    m_renewAt = now + (endless ? Milliseconds(MapCheck)
                               : std::min<Milliseconds>(Milliseconds(bounded) / 2, MapCheck));
    schedule(now);
}

void PortMappingCore::handle(Monotonic now, ByteSpan datagram)
{
    if (m_phase == Phase::Resting || !m_waiting || m_sent == 0)
        return;
    if (protocol() == MappingProtocol::Pcp)
        handlePcp(now, datagram);
    else if (protocol() == MappingProtocol::NatPmp)
        handleNatPmp(now, datagram);
}

void PortMappingCore::handlePcp(Monotonic now, ByteSpan datagram)
{
    const Result<PcpResponse> answer = decodePcp(datagram);
    if (!answer) {
        // RFC 6887 section 9: who knows NAT-PMP alone says so in its own version. Any version's.
        const bool other = datagram.size() >= 8 && datagram[0] != 2 && (datagram[1] & 0x80) != 0;
        if (other && m_phase == Phase::Asking)
            next(now, false);
        return;
    }
    if (answer->opcode == PcpOpcode::Announce && isAwaited(Question::Restart)) {
        restarted(now, answer->epoch, false);
        schedule(now);
        return;
    }
    if (answer->opcode != PcpOpcode::Map || !isAwaited(Question::Map) ||
        answer->mapping->nonce != m_terms.nonce || answer->mapping->protocol != 17 ||
        answer->mapping->internalPort != m_terms.internal.port)
        return;
    if (answer->result != static_cast<std::uint8_t>(PcpResult::Success)) {
        failed(now, answer->result != static_cast<std::uint8_t>(PcpResult::UnsupportedVersion));
        return;
    }
    restarted(now, answer->epoch, true);
    mapped(now, answer->mapping->external, answer->lifetime);
}

void PortMappingCore::handleNatPmp(Monotonic now, ByteSpan datagram)
{
    const Result<NatPmpResponse> answer = decodeNatPmp(datagram);
    if (!answer)
        return;
    const bool good = answer->result == static_cast<std::uint16_t>(NatPmpResult::Success);
    if (answer->opcode == NatPmpOpcode::ExternalAddress) {
        const bool check = isAwaited(Question::Restart);
        if (!check && !isAwaited(Question::Address))
            return;
        if (!good) {
            failed(now, true);
            return;
        }
        restarted(now, answer->epoch, false);
        if (check && answer->external != m_natPmpAddress)
            m_renewAt = now; // a new address outside
        m_natPmpAddress = answer->external;
        if (check)
            schedule(now);
        else
            ask(now, Question::Map);
        return;
    }
    if (!isAwaited(Question::Map) || answer->internalPort != m_terms.internal.port)
        return;
    // RFC 6886 has no word for which request it was; a mapping that was taken away is none.
    if (!good || answer->lifetime == Seconds(0)) {
        failed(now, true);
        return;
    }
    restarted(now, answer->epoch, true);
    mapped(now, {m_natPmpAddress, answer->externalPort}, answer->lifetime);
}

void PortMappingCore::upnpAnswered(Monotonic now, const Result<UpnpMapping> &answer)
{
    if (m_phase == Phase::Resting || protocol() != MappingProtocol::Upnp ||
        !isAwaited(Question::Map))
        return;
    if (answer)
        mapped(now, answer->external, answer->lease);
    else
        failed(now, answer.error().code == ErrorCode::Forbidden);
}

MappingStatus PortMappingCore::status() const
{
    MappingStatus status;
    if (m_phase == Phase::Holding || m_private) {
        status.protocol = protocol();
        status.external = m_external;
    }
    if (m_private) {
        status.state = MappingState::BehindAnotherNat;
    } else if (m_phase == Phase::Resting) {
        status.state = m_refused ? MappingState::Refused : MappingState::Unavailable;
    } else if (m_phase == Phase::Asking) {
        status.state = MappingState::Asking;
    } else if (m_external.address == m_observed ||
               (m_external.address.isV6() && m_external.address == m_terms.internal.address)) {
        status.state = MappingState::Mapped;
    } else {
        status.state = m_observed.isNull() ? MappingState::Unconfirmed : MappingState::Mismatch;
    }
    return status;
}

} // namespace higgs::portmap
