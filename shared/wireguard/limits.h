// SPDX-License-Identifier: GPL-3.0-or-later
// WireGuard's times and limits. "The paper" is, in all of this folder, Jason A. Donenfeld's
// "WireGuard: Next Generation Kernel Network Tunnel", as revised on 2020-06-01.
#pragma once

#include "shared/base/clock.h"

#include <cstddef>

namespace higgs::wireguard {

/// Section 6.1, table of constants. A value, so that a laboratory need not wait for hours; other
/// implementations have these times, and a product has no others.
struct Limits
{
    std::uint64_t rekeyAfterMessages = 1ULL << 60U;
    std::uint64_t rejectAfterMessages = ~0ULL - (1ULL << 13U); ///< 2^64 - 2^13 - 1
    Milliseconds rekeyAfterTime{120'000};
    Milliseconds rejectAfterTime{180'000};
    Milliseconds rekeyAttemptTime{90'000}; ///< then one gives up, until there is data again
    Milliseconds rekeyTimeout{5'000};      ///< between two initiations to one peer
    Milliseconds keepaliveTimeout{10'000};
};

/// Section 6.1: a retry is put off by a random part of this, so that two ends which begin at the
/// same moment do not go on doing so.
constexpr Milliseconds RetryJitter{333};
/// Section 5.3: a cookie's secret changes every two minutes.
constexpr Milliseconds CookieSecretLife{120'000};
/// By so much less does its receiver believe in it, which has got it later (cookie.c of Linux).
constexpr Milliseconds CookieLatency{5'000};
/// Of packets that wait for a session (Linux: MAX_STAGED_PACKETS); the oldest is dropped.
constexpr std::size_t MostStaged = 128;
/// Of initiations of one peer that are answered, also of valid ones (Linux:
/// INITIATIONS_PER_SECOND), so that its key alone wears nobody out.
constexpr Milliseconds InitiationPace{1000 / 50};

} // namespace higgs::wireguard
