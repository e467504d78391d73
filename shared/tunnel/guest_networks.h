// SPDX-License-Identifier: GPL-3.0-or-later
// Which networks a node lets its server choose for guests: they are routed into the tunnel, so that
// any other would take the owner's own traffic there, too.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/base/result.h"

#include <span>

namespace higgs {

/// A network with a null address is none. InvalidArgument: one of them is not private, or meets one
/// of `nearby`, the networks that this machine reaches by itself.
Result<void> checkGuestNetworks(const IpPrefix &network4, const IpPrefix &network6,
                                std::span<const IpPrefix> nearby);

/// Whether a guest may have this address: one host of the network, and not the node's own.
bool isGuestAddress(const IpPrefix &address, const IpPrefix &network);

} // namespace higgs
