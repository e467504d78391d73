// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the client's block stands, asked of the kernel itself: it has to be known too where nft
// or ip is gone, and at every status.
#pragma once

#include "shared/base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>

namespace higgs {

/// The kill switch's chain is there, and drops what it does not know. nullopt: not to be known.
std::optional<bool> rulesBlock();
/// A rule of ours leads to `table`, and no packet of any program leaves but by `tunnel`.
bool routesBlock(std::uint32_t table, const std::string &tunnel);
/// One of the two barriers stands.
std::optional<bool> blockStands(std::uint32_t table, const std::string &tunnel);

/// Of an answer to the question for the chain. Pure.
std::optional<bool> readChain(ByteSpan datagram);

} // namespace higgs
