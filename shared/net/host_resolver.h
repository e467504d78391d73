// SPDX-License-Identifier: GPL-3.0-or-later
// Names to addresses, without blocking the caller's thread.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/reactor/reply.h"

#include <string>
#include <vector>

namespace higgs {

/// At most this many addresses of a name are tried.
constexpr std::size_t MaxResolvedAddresses = 16;

/// The addresses of `host`: itself when it is an IP address, else what the system's resolver says,
/// in its order. NotFound when the name has none; Unavailable when the resolver does not answer.
/// To be called on a thread with a Qt event loop, which the answer comes to.
void resolveHost(const std::string &host, Reply<Result<std::vector<IpAddress>>> reply);

} // namespace higgs
