// SPDX-License-Identifier: GPL-3.0-or-later
// Binding requests of RFC 3489 and their answers: no magic cookie, a transaction of 16 bytes, and
// addresses in the clear. Clients that classify NATs still send them.
#pragma once

#include "shared/protocol/stun.h"

namespace higgs::protocol {

struct ClassicBinding
{
    std::array<std::uint8_t, 16> transaction{};
    StunChange change;
};

/// Total on any input. Nullopt for what is no binding request, has the cookie of its successor, or
/// an attribute that must be understood and is not.
std::optional<ClassicBinding> decodeClassicBinding(ByteSpan datagram);

struct ClassicAnswer
{
    Endpoint mapped;                ///< MAPPED-ADDRESS: whom the server saw
    std::optional<Endpoint> source; ///< SOURCE-ADDRESS: whence it answers
    /// CHANGED-ADDRESS: the place that shares neither address nor port with where it was asked.
    std::optional<Endpoint> changed;
};

Bytes encodeClassicAnswer(const ClassicBinding &request, const ClassicAnswer &answer);

} // namespace higgs::protocol
