// SPDX-License-Identifier: GPL-3.0-or-later
// What a STUN server can have seen, and what it cannot: it is nobody that we know, and what it says
// is registered, told to other ends, and taken for the home's own address. Pure.
#pragma once

#include "shared/base/endpoint.h"

namespace higgs {

/// Whether `mapped` may be where the server at `server` sees this machine. Not so: no address and
/// port at all, everybody's and this network's (multicast, 0.0.0.0/8, 240.0.0.0/4), the place at
/// which the server itself listens; and, of a server on the Internet, what no packet of ours can
/// have come from there: loopback, link-local and private addresses. Those of a provider's own
/// network (100.64.0.0/10) can be true, as the server may stand in it; so can the other family's,
/// behind a translation (NAT64). Somebody else's public address cannot be told from ours.
[[nodiscard]] bool canBeMapping(const Endpoint &mapped, const Endpoint &server);

} // namespace higgs
