// SPDX-License-Identifier: GPL-3.0-or-later
// How a session comes back: by new paths, after a change of the network and after a sleep.
#include "app-vpn/engine/tunnel_session.h"

#include "shared/base/log.h"
#include "shared/crypto/keys.h"

#include <algorithm>

namespace higgs::vpn {

namespace {

/// After a change of the network: three round trips as they were, within these bounds.
constexpr Milliseconds ShortestCheck{300};
constexpr Milliseconds LongestCheck{900};
constexpr int CheckTrips = 3;
/// After a sleep: TCP, TLS, HTTP and the relay's word, WireGuard's handshake and the probe itself,
/// and as much again.
constexpr Milliseconds ShortestWaking{1'500};
constexpr Milliseconds LongestWaking{6'000};
constexpr int WakingTrips = 12;
constexpr Milliseconds HandshakeWait{400};
/// Between two connections to a relay by which the exit is waited for.
constexpr Milliseconds AwaitAgain{2'000};
constexpr unsigned MostHandshakes = 4;
} // namespace

void TunnelSession::resume()
{
    m_keysOld = m_keysOld || monotonicNow() - m_failedAt >= KeysWait;
    m_failed = false;
    m_verified = false;
    m_checking = m_awaiting = false;
    m_missedProbes = 0;
    m_paths.resume();
}

void TunnelSession::await()
{
    m_failed = m_verified = m_checking = false;
    m_missedProbes = 0;
    m_awaiting = true;
    m_paths.awaitPeer(true);
    probe();
}

std::optional<Milliseconds> TunnelSession::awaited() const
{
    if (!m_awaiting)
        return std::nullopt;
    return std::chrono::duration_cast<Milliseconds>(monotonicNow() - m_failedAt);
}

/// True: what was lost is opened again in a moment.
bool TunnelSession::awaitsOn(const SessionFailure &failure)
{
    const bool passes = failure.failure == Failure::RelayBroke ||
                        failure.failure == Failure::ExitAway ||
                        failure.problem == Problem::PathNotAvailable ||
                        failure.problem == Problem::ServerUnreachable;
    if (!m_awaiting || !passes)
        return false;
    m_awaitTimer.start(std::chrono::ceil<Milliseconds>(AwaitAgain * (1 + randomUnit())));
    return true;
}

void TunnelSession::checkPath()
{
    if (m_failed)
        return;
    m_paths.hurry();
    if (!m_verified) {
        // A connection that began on the old way may wait for its time-out; a new one need not.
        m_paths.tryNow();
        return;
    }
    // Whatever the check says: it may be a connection of the old network, and end with it.
    m_paths.renewRelay();
    m_believing = true;
    check(ShortestCheck, LongestCheck, CheckTrips);
}

/// What was asked by the old one may have gone nowhere.
void TunnelSession::relayRenewed()
{
    if (m_checking && !m_failed && m_paths.type() == protocol::PathType::Relay)
        probe();
}

/// As far as the line is known by its round trips.
void TunnelSession::check(Milliseconds shortest, Milliseconds longest, int roundTrips)
{
    const Milliseconds usual = usualTrip();
    m_checkTime =
        std::clamp(usual * roundTrips, shortest, std::max(longest, usual * roundTrips / 2));
    m_probeTimer.stop();
    m_heardAtDoubt.reset();
    m_checking = true;
    probe();
}

void TunnelSession::woke()
{
    m_keysOld = true;
    m_missedProbes = 0;
    m_paths.woke();
    m_believing = false;
    if (m_verified && !m_failed)
        check(ShortestWaking, LongestWaking, WakingTrips);
}

/// The handshake that follows may be lost like any packet, or be refused by an end that took
/// another of ours just before; WireGuard would try it again after five seconds.
void TunnelSession::forgetKeys()
{
    if (!m_device || m_failed)
        return;
    if (const Result<void> forgot = m_device->forgetKeys(m_peerKey); !forgot)
        log::warning("tunnel", "WireGuard keeps old keys", {{"error", forgot.error().detail}});
    const Milliseconds usual = usualTrip();
    if (++m_keysForgotten < MostHandshakes)
        m_keysTimer.start(std::max(HandshakeWait, usual * 3) * m_keysForgotten);
}

/// The exit is back: if it was started anew it knows no keys of before, and WireGuard would try
/// them for 15 s.
void TunnelSession::believeKeys()
{
    m_keysForgotten = 0;
    m_keysTimer.start(std::max(HandshakeWait, usualTrip() * 3));
}

} // namespace higgs::vpn
