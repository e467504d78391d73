// SPDX-License-Identifier: GPL-3.0-or-later
// Makes the kernel forget connections that somebody began.
#pragma once

#include "shared/base/endpoint.h"

namespace higgs {

/// Every connection begun from within one of the prefixes; returns how many there were. Blocks for
/// some milliseconds, as the kernel's whole table is read. Needs CAP_NET_ADMIN. System: the kernel
/// does not let its table be read.
Result<std::size_t> forgetConnections(std::span<const IpPrefix> sources);

} // namespace higgs
