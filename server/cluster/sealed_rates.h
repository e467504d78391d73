// SPDX-License-Identifier: GPL-3.0-or-later
// What servers tell each other of the requests that they have admitted, so that only they can read
// it and only they can have written it: the bus names no client's address, and whoever can write to
// it can neither use up somebody's requests nor give any. Pure.
#pragma once

#include "server/cache/shared_buckets.h"
#include "server/instance_id.h"
#include "shared/base/clock.h"
#include "shared/base/secret.h"

namespace higgs::server {

/// Rows in one message.
constexpr std::size_t MaxSpentRows = 500;
/// Of a message in base64: each row has at most 14 bytes.
constexpr std::size_t MaxSealedRates = 10'240;
/// A message is as good as new for so long, clocks that differ included.
constexpr Milliseconds SealedRatesLife = Seconds(30);

/// Whose message it is, and which: sealed with it.
struct RatesEnvelope
{
    InstanceId from;
    std::uint64_t run = 0;
    std::uint64_t number = 0;
};

using RatesNonce = std::array<std::uint8_t, 24>;

/// In base64; the nonce is random, and never used twice. Rows beyond MaxSpentRows are left out.
std::string sealRates(const Secret<32> &key, const RatesNonce &nonce, const RatesEnvelope &envelope,
                      WallTime now, std::span<const SpentTokens> rows);
/// Untrusted: it is not sealed with that key for that envelope. NotValidNow: it is too old, or one
/// of the clocks is wrong. Malformed: what it holds does not decode.
Result<std::vector<SpentTokens>> openRates(const Secret<32> &key, const RatesEnvelope &envelope,
                                           WallTime now, std::string_view sealed);

} // namespace higgs::server
