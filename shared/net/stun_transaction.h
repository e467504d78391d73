// SPDX-License-Identifier: GPL-3.0-or-later
// Transaction ids of the questions that our own programs ask.
#pragma once

#include "shared/crypto/keys.h"
#include "shared/protocol/stun.h"

namespace higgs {

/// Read as NAT-PMP (RFC 6886 section 3.3) a Binding request asks the router to open the UDP port
/// 42050 to this machine, for as many seconds as the first four bytes of its transaction id say;
/// routers listen to longer requests than their own. With none it asks to close that port. The
/// other 64 bits are random, and cannot be guessed (RFC 8489 section 5).
inline protocol::StunTransactionId newStunTransaction()
{
    constexpr std::size_t NatPmpLifetime = 4;
    protocol::StunTransactionId transaction{};
    fillRandom(std::span(transaction).subspan<NatPmpLifetime>());
    return transaction;
}

} // namespace higgs
