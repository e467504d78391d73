// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/core.h"

#include <algorithm>
#include <cstring>

namespace higgs::wireguard {

Core::Core(PrivateKey own, CoreOptions options, Entropy entropy)
    : m_options(options),
      m_entropy(std::move(entropy)),
      m_own(std::in_place, std::move(own)),
      m_publicKey(m_own->publicKey()),
      m_issuer(m_publicKey)
{
    std::array<std::uint8_t, sizeof m_gateKey> key{};
    m_entropy(key);
    std::memcpy(&m_gateKey, key.data(), key.size());
}

Result<PeerId> Core::addPeer(BootTime now, PeerOptions options)
{
    if (options.publicKey == m_publicKey)
        return unexpected(ErrorCode::InvalidArgument, "a peer with this interface's own key");
    if (m_byKey.contains(options.publicKey))
        return unexpected(ErrorCode::AlreadyExists, "a peer with this key is there");
    Result<Secret<32>> shared = m_own->sharedSecret(options.publicKey);
    if (!shared)
        return unexpected(ErrorCode::InvalidArgument, shared.error().detail);

    const PeerId id{++m_nextPeer};
    auto peer = std::make_unique<Peer>(
        id, PeerKeys{options.publicKey, std::move(*shared), std::move(options.preshared)},
        m_options.limits);
    peer->endpoint = options.endpoint;
    peer->timers.setPersistentKeepalive(now, options.persistentKeepalive);
    for (const IpPrefix &prefix : options.allowedIps)
        m_allowedIps.insert(prefix, m_nextPeer);
    noteDeadline(*peer);
    m_byKey.emplace(options.publicKey, peer.get());
    m_peers.emplace(m_nextPeer, std::move(peer));
    return id;
}

void Core::removePeer(PeerId id)
{
    const auto found = m_peers.find(static_cast<std::uint32_t>(id));
    if (found == m_peers.end())
        return;
    Peer &peer = *found->second;
    eraseKeys(peer);
    m_allowedIps.remove(found->first);
    m_byKey.erase(peer.secrets->keys.publicKey);
    m_peers.erase(found);
}

void Core::setEndpoint(PeerId id, const Endpoint &endpoint)
{
    if (const auto found = m_peers.find(static_cast<std::uint32_t>(id)); found != m_peers.end())
        found->second->endpoint = endpoint;
}

void Core::forgetKeys(BootTime now, PeerId id)
{
    const auto found = m_peers.find(static_cast<std::uint32_t>(id));
    if (found == m_peers.end())
        return;
    Peer &peer = *found->second;
    eraseKeys(peer);
    m_counters.dropped += peer.staged.size();
    peer.staged.clear();
    peer.lastHandshakeSent.reset();
    peer.timers.beginAnew(now);
    noteDeadline(peer);
}

std::optional<PeerId> Core::find(const PublicKey &key) const
{
    const auto found = m_byKey.find(key);
    return found == m_byKey.end() ? std::nullopt : std::optional(found->second->id);
}

std::optional<PeerStatus> Core::status(PeerId id) const
{
    const auto found = m_peers.find(static_cast<std::uint32_t>(id));
    if (found == m_peers.end())
        return std::nullopt;
    const Peer &peer = *found->second;
    return PeerStatus{peer.endpoint, peer.lastHandshake, peer.traffic, peer.current != nullptr};
}

void Core::advance(const Clocks &now)
{
    if (now.boot < m_deadline)
        return;
    m_deadline = Never;
    for (const auto &[id, peer] : m_peers) {
        expire(*peer, now);
        while (const auto timer = peer->timers.due(now.boot))
            fire(*peer, *timer, now);
        noteDeadline(*peer);
    }
}

std::optional<Transmission> Core::nextTransmission()
{
    if (m_transmissions.empty())
        return std::nullopt;
    Transmission first = std::move(m_transmissions.front());
    m_transmissions.pop_front();
    return first;
}

/// A number that is not in use, and that nobody can guess (section 5.4.2: Ii is random).
Index Core::newIndex(const Place &place)
{
    while (true) {
        std::array<std::uint8_t, sizeof(Index)> bytes{};
        m_entropy(bytes);
        Index index{};
        std::memcpy(&index, bytes.data(), bytes.size());
        if (m_byIndex.emplace(index, place).second)
            return index;
    }
}

void Core::forget(std::unique_ptr<Session> &session)
{
    if (!session)
        return;
    m_byIndex.erase(session->local());
    session.reset();
}

void Core::forgetInitiation(Peer &peer)
{
    if (!peer.initiating)
        return;
    m_byIndex.erase(*peer.initiating);
    peer.initiating.reset();
    peer.secrets->pending = PendingInitiation();
}

void Core::eraseKeys(Peer &peer)
{
    forgetInitiation(peer);
    for (std::unique_ptr<Session> *session : peer.sessions())
        forget(*session);
}

void Core::transmit(Peer &peer, Bytes datagram)
{
    peer.traffic.sent += datagram.size();
    // Without a place to send to it is as if it was lost on the way.
    if (!peer.endpoint.isNull() && m_transmissions.size() < MostTransmissions)
        m_transmissions.push_back({std::move(datagram), peer.endpoint, peer.id});
}

/// It seals no more, and opens what is still under way.
void Core::retire(Peer &peer, std::unique_ptr<Session> session)
{
    if (!session)
        return;
    forget(peer.previous[1]);
    peer.previous[1] = std::move(peer.previous[0]);
    peer.previous[0] = std::move(session);
}

/// Sessions are of no use to anybody after Reject-After-Time, so their keys go then. (The paper,
/// section 6.3, lets them go when no new session has come for three times as long.)
void Core::expire(Peer &peer, const Clocks &now)
{
    for (std::unique_ptr<Session> *session : peer.sessions()) {
        if (*session && (*session)->isOver(now.boot, m_options.limits))
            forget(*session);
    }
}

void Core::fire(Peer &peer, Timer timer, const Clocks &now)
{
    switch (timer) {
    case Timer::Retry: {
        const Limits &limits = m_options.limits;
        if (peer.attempts * limits.rekeyTimeout < limits.rekeyAttemptTime) {
            initiate(peer, now, true);
            break;
        }
        // Section 6.4: nobody is there. The next packet begins anew.
        m_counters.dropped += peer.staged.size();
        peer.staged.clear();
        forgetInitiation(peer);
        peer.timers.givenUp();
        break;
    }
    case Timer::Keepalive:
    case Timer::Persistent:
        sendKeepalive(peer, now);
        break;
    case Timer::Rehandshake:
        initiate(peer, now, false);
        break;
    }
}

void Core::noteDeadline(Peer &peer)
{
    m_deadline = std::min(m_deadline, peer.timers.deadline());
    for (const std::unique_ptr<Session> *session : peer.sessions()) {
        if (*session)
            m_deadline = std::min(m_deadline, (*session)->ends(m_options.limits));
    }
}

Milliseconds Core::jitter()
{
    std::array<std::uint8_t, 2> bytes{};
    m_entropy(bytes);
    return Milliseconds((bytes[0] << 8 | bytes[1]) % (RetryJitter.count() + 1));
}

} // namespace higgs::wireguard
