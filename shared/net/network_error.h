// SPDX-License-Identifier: GPL-3.0-or-later
// What the network said of a datagram that was sent: the ICMP errors that the kernel queues for a
// socket with IP_RECVERR or IPV6_RECVERR (ip(7)).
#pragma once

#include "shared/base/endpoint.h"

#include <optional>

namespace higgs {

struct NetworkError
{
    IpAddress teller; ///< null: the kernel itself
    IpAddress about;  ///< where the datagram was to go
    bool hopsUsedUp = false;
    bool portClosed = false;
};

/// Asks the kernel to queue them; false when it does not.
bool queueNetworkErrors(int fd, IpAddress::Family family);
/// The next one; none: the queue is empty.
std::optional<NetworkError> nextNetworkError(int fd);

} // namespace higgs
