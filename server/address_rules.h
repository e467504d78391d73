// SPDX-License-Identifier: GPL-3.0-or-later
// What an address that an operator wrote can be used for. Pure. Each says why not, as the end of a
// sentence ("... is multicast"); empty: it can.
#pragma once

#include "shared/base/endpoint.h"

#include <string>
#include <string_view>

namespace higgs::server {

/// One that a socket is bound to: of this machine, or unspecified for all of them.
std::string whyNotBound(const IpAddress &address);

/// One that others are told to come to, as a name or an address.
std::string whyNotReached(std::string_view host);
/// Whether only this machine can come to it: fit for a trial.
bool isOnlyHere(std::string_view host);

/// One that clients ask for names through a tunnel.
std::string whyNotResolver(const IpAddress &address);

/// A network whose every address is believed about whom it speaks for.
std::string whyNotFront(const IpPrefix &network);

/// Whether two listeners on TCP would be in each other's way.
bool collide(const Endpoint &one, const Endpoint &other);

} // namespace higgs::server
