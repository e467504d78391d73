// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/peer_timers.h"

#include <algorithm>

namespace higgs::wireguard {

void PeerTimers::dataSent(BootTime now)
{
    setIfUnset(Timer::Rehandshake, now + m_limits->keepaliveTimeout + m_limits->rekeyTimeout);
}

void PeerTimers::dataReceived(BootTime now)
{
    setIfUnset(Timer::Keepalive, now + m_limits->keepaliveTimeout);
}

void PeerTimers::anythingSent(BootTime now)
{
    at(Timer::Keepalive) = Never;
    if (m_persistent.count() > 0)
        at(Timer::Persistent) = now + m_persistent;
}

void PeerTimers::anythingReceived(BootTime now)
{
    at(Timer::Rehandshake) = Never;
    if (m_persistent.count() > 0)
        at(Timer::Persistent) = now + m_persistent;
}

void PeerTimers::initiationSent(BootTime now, Milliseconds jitter)
{
    at(Timer::Retry) = now + m_limits->rekeyTimeout + jitter;
}

void PeerTimers::initiationPutOff(BootTime when)
{
    at(Timer::Retry) = when;
}

void PeerTimers::handshakeDone()
{
    at(Timer::Retry) = Never;
}

void PeerTimers::givenUp()
{
    at(Timer::Keepalive) = Never;
}

void PeerTimers::beginAnew(BootTime now)
{
    m_at.fill(Never);
    if (m_persistent.count() > 0)
        at(Timer::Persistent) = now;
}

void PeerTimers::setPersistentKeepalive(BootTime now, Seconds interval)
{
    m_persistent = interval;
    at(Timer::Persistent) = interval.count() > 0 ? now : Never;
}

std::optional<Timer> PeerTimers::due(BootTime now)
{
    const auto first = std::min_element(m_at.begin(), m_at.end());
    if (*first > now)
        return std::nullopt;
    const auto timer = static_cast<Timer>(first - m_at.begin());
    *first = Never;
    return timer;
}

BootTime PeerTimers::deadline() const
{
    return *std::min_element(m_at.begin(), m_at.end());
}

void PeerTimers::setIfUnset(Timer timer, BootTime when)
{
    if (at(timer) == Never)
        at(timer) = when;
}

} // namespace higgs::wireguard
