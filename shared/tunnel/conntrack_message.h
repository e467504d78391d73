// SPDX-License-Identifier: GPL-3.0-or-later
// What is said to the kernel's connection tracking over NETLINK_NETFILTER, and what it answers.
// Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <vector>

namespace higgs {

/// Asks for all connections of a family.
Bytes conntrackDump(IpAddress::Family family);

struct ConntrackEntry
{
    IpAddress source; ///< who began it
    Bytes key;        ///< the attributes by which the kernel finds it again, as it wrote them
};

/// One datagram of answers.
struct ConntrackAnswer
{
    std::vector<ConntrackEntry> entries;
    bool ended = false; ///< of a dump, or by an acknowledgement
    int error = 0;      ///< of errno, when it ended so
};

/// Malformed when a message or attribute goes beyond the datagram. Total.
Result<ConntrackAnswer> parseConntrackAnswer(ByteSpan datagram);

/// Ends the kernel's memory of the connection; it acknowledges, with ENOENT if it had gone.
Bytes conntrackDeletion(const ConntrackEntry &entry);

} // namespace higgs
