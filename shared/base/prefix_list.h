// SPDX-License-Identifier: GPL-3.0-or-later
// Lists of networks, made short: what lies in another goes, halves of one become it, and where that
// is not enough, shorter prefixes cover several. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <optional>
#include <vector>

namespace higgs {

/// The network of that length which the address is in; the length fits the family.
IpPrefix networkAround(const IpAddress &address, unsigned length);

/// Whether all of `inner` lies in `outer`.
bool contains(const IpPrefix &outer, const IpPrefix &inner);

/// The fewest prefixes that contain the same addresses; sorted, IPv4 first. Null ones are left out.
std::vector<IpPrefix> mergePrefixes(std::vector<IpPrefix> prefixes);

/// Of one family: at most `most` (and one at least) prefixes that contain those addresses and as
/// few others as may be; none of them was made shorter than `shortest`. None where that cannot be.
std::optional<std::vector<IpPrefix>> coverPrefixes(std::vector<IpPrefix> prefixes, std::size_t most,
                                                   unsigned shortest);

} // namespace higgs
