// SPDX-License-Identifier: GPL-3.0-or-later
// A machine given back for a node that is dead: what of an exit is found, taken away, and still
// there afterwards, each as the kernel says.
#pragma once

#include "shared/tunnel/network_state.h"

#include <string>
#include <string_view>
#include <vector>

namespace higgs {

/// Each a phrase for a person: "table inet higgs_node", "interface higgs-exit0".
struct ExitRestoration
{
    std::vector<std::string> undone;
    std::vector<std::string> left;   ///< on purpose, with the reason
    std::vector<std::string> failed; ///< with the reason

    friend bool operator==(const ExitRestoration &, const ExitRestoration &) = default;
};

/// ExitNetwork::restore() without a running daemon, and its tunnel interfaces: the one in the state
/// file, and the one named unless that is empty. Synchronous; repeated it finds nothing.
ExitRestoration restoreExit(const std::string &stateDir, const std::string &interfaceName);

/// The nftables tables of an exit with these interfaces, out of `nft list tables`. Pure.
std::vector<std::string> exitTables(std::string_view listing,
                                    const std::vector<std::string> &interfaces);

} // namespace higgs
