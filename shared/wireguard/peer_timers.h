// SPDX-License-Identifier: GPL-3.0-or-later
// The timers of one peer (the paper, sections 6.1 to 6.6): what happens sets them, and who owns
// them asks which are due.
#pragma once

#include "shared/wireguard/limits.h"

#include <array>
#include <limits>
#include <optional>

namespace higgs::wireguard {

constexpr BootTime Never{std::numeric_limits<std::int64_t>::max()};

enum class Timer : std::uint8_t {
    Retry,       ///< an initiation has not been answered
    Keepalive,   ///< nothing was sent since data came: the other end waits for a sign of life
    Rehandshake, ///< nothing came since data was sent: the session seems to be dead there
    Persistent,  ///< nothing went either way, and a NAT may forget us
};
constexpr std::size_t TimerCount = 4;

class PeerTimers
{
public:
    explicit PeerTimers(const Limits &limits) : m_limits(&limits) {}

    /// Data (not a keepalive) was sealed and sent.
    void dataSent(BootTime now);
    /// Data was opened.
    void dataReceived(BootTime now);
    /// Any message that the other end can authenticate.
    void anythingSent(BootTime now);
    void anythingReceived(BootTime now);
    void initiationSent(BootTime now, Milliseconds jitter);
    /// One is due, and may not be sent before `when`.
    void initiationPutOff(BootTime when);
    /// The other end has the session, too.
    void handshakeDone();
    /// The handshake is not tried any more.
    void givenUp();
    /// As if nothing had ever been sent; the persistent keepalive is due.
    void beginAnew(BootTime now);
    /// Zero: none.
    void setPersistentKeepalive(BootTime now, Seconds interval);

    /// The next timer that is due, which is then not set any more.
    std::optional<Timer> due(BootTime now);
    [[nodiscard]] bool isSet(Timer timer) const
    {
        return m_at[static_cast<std::size_t>(timer)] != Never;
    }
    [[nodiscard]] BootTime deadline() const;

private:
    BootTime &at(Timer timer) { return m_at[static_cast<std::size_t>(timer)]; }
    void setIfUnset(Timer timer, BootTime when);

    const Limits *m_limits;
    std::array<BootTime, TimerCount> m_at{Never, Never, Never, Never};
    Milliseconds m_persistent{0};
};

} // namespace higgs::wireguard
