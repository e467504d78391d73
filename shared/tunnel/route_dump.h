// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel's table of routes, as it tells it: a dump of datagrams with a message a route
// (rtnetlink(7)).
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/endpoint.h"

#include <functional>

namespace higgs {

/// What follows a route's header; false: it is broken.
using EachRouteMessage = std::function<bool(ByteReader body)>;

/// For the routes in one datagram of a dump, in its order; true: it was the last one. Malformed
/// when a message does not end where it says, or a route is broken. Pure.
Result<bool> readRouteMessages(ByteSpan datagram, const EachRouteMessage &each);

/// Asks for all routes of a family, of all tables. Takes some milliseconds for ten thousand, and
/// keeps none. System: the kernel did not answer; else the errors of `read`, which is given each
/// datagram and has the meaning of readRouteMessages()'s answer.
Result<void> dumpRoutes(IpAddress::Family family,
                        const std::function<Result<bool>(ByteSpan datagram)> &read);

} // namespace higgs
