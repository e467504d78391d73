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

/// A batch that puts `text`, a whole table as our generators write it, in the place of the one that
/// stands, in one transaction and without a gap. A table that is deleted and made anew in one
/// transaction does have one: measured on Linux 6.18, while the new chains' hooks take over one
/// packet in a flood of them passes almost every time. So chains and sets stay, and what they hold
/// is exchanged; counters go on counting. `table` is family and name. Base chains must keep their
/// hooks between versions.
std::string nftReplacement(const std::string &table, const std::string &text);

} // namespace higgs
