// SPDX-License-Identifier: GPL-3.0-or-later
// The asking half: requests, their retransmission and renewal, and what is sent to peers.
#include "shared/turn/turn_core.h"

#include "shared/turn/turn_methods.h"

#include <algorithm>

namespace higgs {

using protocol::StunClass;
using protocol::StunMessage;

namespace {

/// Space is left for the header, and for the other attribute of a Send indication.
constexpr std::size_t MaxPayload = 65000;

StunMessage requestOf(std::uint16_t method)
{
    StunMessage message;
    message.method = method;
    return message;
}

Endpoint plain(const Endpoint &endpoint)
{
    return {endpoint.address.unmapped(), endpoint.port};
}

} // namespace

TurnCore::TurnCore(TurnCoreOptions options, TurnAuthentication authentication,
                   NewTransaction newTransaction)
    : m_options(options),
      m_authentication(std::move(authentication)),
      m_newTransaction(std::move(newTransaction))
{}

void TurnCore::start(Monotonic now)
{
    if (m_state != State::Idle)
        return;
    m_state = State::Allocating;
    StunMessage request = requestOf(turn::Allocate);
    request.requestedTransport = turn::UdpTransport;
    request.lifetime = static_cast<std::uint32_t>(m_options.lifetime.count());
    // Section 7.1: the two never stand together, and IPv4 is what a server gives unasked.
    if (m_options.v6 && m_options.v4)
        request.additionalFamily = protocol::StunFamily::V6;
    else if (m_options.v6)
        request.requestedFamily = protocol::StunFamily::V6;
    ask(now, Question::Allocate, std::move(request));
}

void TurnCore::end()
{
    const bool held = m_state == State::Allocated ||
                      (m_state == State::Allocating && m_authentication.isChallenged());
    if (m_state != State::Ended)
        m_transmissions.clear();
    m_state = State::Ended;
    for (const Transaction &each : std::exchange(m_transactions, {}))
        m_answered.push_back(each.message.transaction);
    if (!held)
        return;
    StunMessage request = requestOf(turn::Refresh);
    request.transaction = m_newTransaction();
    request.lifetime = 0;
    m_transmissions.push_back({m_authentication.encode(std::move(request)), std::nullopt});
}

// --- Requests ------------------------------------------------------------------------------------

void TurnCore::ask(Monotonic now, Question question, StunMessage message, const Endpoint &peer)
{
    Transaction transaction;
    transaction.question = question;
    transaction.peer = peer;
    transaction.message = std::move(message);
    transmit(now, transaction);
    m_transactions.push_back(std::move(transaction));
}

/// The first transmission under a new transaction id.
void TurnCore::transmit(Monotonic now, Transaction &transaction)
{
    transaction.message.transaction = m_newTransaction();
    transaction.isSigned = m_authentication.isChallenged();
    transaction.bytes = m_authentication.encode(transaction.message);
    transaction.asked = now;
    transaction.wait = FirstWait;
    transaction.end = now + m_options.timeout;
    transaction.next = m_options.stream ? transaction.end : now + transaction.wait;
    m_transmissions.push_back({transaction.bytes, transaction.message.transaction});
}

bool TurnCore::isAsking(Question question, const Endpoint &peer) const
{
    return std::any_of(m_transactions.begin(), m_transactions.end(), [&](const Transaction &each) {
        return each.question == question && each.peer == peer;
    });
}

void TurnCore::askPermission(Monotonic now, Permission &permission)
{
    const Endpoint asked{permission.address, 0};
    if (isAsking(Question::Permission, asked))
        return;
    StunMessage request = requestOf(turn::CreatePermission);
    request.xorPeerAddresses = {asked};
    ask(now, Question::Permission, std::move(request), asked);
}

void TurnCore::askChannel(Monotonic now, Peer &peer)
{
    if (isAsking(Question::Channel, peer.endpoint))
        return;
    // A number and an address stay together (section 12), also over forget().
    const auto known = m_channels.find(peer.endpoint);
    if (known == m_channels.end() && m_channels.size() > LastTurnChannel - FirstTurnChannel) {
        peer.refused = true;
        return;
    }
    const auto number = static_cast<std::uint16_t>(FirstTurnChannel + m_channels.size());
    peer.channel = m_channels.try_emplace(peer.endpoint, number).first->second;
    StunMessage request = requestOf(turn::ChannelBind);
    request.channelNumber = peer.channel;
    request.xorPeerAddresses = {peer.endpoint};
    ask(now, Question::Channel, std::move(request), peer.endpoint);
}

Result<void> TurnCore::permit(Monotonic now, const Endpoint &named)
{
    const Endpoint peer = plain(named);
    if (m_state != State::Allocated)
        return unexpected(ErrorCode::Unavailable, "there is no allocation");
    if (peer.port == 0 || !mayBe(peer.address))
        return unexpected(ErrorCode::Forbidden, peer.toString() + " is not on the Internet");
    if (!(peer.address.isV4() ? m_relayed.v4 : m_relayed.v6))
        return unexpected(ErrorCode::Network,
                          "the TURN server does not relay to " + peer.toString());
    if (peerOf(peer) == nullptr) {
        if (m_peers.size() >= MaxPeers)
            return unexpected(ErrorCode::TooLarge, "too many peers of one allocation");
        m_peers.emplace_back().endpoint = peer;
    }
    Permission *permission = permissionOf(peer.address);
    if (permission == nullptr) {
        permission = &m_permissions.emplace_back();
        permission->address = peer.address;
    }
    if (isPermitted(now, peer.address))
        m_events.push_back({TurnEvent::Kind::Permitted, peer});
    else
        askPermission(now, *permission);
    return {};
}

void TurnCore::forget(const Endpoint &named)
{
    const Endpoint peer = plain(named);
    std::erase_if(m_peers, [&](const Peer &each) { return each.endpoint == peer; });
    const bool other = std::any_of(m_peers.begin(), m_peers.end(), [&](const Peer &each) {
        return each.endpoint.address == peer.address;
    });
    if (!other)
        std::erase_if(m_permissions,
                      [&](const Permission &each) { return each.address == peer.address; });
    std::erase_if(m_transactions, [&](const Transaction &each) {
        const bool its =
            (each.question == Question::Channel && each.peer == peer) ||
            (each.question == Question::Permission && !other && each.peer.address == peer.address);
        if (its)
            m_answered.push_back(each.message.transaction);
        return its;
    });
}

// --- Time ----------------------------------------------------------------------------------------

void TurnCore::advance(Monotonic now)
{
    std::vector<Transaction> late;
    for (auto each = m_transactions.begin(); each != m_transactions.end();) {
        if (now >= each->end) {
            m_answered.push_back(each->message.transaction);
            late.push_back(std::move(*each));
            each = m_transactions.erase(each);
            continue;
        }
        if (now >= each->next) {
            each->wait *= 2;
            each->next = now + each->wait;
            m_transmissions.push_back({each->bytes, each->message.transaction});
        }
        ++each;
    }
    for (const Transaction &each : late)
        unsuccessful(now, each, {ErrorCode::Timeout, "the TURN server does not answer"}, false);
    if (m_state != State::Allocated)
        return;
    expire(now);
    if (m_state == State::Allocated)
        renewAll(now);
}

void TurnCore::expire(Monotonic now)
{
    if (now >= m_expires) {
        finish(TurnEvent::Kind::Lost,
               {ErrorCode::Timeout, "the TURN server did not renew the allocation in time"});
        return;
    }
    for (Permission &each : m_permissions) {
        if (!each.granted || now < each.until)
            continue;
        each.granted = false;
        for (const Peer &peer : m_peers)
            if (peer.endpoint.address == each.address)
                m_events.push_back({TurnEvent::Kind::Refused,
                                    peer.endpoint,
                                    {ErrorCode::Timeout, "a permission was not renewed in time"}});
    }
    for (Peer &each : m_peers)
        if (each.bound && now >= each.until)
            each.bound = false;
}

void TurnCore::renewAll(Monotonic now)
{
    if (now >= m_refresh && !isAsking(Question::Refresh, {})) {
        StunMessage request = requestOf(turn::Refresh);
        request.lifetime = static_cast<std::uint32_t>(m_options.lifetime.count());
        ask(now, Question::Refresh, std::move(request));
    }
    for (Permission &each : m_permissions)
        if (each.granted && now >= each.renew)
            askPermission(now, each);
    for (Peer &each : m_peers)
        if (each.bound && now >= each.renew)
            askChannel(now, each);
}

Monotonic TurnCore::deadline() const
{
    Monotonic next = Monotonic::max();
    for (const Transaction &each : m_transactions)
        next = std::min({next, each.next, each.end});
    if (m_state != State::Allocated)
        return next;
    next = std::min(next, m_expires);
    if (!isAsking(Question::Refresh, {}))
        next = std::min(next, m_refresh);
    for (const Permission &each : m_permissions) {
        if (!each.granted)
            continue;
        next = std::min(next, each.until);
        if (!isAsking(Question::Permission, {each.address, 0}))
            next = std::min(next, each.renew);
    }
    for (const Peer &each : m_peers) {
        if (!each.bound)
            continue;
        next = std::min(next, each.until);
        if (!isAsking(Question::Channel, each.endpoint))
            next = std::min(next, each.renew);
    }
    return next;
}

// --- Sending -------------------------------------------------------------------------------------

bool TurnCore::wrap(Monotonic now, const Endpoint &named, ByteSpan data, Bytes &out)
{
    const Endpoint endpoint = plain(named);
    Peer *peer = peerOf(endpoint);
    if (peer == nullptr || data.size() > MaxPayload || !isPermitted(now, endpoint.address)) {
        ++m_counters.unpermitted;
        return false;
    }
    if (peer->bound && now < peer->until) {
        appendChannelMessage(out, peer->channel, data, m_options.stream);
        return true;
    }
    const bool tooLarge = !m_options.stream && data.size() > MostIndicated;
    // A channel costs a number for good: addresses that are only tried get none.
    if (!peer->refused && (tooLarge || !protocol::looksLikeStun(data)))
        askChannel(now, *peer);
    // Many routers drop what was cut, and what such a probe found would not be true of the channel.
    if (tooLarge && !peer->refused) {
        peer->held.assign(data.begin(), data.end());
        return true;
    }
    const Bytes encoded = indication(endpoint, data);
    out.insert(out.end(), encoded.begin(), encoded.end());
    return true;
}

Bytes TurnCore::indication(const Endpoint &peer, ByteSpan data)
{
    StunMessage message = requestOf(turn::Send);
    message.messageClass = StunClass::Indication;
    message.transaction = m_newTransaction();
    message.xorPeerAddresses = {peer};
    message.data.emplace(data.begin(), data.end());
    return protocol::encodeStun(message);
}

/// The question for a channel was answered: what waited for it leaves, by whatever there is.
void TurnCore::releaseHeld(Peer &peer)
{
    const Bytes data = std::exchange(peer.held, {});
    if (data.empty())
        return;
    Bytes message;
    if (peer.bound)
        appendChannelMessage(message, peer.channel, data, m_options.stream);
    else
        message = indication(peer.endpoint, data);
    m_transmissions.push_back({std::move(message), std::nullopt});
}

std::optional<TurnTransmission> TurnCore::nextTransmission()
{
    if (m_transmissions.empty())
        return std::nullopt;
    TurnTransmission next = std::move(m_transmissions.front());
    m_transmissions.pop_front();
    return next;
}

std::optional<TurnEvent> TurnCore::nextEvent()
{
    if (m_events.empty())
        return std::nullopt;
    TurnEvent next = std::move(m_events.front());
    m_events.pop_front();
    return next;
}

bool TurnCore::isBound(const Endpoint &peer) const
{
    const Endpoint known = plain(peer);
    return std::any_of(m_peers.begin(), m_peers.end(),
                       [&](const Peer &each) { return each.bound && each.endpoint == known; });
}

bool TurnCore::mayBe(const IpAddress &address) const
{
    return !address.isNull() && !address.isUnspecified() &&
           (isGlobalUnicast(address) || !isGlobalUnicast(m_options.server.address.unmapped()));
}

TurnCore::Permission *TurnCore::permissionOf(const IpAddress &address)
{
    const auto found =
        std::find_if(m_permissions.begin(), m_permissions.end(),
                     [&](const Permission &each) { return each.address == address; });
    return found == m_permissions.end() ? nullptr : &*found;
}

TurnCore::Peer *TurnCore::peerOf(const Endpoint &endpoint)
{
    const auto found = std::find_if(m_peers.begin(), m_peers.end(),
                                    [&](const Peer &each) { return each.endpoint == endpoint; });
    return found == m_peers.end() ? nullptr : &*found;
}

bool TurnCore::isPermitted(Monotonic now, const IpAddress &address)
{
    const Permission *permission = permissionOf(address);
    return m_state == State::Allocated && permission != nullptr && permission->granted &&
           now < permission->until;
}

} // namespace higgs
