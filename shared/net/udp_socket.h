// SPDX-License-Identifier: GPL-3.0-or-later
// Opening small UDP sockets of the control plane; the data path has sockets of its own.
#pragma once

#include "shared/base/endpoint.h"

#include <optional>
#include <string>

namespace higgs {

struct UdpSocketOptions
{
    std::string bindToInterface;       ///< SO_BINDTODEVICE; empty: any
    std::optional<std::uint32_t> mark; ///< SO_MARK
};

/// A non-blocking, close-on-exec socket bound to `local`, which the caller closes. An IPv6 wild
/// card takes IPv4 too. Permission when the system does not allow mark, interface or port;
/// AlreadyExists when the port is taken; else Network.
Result<int> openUdpSocket(const Endpoint &local, const UdpSocketOptions &options = {});

/// What the socket is bound to.
Endpoint localEndpoint(int fd);

} // namespace higgs
