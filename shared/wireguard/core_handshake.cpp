// SPDX-License-Identifier: GPL-3.0-or-later
// Messages 1 to 3, and what comes of them.
#include "shared/wireguard/core.h"

namespace higgs::wireguard {

/// Asked before anything is calculated with curves; answers with a cookie where one is needed
/// (section 5.3).
bool Core::isWorthCalculating(const Clocks &now, const Endpoint &from, ByteSpan message,
                              Index sender)
{
    if (!m_issuer.hasMac1(message)) {
        ++m_counters.badMac;
        return false;
    }
    if (!m_gate.isUnderLoad(now.boot, from, m_gateKey))
        return true;
    if (m_issuer.hasMac2(now.boot, message, from)) {
        if (m_gate.admits(now.boot, from, m_gateKey))
            return true;
        ++m_counters.overload;
        return false;
    }
    if (m_transmissions.size() < MostTransmissions) {
        ++m_counters.cookieReplies;
        const auto reply = encode(m_issuer.reply(now.boot, message, sender, from, m_entropy));
        m_transmissions.push_back({Bytes(reply.begin(), reply.end()), from, std::nullopt});
    }
    return false;
}

void Core::takeInitiation(const Clocks &now, const Endpoint &from, ByteSpan datagram)
{
    const auto message = decodeInitiation(datagram);
    if (!message || !isWorthCalculating(now, from, datagram, message->sender))
        return;
    auto received = readInitiator(*m_own, m_publicKey, *message);
    const auto known = received ? m_byKey.find(received->initiator) : m_byKey.end();
    if (known == m_byKey.end()) {
        ++m_counters.forged;
        return;
    }
    Peer &peer = *known->second;
    const auto time = readTime(peer.secrets->keys, *message, *received);
    // Section 5.1: a later time than any before. A replay costs the other end its session.
    if (!time || *time <= peer.lastTimeReceived) {
        ++m_counters.forged;
        return;
    }
    if (peer.lastInitiationReceived && now.boot - *peer.lastInitiationReceived < InitiationPace) {
        ++m_counters.overload;
        return;
    }
    peer.lastTimeReceived = *time;
    peer.lastInitiationReceived = now.boot;

    Secret<32> ephemeral;
    m_entropy(ephemeral.mutableBytes());
    const Index index = newIndex({&peer, nullptr});
    SessionKeys keys;
    const auto response =
        makeResponse(peer.secrets->keys, *received, index, std::move(ephemeral), keys);
    if (!response) {
        m_byIndex.erase(index);
        ++m_counters.forged;
        return;
    }
    adoptAsResponder(peer, std::make_unique<Session>(Session::Role::Responder, keys, index,
                                                     message->sender, now.boot));
    peer.endpoint = from;
    peer.traffic.received += datagram.size();
    peer.lastHandshakeSent = now.boot;
    auto encoded = encode(*response);
    peer.secrets->cookies.sign(now.boot, encoded);
    transmit(peer, Bytes(encoded.begin(), encoded.end()));
    peer.timers.anythingReceived(now.boot);
    peer.timers.anythingSent(now.boot);
    noteDeadline(peer);
}

void Core::takeResponse(const Clocks &now, const Endpoint &from, ByteSpan datagram)
{
    const auto message = decodeResponse(datagram);
    if (!message || !isWorthCalculating(now, from, datagram, message->sender))
        return;
    const auto place = m_byIndex.find(message->receiver);
    if (place == m_byIndex.end() || place->second.session != nullptr) {
        ++m_counters.forged;
        return;
    }
    Peer &peer = *place->second.peer;
    const auto keys = readResponse(*m_own, peer.secrets->keys, peer.secrets->pending, *message);
    if (!keys) {
        ++m_counters.forged;
        return;
    }
    // The initiation's number becomes the session's.
    peer.initiating.reset();
    peer.secrets->pending = PendingInitiation();
    adoptAsInitiator(peer, std::make_unique<Session>(Session::Role::Initiator, *keys,
                                                     message->receiver, message->sender, now.boot));
    peer.endpoint = from;
    peer.traffic.received += datagram.size();
    peer.timers.anythingReceived(now.boot);
    handshakeDone(peer, now);
    // The responder may not speak before we have (section 5.4.6: key confirmation).
    if (peer.staged.empty())
        sendKeepalive(peer, now);
    else
        sendStaged(peer, now);
    noteDeadline(peer);
}

void Core::takeCookie(const Clocks &now, ByteSpan datagram)
{
    const auto message = decodeCookieReply(datagram);
    const auto place = message ? m_byIndex.find(message->receiver) : m_byIndex.end();
    // It is used when the initiation is sent again, not before (section 6.6).
    if (place == m_byIndex.end() || !place->second.peer->secrets->cookies.take(now.boot, *message))
        ++m_counters.forged;
}

/// `again`: of those that are counted, and given up at last.
void Core::initiate(Peer &peer, const Clocks &now, bool again)
{
    if (!again)
        peer.attempts = 0;
    // Never two within Rekey-Timeout, nor one right after an answer to the other end's: whose
    // session may not come about, so that is looked at again.
    const Milliseconds pause = m_options.limits.rekeyTimeout;
    if (peer.lastHandshakeSent && now.boot - *peer.lastHandshakeSent < pause) {
        if (!peer.timers.isSet(Timer::Retry))
            peer.timers.initiationPutOff(*peer.lastHandshakeSent + pause + jitter());
        noteDeadline(peer);
        return;
    }
    forgetInitiation(peer);
    Secret<32> ephemeral;
    m_entropy(ephemeral.mutableBytes());
    const Index index = newIndex({&peer, nullptr});
    peer.initiating = index;
    peer.lastTimeSent = tai64n(now.wall, peer.lastTimeSent);
    const auto message = makeInitiation(m_publicKey, peer.secrets->keys, index, peer.lastTimeSent,
                                        std::move(ephemeral), peer.secrets->pending);
    if (!message) { // not with a key that addPeer() has taken
        forgetInitiation(peer);
        return;
    }
    ++peer.attempts;
    peer.lastHandshakeSent = now.boot;
    auto encoded = encode(*message);
    peer.secrets->cookies.sign(now.boot, encoded);
    transmit(peer, Bytes(encoded.begin(), encoded.end()));
    peer.timers.anythingSent(now.boot);
    peer.timers.initiationSent(now.boot, jitter());
    noteDeadline(peer);
}

void Core::adoptAsInitiator(Peer &peer, std::unique_ptr<Session> session)
{
    m_byIndex[session->local()] = {&peer, session.get()};
    retire(peer, std::move(peer.current));
    if (peer.next) {
        // Both began: what the other end sends under its own session is to be opened, too. One of
        // the two waits a little at the next renewal, so that they do not go on like this.
        if (m_publicKey > peer.secrets->keys.publicKey)
            session->putOffRekey(m_options.limits.rekeyTimeout);
        retire(peer, std::move(peer.next));
    }
    peer.current = std::move(session);
}

void Core::adoptAsResponder(Peer &peer, std::unique_ptr<Session> session)
{
    m_byIndex[session->local()] = {&peer, session.get()};
    forget(peer.next);
    peer.next = std::move(session);
}

/// Both ends have the current session.
void Core::handshakeDone(Peer &peer, const Clocks &now)
{
    peer.timers.handshakeDone();
    peer.attempts = 0;
    peer.lastRekeyAsked = false;
    peer.lastHandshake = now.wall;
}

} // namespace higgs::wireguard
