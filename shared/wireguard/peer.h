// SPDX-License-Identifier: GPL-3.0-or-later
// What the core keeps of one peer.
#pragma once

#include "shared/crypto/locked.h"
#include "shared/wireguard/cookies.h"
#include "shared/wireguard/peer_timers.h"
#include "shared/wireguard/session.h"

#include <deque>
#include <memory>

namespace higgs::wireguard {

/// One of a core's peers; never given twice.
enum class PeerId : std::uint32_t {};

/// Over the peer's life.
struct PeerTraffic
{
    std::uint64_t received = 0; ///< bytes of all authentic messages, as `wg` counts them
    std::uint64_t sent = 0;
};

struct Peer
{
    /// What nobody else may read, in one place that is locked. The sessions' keys are OpenSSL's to
    /// keep, which wipes them when a session goes.
    struct Secrets
    {
        PeerKeys keys;
        PendingInitiation pending;
        CookieJar cookies;
    };

    Peer(PeerId its, PeerKeys keys, const Limits &limits)
        : id(its),
          secrets(std::in_place, std::move(keys), PendingInitiation(), CookieJar(keys.publicKey)),
          timers(limits)
    {}

    PeerId id;
    Locked<Secrets> secrets;
    PeerTimers timers;
    Endpoint endpoint; ///< where its last authentic message came from

    /// Our initiation that waits for its response. It outlives an initiation of the peer's, so that
    /// two ends which begin at the same moment both get a session.
    std::optional<Index> initiating;
    std::optional<BootTime> lastHandshakeSent; ///< message 1 or 2
    Tai64n lastTimeSent{};
    unsigned attempts = 0; ///< initiations since there was something new to say
    bool lastRekeyAsked = false;

    Tai64n lastTimeReceived{}; ///< the replay guard
    std::optional<BootTime> lastInitiationReceived;

    /// Section 6.3: `current` seals; `next` is ours as a responder, until the initiator has shown
    /// by a packet that it has it; `previous` opens what is still under way, the latest first. Two
    /// of them, as after both ends have begun at once each seals under a session of its own.
    std::unique_ptr<Session> current;
    std::unique_ptr<Session> next;
    std::array<std::unique_ptr<Session>, 2> previous;

    [[nodiscard]] std::array<std::unique_ptr<Session> *, 4> sessions()
    {
        return {&current, &next, &previous[0], &previous[1]};
    }

    std::deque<Bytes> staged; ///< packets that wait for a session; empty: a keepalive
    PeerTraffic traffic;
    std::optional<WallTime> lastHandshake;
};

} // namespace higgs::wireguard
