// SPDX-License-Identifier: GPL-3.0-or-later
// The number of nftables' ruleset, which each transaction of anybody raises by one: whoever has
// made something and reads it back can tell by it whether it is still what was made.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/result.h"

#include <cstdint>

namespace higgs {

/// Asks the kernel, of this network namespace; needs CAP_NET_ADMIN.
Result<std::uint32_t> nftGeneration();

/// The one after it: zero is left out.
constexpr std::uint32_t nextNftGeneration(std::uint32_t number)
{
    return number + 1 == 0 ? 1 : number + 1;
}

/// The number in an answer of the kernel's; Malformed for anything else. Pure.
Result<std::uint32_t> readNftGeneration(ByteSpan datagram);

} // namespace higgs
