// SPDX-License-Identifier: GPL-3.0-or-later
// How much is calculated for handshakes, whoever asks for them: freely up to a load, then with a
// cookie, at a rate for each address (the paper, section 5.3), and never beyond a bound. An address
// that asks for more than its share is under load alone, and the others do not notice.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"

#include <array>

namespace higgs::wireguard {

/// Tokens that come back evenly.
class Bucket
{
public:
    /// False: there is none.
    bool take(BootTime now, std::uint32_t perSecond, std::uint32_t burst);

private:
    std::int64_t m_milli = 0; ///< thousandths of a token
    BootTime m_filled{};
    bool m_used = false;
};

class HandshakeGate
{
public:
    /// A handshake takes about 0.2 ms of a processor, so this is a twentieth of one. A node whose
    /// hundred guests all come back at once is not under load.
    static constexpr std::uint32_t Calm = 256;
    /// Beyond this, with cookies or without: half a processor would be lost to who has many
    /// addresses.
    static constexpr std::uint32_t Most = 2048;
    /// After the last sign of load (Linux: HZ).
    static constexpr Milliseconds LoadLasts{1'000};
    /// Of one address under load (Linux: ratelimiter.c); of IPv6 a /64.
    static constexpr std::uint32_t PerAddress = 20;
    static constexpr std::uint32_t AddressBurst = 5;

    /// Of one address that are calculated at once without a cookie.
    static constexpr std::uint32_t CalmBurst = 20;

    /// To be asked once for each message whose mac1 is right: whether this address needs a cookie.
    bool isUnderLoad(BootTime now, const Endpoint &from, std::uint64_t key);
    /// Under load and with a cookie: whether it may be calculated for this address now.
    bool admits(BootTime now, const Endpoint &from, std::uint64_t key);

private:
    /// Addresses that share a place share its rate; which do nobody can know, by the key.
    static constexpr std::size_t Places = 1024;
    static std::size_t placeOf(const Endpoint &from, std::uint64_t key);

    Bucket m_calm;
    Bucket m_most;
    BootTime m_loadEnds{};
    std::array<Bucket, Places> m_shares{};    ///< without a cookie
    std::array<Bucket, Places> m_addresses{}; ///< with one
};

} // namespace higgs::wireguard
