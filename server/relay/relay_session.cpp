// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/relay/relay_session.h"

#include "server/cache/networks.h"

#include <algorithm>

namespace higgs::relay {

namespace {

constexpr std::string_view SessionClosed = "Session closed";
constexpr std::string_view SessionExpired = "Session expired";
constexpr std::string_view Replaced = "Replaced";
constexpr std::string_view TooManyFaults = "Too many invalid messages";
constexpr std::string_view NothingHeard = "Nothing heard";

RelayError errorOf(TextFault fault)
{
    switch (fault) {
    case TextFault::InvalidMessage:
        return RelayError::InvalidMessage;
    case TextFault::WrongDirection:
        return RelayError::WrongDirection;
    case TextFault::UnsupportedAction:
        return RelayError::UnsupportedAction;
    case TextFault::PayloadTooLarge:
        return RelayError::PayloadTooLarge;
    }
    return RelayError::InvalidMessage;
}

} // namespace

RelaySession::RelaySession(SessionId id, Monotonic expiresAt, RelayCounters &counters,
                           HeldBytes &allHeld)
    : m_id(std::move(id)), m_expiresAt(expiresAt), m_counters(counters), m_allHeld(allHeld)
{}

RelaySession::~RelaySession()
{
    for (const Role role : {Role::Client, Role::Node}) {
        End &each = end(role);
        for (const Held &held : each.held)
            m_allHeld.remove(held.sender, held.datagram.size());
        for (const HeldText &held : each.heldTexts)
            m_allHeld.remove(held.sender, held.text.size());
        keepCandidates(role, {});
    }
}

void RelaySession::attach(const Now &now, Role role, const IpAddress &seenAt)
{
    if (m_over)
        return;
    End &arrived = end(role);
    if (arrived.seen)
        m_counters.reconnects[indexOf(role)].add(1);
    arrived.seen = true;
    arrived.attached = true;
    arrived.seenAt = seenAt;
    arrived.places.note(seenAt);
    arrived.toldPeerLost = false;
    arrived.faults = 0;
    arrived.heardAt = now.monotonic;
    arrived.nextHeartbeat = now.monotonic + HeartbeatInterval;
    m_outputs.emplace_back(SendText{role, connectedText(m_id)});
    releaseHeld(now.monotonic, role);

    End &other = end(otherEnd(role));
    if (other.attached && other.toldPeerLost) {
        other.toldPeerLost = false;
        m_outputs.emplace_back(SendText{otherEnd(role), peerBackText(m_id)});
    }
}

void RelaySession::displace(Role role)
{
    if (m_over || !end(role).attached)
        return;
    end(role).attached = false;
    m_outputs.emplace_back(CloseLeg{role, CloseNormal, Replaced, true});
}

void RelaySession::detach(const Now &now, Role role, std::optional<std::uint16_t> code)
{
    if (m_over || !end(role).attached)
        return;
    if (code != CloseNormal) {
        lose(now, role);
        return;
    }
    end(role).attached = false;
    finish(SessionEnd::Closed, CloseNormal, SessionClosed);
}

std::span<const ByteSpan> RelaySession::withinQuota(Monotonic now, std::span<const ByteSpan> batch)
{
    if (!m_quota)
        return batch;
    std::size_t passed = 0;
    while (passed < batch.size() && m_quota->take(now, batch[passed].size()))
        ++passed;
    if (passed < batch.size())
        m_counters.drop(DropReason::Quota, batch.size() - passed);
    return batch.first(passed);
}

Routing RelaySession::route(Monotonic now, Role from, std::span<const ByteSpan> batch)
{
    if (m_over)
        return {};
    End &sender = end(from);
    sender.heardAt = now;
    sender.speaksJson = false;
    const std::span<const ByteSpan> datagrams = withinQuota(now, withoutEmpty(batch));
    const Role to = otherEnd(from);
    const End &receiver = end(to);
    if (receiver.attached) {
        countForwarded(from, datagrams);
        return {datagrams, receiver.speaksJson};
    }
    holdAll(now, to, datagrams);
    return {};
}

void RelaySession::text(const Now &now, Role from, std::string_view text,
                        std::span<const IpAddress> turn)
{
    if (m_over || !end(from).attached)
        return;
    end(from).heardAt = now.monotonic;
    EndText message = readText(text, m_id, from, end(from).places, turn);
    if (const auto *found = std::get_if<TextFault>(&message)) {
        fault(from, *found);
        if (end(from).faults >= MaxTextFaults) {
            closeEnd(from, ClosePolicy, TooManyFaults);
            lose(now, from);
        }
    } else if (auto *data = std::get_if<DatagramText>(&message)) {
        end(from).speaksJson = true;
        const Role to = otherEnd(from);
        const ByteSpan datagram = data->datagram;
        if (withinQuota(now.monotonic, withoutEmpty({&datagram, 1})).empty())
            return;
        if (!end(to).attached) {
            hold(now.monotonic, to, std::move(data->datagram));
            return;
        }
        countForwarded(from, {&datagram, 1});
        SendDatagrams output{to, end(to).speaksJson, {}};
        output.datagrams.push_back(std::move(data->datagram));
        m_outputs.emplace_back(std::move(output));
    } else if (auto *what = std::get_if<ForwardText>(&message)) {
        forward(now, from, std::move(*what), text);
    } else if (std::holds_alternative<HeartbeatText>(message)) {
        m_outputs.emplace_back(SendText{from, heartbeatText(m_id, now.wall)});
    } else {
        finish(SessionEnd::Disconnected, CloseNormal, SessionClosed);
    }
}

void RelaySession::tell(const Now &now, Role to, std::string text)
{
    if (m_over)
        return;
    if (end(to).attached)
        m_outputs.emplace_back(SendText{to, std::move(text)});
    else
        holdText(now.monotonic, to, std::move(text));
}

void RelaySession::close(std::uint16_t code, std::string_view reason)
{
    if (m_over)
        return;
    m_over = true;
    for (const Role role : {Role::Client, Role::Node}) {
        if (end(role).attached)
            closeEnd(role, code, reason);
    }
}

void RelaySession::tick(const Now &now)
{
    if (m_over)
        return;
    if (now.monotonic >= m_expiresAt) {
        finish(SessionEnd::Expired, ClosePolicy, SessionExpired);
        return;
    }
    for (const Role role : {Role::Client, Role::Node}) {
        End &each = end(role);
        giveCandidates(now.monotonic, role);
        if (!each.attached) {
            dropExpired(now.monotonic, each);
        } else if (now.monotonic - each.heardAt >= SilenceLimit) {
            m_counters.fail(RelayError::Silent);
            closeEnd(role, CloseGoingAway, NothingHeard);
            lose(now, role);
        } else if (now.monotonic >= each.nextHeartbeat) {
            m_outputs.emplace_back(SendText{role, heartbeatText(m_id, now.wall)});
            each.nextHeartbeat = now.monotonic + HeartbeatInterval;
        }
    }
}

std::optional<RelayOutput> RelaySession::poll()
{
    if (m_nextOutput == m_outputs.size()) {
        m_outputs.clear();
        m_nextOutput = 0;
        return std::nullopt;
    }
    return std::move(m_outputs[m_nextOutput++]);
}

std::span<const ByteSpan> RelaySession::withoutEmpty(std::span<const ByteSpan> batch)
{
    const auto isEmpty = [](ByteSpan datagram) { return datagram.empty(); };
    if (std::none_of(batch.begin(), batch.end(), isEmpty))
        return batch;
    m_filtered.clear();
    std::remove_copy_if(batch.begin(), batch.end(), std::back_inserter(m_filtered), isEmpty);
    m_counters.drop(DropReason::Empty, batch.size() - m_filtered.size());
    return m_filtered;
}

/// The last of them only: of the others none would stay.
void RelaySession::holdAll(Monotonic now, Role to, std::span<const ByteSpan> datagrams)
{
    if (datagrams.size() > MaxHeldDatagrams) {
        m_counters.drop(DropReason::HoldOverflow, datagrams.size() - MaxHeldDatagrams);
        datagrams = datagrams.last(MaxHeldDatagrams);
    }
    for (const ByteSpan datagram : datagrams)
        hold(now, to, Bytes(datagram.begin(), datagram.end()));
}

void RelaySession::hold(Monotonic now, Role to, Bytes datagram)
{
    End &of = end(to);
    const IpAddress sender = senderTo(to);
    const std::size_t size = datagram.size();
    while (!of.held.empty() &&
           (of.held.size() >= MaxHeldDatagrams || of.heldBytes + size > MaxHeldDatagramBytes ||
            !m_allHeld.hasRoomFor(sender, size)))
        dropOldest(of);
    if (!m_allHeld.hasRoomFor(sender, size)) {
        m_counters.drop(DropReason::HoldOverflow);
        return;
    }
    of.heldBytes += size;
    m_allHeld.add(sender, size);
    of.held.push_back({now, sender, std::move(datagram)});
}

void RelaySession::dropOldest(End &of)
{
    const std::size_t size = of.held.front().datagram.size();
    of.heldBytes -= size;
    m_allHeld.remove(of.held.front().sender, size);
    of.held.erase(of.held.begin());
    m_counters.drop(DropReason::HoldOverflow);
}

void RelaySession::holdText(Monotonic now, Role to, std::string text)
{
    End &of = end(to);
    const IpAddress sender = senderTo(to);
    const std::size_t size = text.size();
    while (!of.heldTexts.empty() &&
           (of.heldTexts.size() >= MaxHeldTexts || of.heldTextBytes + size > MaxHeldTextBytes))
        dropOldestText(of);
    if (!m_allHeld.hasRoomFor(sender, size))
        return;
    of.heldTextBytes += size;
    m_allHeld.add(sender, size);
    of.heldTexts.push_back({now, sender, std::move(text)});
}

void RelaySession::dropOldestText(End &of)
{
    const std::size_t size = of.heldTexts.front().text.size();
    of.heldTextBytes -= size;
    m_allHeld.remove(of.heldTexts.front().sender, size);
    of.heldTexts.erase(of.heldTexts.begin());
}

void RelaySession::dropExpired(Monotonic now, End &of)
{
    std::size_t count = 0;
    while (!of.held.empty() && now - of.held[count].since > HoldTime) {
        of.heldBytes -= of.held[count].datagram.size();
        m_allHeld.remove(of.held[count].sender, of.held[count].datagram.size());
        if (++count == of.held.size())
            break;
    }
    of.held.erase(of.held.begin(), of.held.begin() + static_cast<std::ptrdiff_t>(count));
    m_counters.drop(DropReason::HoldExpired, count);
    while (!of.heldTexts.empty() && now - of.heldTexts.front().since > HoldTime)
        dropOldestText(of);
}

// --- Candidates ----------------------------------------------------------------------------------

void RelaySession::candidates(const Now &now, Role to, std::string text)
{
    if (m_over)
        return;
    keepCandidates(to, std::move(text));
    giveCandidates(now.monotonic, to);
}

void RelaySession::keepCandidates(Role to, std::string text)
{
    End &of = end(to);
    if (!of.candidates.empty())
        m_allHeld.remove(of.candidatesOf, of.candidates.size());
    of.candidates.clear();
    of.candidatesTold = false;
    of.candidatesOf = senderTo(to);
    if (text.empty() || !m_allHeld.hasRoomFor(of.candidatesOf, text.size()))
        return;
    m_allHeld.add(of.candidatesOf, text.size());
    of.candidates = std::move(text);
}

/// What waits for the end, if it may have one more now.
void RelaySession::giveCandidates(Monotonic now, Role to)
{
    End &of = end(to);
    const bool byLink = to == Role::Node && !of.attached;
    if (of.candidates.empty() || (!of.attached && !byLink) || (byLink && of.candidatesTold))
        return;
    while (of.candidatesTaken > 0 && now >= of.candidatesAt) {
        --of.candidatesTaken;
        of.candidatesAt += CandidatesInterval;
    }
    if (of.candidatesTaken == CandidatesAtOnce)
        return;
    if (of.candidatesTaken++ == 0)
        of.candidatesAt = now + CandidatesInterval;
    if (byLink) {
        of.candidatesTold = true;
        m_outputs.emplace_back(CandidatesForNode{of.candidates});
        return;
    }
    m_outputs.emplace_back(SendText{to, of.candidates});
    keepCandidates(to, {});
}

// --- What was held -------------------------------------------------------------------------------

void RelaySession::releaseHeld(Monotonic now, Role to)
{
    End &receiver = end(to);
    dropExpired(now, receiver);
    if (!receiver.candidates.empty()) {
        m_outputs.emplace_back(SendText{to, receiver.candidates});
        keepCandidates(to, {});
    }
    receiver.heldTextBytes = 0;
    for (HeldText &each : std::exchange(receiver.heldTexts, {})) {
        m_allHeld.remove(each.sender, each.text.size());
        m_outputs.emplace_back(SendText{to, std::move(each.text)});
    }
    if (receiver.held.empty())
        return;
    receiver.heldBytes = 0;
    SendDatagrams output{to, receiver.speaksJson, {}};
    for (Held &each : std::exchange(receiver.held, {})) {
        const ByteSpan datagram = each.datagram;
        m_allHeld.remove(each.sender, datagram.size());
        countForwarded(otherEnd(to), {&datagram, 1});
        output.datagrams.push_back(std::move(each.datagram));
    }
    m_outputs.emplace_back(std::move(output));
}

IpAddress RelaySession::senderTo(Role to) const
{
    return server::siteOf(end(otherEnd(to)).seenAt);
}

void RelaySession::fault(Role from, TextFault fault)
{
    m_counters.fail(errorOf(fault));
    ++end(from).faults;
    m_outputs.emplace_back(SendText{from, faultText(m_id, fault)});
}

void RelaySession::forward(const Now &now, Role from, ForwardText &&what, std::string_view text)
{
    if (what.candidates.empty())
        tell(now, otherEnd(from), std::string(text));
    else if (m_meets)
        candidates(now, otherEnd(from), std::move(what.candidates));
}

void RelaySession::countForwarded(Role from, std::span<const ByteSpan> batch)
{
    std::uint64_t bytes = 0;
    for (const ByteSpan datagram : batch)
        bytes += datagram.size();
    m_counters.frames[indexOf(from)].add(batch.size());
    m_counters.bytes[indexOf(from)].add(bytes);
}

void RelaySession::finish(SessionEnd cause, std::uint16_t code, std::string_view reason)
{
    close(code, reason);
    m_outputs.emplace_back(SessionOver{cause});
}

void RelaySession::closeEnd(Role role, std::uint16_t code, std::string_view reason)
{
    end(role).attached = false;
    m_outputs.emplace_back(CloseLeg{role, code, reason});
}

void RelaySession::lose(const Now &now, Role role)
{
    end(role).attached = false;
    end(role).goneAt = now.monotonic;
    End &other = end(otherEnd(role));
    if (other.attached) {
        other.toldPeerLost = true;
        m_outputs.emplace_back(SendText{otherEnd(role), peerLostText(m_id)});
    }
}

} // namespace higgs::relay
