// SPDX-License-Identifier: GPL-3.0-or-later
// What `wg show NAME dump` prints, as values. Pure.
#pragma once

#include "shared/tunnel/device.h"

namespace higgs {

struct WgDump
{
    std::uint16_t listenPort = 0;
    std::vector<PeerStats> peers;
};

/// Tab-separated as in wg(8): a line for the interface, then one for each peer. The interface's
/// private key, which is in there, is looked over, not kept.
Result<WgDump> parseWgDump(std::string_view text);

} // namespace higgs
