// SPDX-License-Identifier: GPL-3.0-or-later
// The half that listens: answers to requests, and what comes from peers.
#include "shared/turn/turn_core.h"
#include "shared/turn/turn_methods.h"

#include <algorithm>

namespace higgs {

using protocol::StunClass;
using protocol::StunMessage;

namespace {

constexpr Seconds RetryAfter{2}; ///< of a renewal that failed, while what it renews still stands
constexpr Seconds RefreshBefore{60};

/// Early enough for two more tries.
Milliseconds renewalOf(Seconds life)
{
    return Milliseconds(life) * 4 / 5;
}

/// Without their signature these can be believed: they change no state, or are about the lack of
/// one (RFC 8489 sections 9.2.4 and 9.2.5).
bool needsNoSignature(int code)
{
    return code == turn::BadRequest || code == turn::Unauthenticated || code == turn::StaleNonce;
}

Error refusalOf(const StunMessage &answer)
{
    const int code = answer.error ? answer.error->code : 0;
    ErrorCode kind = ErrorCode::Unavailable;
    if (code == turn::Unauthenticated || code == turn::WrongCredentials)
        kind = ErrorCode::Unauthorized;
    else if (code == turn::Forbidden)
        kind = ErrorCode::Forbidden;
    else if (code == turn::QuotaReached || code == turn::InsufficientCapacity)
        kind = ErrorCode::RateLimited;
    return {kind, "the TURN server refused with error " + std::to_string(code)};
}

Endpoint plain(const Endpoint &endpoint)
{
    return {endpoint.address.unmapped(), endpoint.port};
}

} // namespace

std::optional<TurnDelivery> TurnCore::receive(Monotonic now, ByteSpan datagram)
{
    if (looksLikeChannelMessage(datagram))
        return fromChannel(now, datagram);
    auto message = protocol::decodeStun(datagram);
    if (!message || !message->notUnderstood.empty()) {
        ++m_counters.malformed;
        return std::nullopt;
    }
    if (message->messageClass == StunClass::Indication) {
        m_indication = std::move(*message);
        return fromIndication(now);
    }
    if (message->messageClass == StunClass::Request)
        ++m_counters.strangers;
    else
        answered(now, *message, datagram);
    return std::nullopt;
}

// --- Peers ---------------------------------------------------------------------------------------

std::optional<TurnDelivery> TurnCore::fromChannel(Monotonic now, ByteSpan datagram)
{
    const auto message = decodeChannelMessage(datagram);
    if (!message) {
        ++m_counters.malformed;
        return std::nullopt;
    }
    // Also one that has not been answered: the datagram may be the faster.
    const auto peer = std::find_if(m_peers.begin(), m_peers.end(), [&](const Peer &each) {
        return each.channel == message->channel && !each.refused;
    });
    if (peer == m_peers.end()) {
        ++m_counters.strangers;
        return std::nullopt;
    }
    if (!isPermitted(now, peer->endpoint.address)) {
        ++m_counters.unnamed;
        return std::nullopt;
    }
    return TurnDelivery{peer->endpoint, message->data};
}

std::optional<TurnDelivery> TurnCore::fromIndication(Monotonic now)
{
    if (m_indication.method != turn::Data || m_indication.xorPeerAddresses.size() != 1 ||
        m_indication.data.has_value() == m_indication.icmp.has_value()) {
        ++m_counters.malformed;
        return std::nullopt;
    }
    const Endpoint peer = plain(m_indication.xorPeerAddresses.front());
    // By address, as permissions are: a router may have chosen another port for it.
    if (peer.port == 0 || !isPermitted(now, peer.address)) {
        ++m_counters.unnamed;
        return std::nullopt;
    }
    if (m_indication.data)
        return TurnDelivery{peer, *m_indication.data};
    if (peerOf(peer) != nullptr)
        m_events.push_back({TurnEvent::Kind::Unreachable, peer});
    return std::nullopt;
}

// --- Answers -------------------------------------------------------------------------------------

void TurnCore::answered(Monotonic now, const StunMessage &answer, ByteSpan datagram)
{
    const auto found =
        std::find_if(m_transactions.begin(), m_transactions.end(), [&](const Transaction &each) {
            return each.message.transaction == answer.transaction &&
                   each.message.method == answer.method;
        });
    if (found == m_transactions.end()) {
        ++m_counters.strangers;
        return;
    }
    const bool success = answer.messageClass == StunClass::Success;
    if (!success && !answer.error) {
        ++m_counters.malformed;
        return;
    }
    const bool trusted = found->isSigned && m_authentication.proves(datagram);
    // To what was not signed there can be a refusal only: our servers demand a signature.
    const bool believed =
        trusted || (!success && (!found->isSigned || needsNoSignature(answer.error->code)));
    if (!believed) {
        ++m_counters.forged;
        return;
    }
    Transaction transaction = std::move(*found);
    m_transactions.erase(found);
    m_answered.push_back(answer.transaction);
    if (success)
        succeeded(now, transaction, answer);
    else
        refused(now, std::move(transaction), answer);
}

void TurnCore::succeeded(Monotonic now, const Transaction &transaction, const StunMessage &answer)
{
    switch (transaction.question) {
    case Question::Allocate:
        allocated(now, transaction, answer);
        return;
    case Question::Refresh:
        setLifetime(transaction.asked, answer.lifetime.value_or(0));
        return;
    case Question::Permission:
        if (Permission *permission = permissionOf(transaction.peer.address)) {
            const bool first = !permission->granted;
            permission->granted = true;
            permission->until = transaction.asked + m_options.permissionLife;
            permission->renew = transaction.asked + renewalOf(m_options.permissionLife);
            for (const Peer &each : m_peers)
                if (first && each.endpoint.address == permission->address)
                    m_events.push_back({TurnEvent::Kind::Permitted, each.endpoint});
        }
        return;
    case Question::Channel:
        if (Peer *peer = peerOf(transaction.peer)) {
            peer->bound = true;
            peer->until = transaction.asked + m_options.channelLife;
            peer->renew = transaction.asked + renewalOf(m_options.channelLife);
            releaseHeld(*peer);
        }
        return;
    }
}

/// None: all is well.
Error TurnCore::readRelayed(const StunMessage &answer)
{
    TurnRelayed relayed;
    for (const auto &each : {answer.xorRelayedAddress, answer.secondRelayedAddress}) {
        if (!each)
            continue;
        const Endpoint address = plain(*each);
        // So coturn says that there is none of the family that was not asked for.
        if (!m_options.v4 && address.address.isUnspecified() && address.port == 0)
            continue;
        if (address.port == 0 || !mayBe(address.address))
            return {ErrorCode::Forbidden, "the TURN server relays from " + address.toString() +
                                              ", which is not on the Internet"};
        auto &place = address.address.isV4() ? relayed.v4 : relayed.v6;
        if (!place && (address.address.isV4() ? m_options.v4 : m_options.v6))
            place = address;
    }
    if (!relayed.v4 && !relayed.v6)
        return {ErrorCode::Malformed, "the TURN server names no relayed address"};
    if (answer.xorMappedAddress)
        relayed.mapped = plain(*answer.xorMappedAddress);
    m_relayed = relayed;
    return {};
}

void TurnCore::allocated(Monotonic /*now*/, const Transaction &transaction,
                         const StunMessage &answer)
{
    const Error error = readRelayed(answer);
    if (!error.detail.empty()) {
        ++m_counters.lies;
        end(); // it stands at the server
        m_events.push_back({TurnEvent::Kind::Failed, {}, error});
        return;
    }
    m_state = State::Allocated;
    setLifetime(transaction.asked, answer.lifetime.value_or(0));
    if (m_state == State::Allocated)
        m_events.push_back({TurnEvent::Kind::Allocated});
}

void TurnCore::setLifetime(Monotonic asked, std::uint32_t seconds)
{
    const Seconds life = std::min(Seconds(seconds), MaxLifetime);
    if (life < MinLifetime) {
        ++m_counters.lies;
        finish(TurnEvent::Kind::Lost,
               {ErrorCode::Unavailable, "the TURN server keeps no allocation"});
        return;
    }
    m_expires = asked + life;
    m_refresh = m_expires - std::min<Milliseconds>(RefreshBefore, Milliseconds(life) / 2);
}

/// With credentials, or with another nonce.
bool TurnCore::tryAgain(Monotonic now, Transaction &transaction, const StunMessage &answer)
{
    const int code = answer.error->code;
    if (code == turn::Unauthenticated) {
        if (transaction.isSigned || !m_authentication.challenge(answer))
            return false;
    } else if (code == turn::StaleNonce) {
        if (!transaction.isSigned || transaction.stale >= MaxStaleNonces ||
            !m_authentication.renewNonce(answer)) {
            ++m_counters.lies;
            return false;
        }
        ++transaction.stale;
    } else if (code == turn::AddressFamilyNotSupported &&
               transaction.question == Question::Allocate && m_options.v4 && m_options.v6) {
        // IPv4 is what is refused so; of IPv6 the lack is no error (RFC 8656 section 7.2).
        m_options.v4 = false;
        transaction.message.additionalFamily.reset();
        transaction.message.requestedFamily = protocol::StunFamily::V6;
    } else {
        return false;
    }
    transmit(now, transaction);
    return true;
}

void TurnCore::refused(Monotonic now, Transaction transaction, const StunMessage &answer)
{
    if (tryAgain(now, transaction, answer)) {
        m_transactions.push_back(std::move(transaction));
        return;
    }
    const int code = answer.error->code;
    if (code == turn::TryAlternate && transaction.question == Question::Allocate &&
        answer.alternateServer) {
        finish(TurnEvent::Kind::Redirected, {}, plain(*answer.alternateServer));
        return;
    }
    const bool gone = code == turn::AllocationMismatch || code == turn::WrongCredentials ||
                      (transaction.question == Question::Refresh && code == turn::Forbidden);
    unsuccessful(now, transaction, refusalOf(answer), gone);
}

/// `mismatch`: there is no such allocation of ours at the server.
void TurnCore::unsuccessful(Monotonic now, const Transaction &transaction, const Error &error,
                            bool mismatch)
{
    if (m_state == State::Ended)
        return;
    if (transaction.question == Question::Allocate) {
        finish(TurnEvent::Kind::Failed, error);
        return;
    }
    if (mismatch) {
        finish(TurnEvent::Kind::Lost, error);
        return;
    }
    // What stands is tried again until it ends by itself.
    if (transaction.question == Question::Refresh) {
        m_refresh = now + RetryAfter;
    } else if (transaction.question == Question::Permission) {
        Permission *permission = permissionOf(transaction.peer.address);
        if (permission == nullptr)
            return;
        permission->renew = now + RetryAfter;
        if (permission->granted && error.code != ErrorCode::Forbidden)
            return;
        permission->granted = false;
        for (const Peer &each : m_peers)
            if (each.endpoint.address == permission->address)
                m_events.push_back({TurnEvent::Kind::Refused, each.endpoint, error});
    } else if (Peer *peer = peerOf(transaction.peer)) {
        peer->renew = now + RetryAfter;
        // The number is lost with a refusal; whether the server has it bound nobody knows then.
        peer->refused = !peer->bound && error.code != ErrorCode::Timeout;
        if (peer->refused)
            releaseHeld(*peer);
        peer->held.clear();
    }
}

void TurnCore::finish(TurnEvent::Kind kind, Error error, const Endpoint &elsewhere)
{
    for (const Transaction &each : std::exchange(m_transactions, {}))
        m_answered.push_back(each.message.transaction);
    m_transmissions.clear();
    m_state = State::Ended;
    m_events.push_back({kind, elsewhere, std::move(error)});
}

} // namespace higgs
