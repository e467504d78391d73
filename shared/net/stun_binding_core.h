// SPDX-License-Identifier: GPL-3.0-or-later
// One question "what address do you see?" to a STUN server over an unreliable path (RFC 8489
// section 6.2.1), without socket, clock or randomness.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/stun.h"

#include <optional>
#include <vector>

namespace higgs {

struct StunBindingResult
{
    Endpoint mapped; ///< as the server sees us; IPv4-mapped addresses are unmapped
    double rttMs = 0;
    Endpoint local; ///< where the socket sends from on this machine; null from the core alone
    std::optional<unsigned> hopLimit; ///< that was left of the answer's; nullopt as with `local`
    IpAddress server{};               ///< that says so; null as with `local`
};

/// Each transmission is a transaction of its own, so that the round trip is that of the one that
/// was answered, and a late answer to an early one still counts.
class StunBindingCore
{
public:
    /// The waits between transmissions double from `firstWait` on; after `timeout` it has failed.
    StunBindingCore(Monotonic now, Milliseconds firstWait, Milliseconds timeout);

    /// When poll() or hasFailed() will have something new to say.
    [[nodiscard]] Monotonic deadline() const;
    [[nodiscard]] bool wantsToSend(Monotonic now) const;
    /// The next request; `transaction` must be random, or others could answer blindly.
    Bytes request(Monotonic now, const protocol::StunTransactionId &transaction);
    [[nodiscard]] bool hasFailed(Monotonic now) const { return now >= m_end; }

    /// Nothing for what is no answer to one of our requests.
    std::optional<StunBindingResult> handle(Monotonic now, ByteSpan datagram) const;

private:
    struct Transmission
    {
        protocol::StunTransactionId transaction{};
        Monotonic at;
    };

    Monotonic m_end;
    Monotonic m_next;
    Milliseconds m_wait;
    std::vector<Transmission> m_sent;
};

} // namespace higgs
