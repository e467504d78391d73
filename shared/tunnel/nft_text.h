// SPDX-License-Identifier: GPL-3.0-or-later
// Small pieces of nftables syntax, made of checked values only. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <string>
#include <vector>

namespace higgs {

/// "ip daddr " or "ip6 daddr ".
std::string nftDaddr(IpAddress::Family family);
std::string nftSaddr(IpAddress::Family family);

/// "{ a, b }"; must not be empty, as nft knows no empty anonymous set.
std::string nftSet(const std::vector<IpAddress> &addresses);
std::string nftSet(const std::vector<IpPrefix> &prefixes);
std::string nftSet(std::span<const std::string_view> prefixes);

} // namespace higgs
