// SPDX-License-Identifier: GPL-3.0-or-later
// Watches the table that keeps WireGuard's UDP port to this machine: somebody who flushes nftables
// takes it along.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace higgs {

/// Takes away the guards of interfaces that have gone, whoever made them: a program that failed has
/// left them, or a state file that is lost was to tell of them. Nothing where nft is not to be had.
Result<void> removeStrayGuards();

class PortGuard
{
public:
    explicit PortGuard(std::string interfaceName) : m_name(std::move(interfaceName)) {}

    /// From now on, for the interface that stands now. A guard that is gone already is made anew,
    /// where WireGuard is to be asked for its port.
    void watch();
    void forget() { m_listing.clear(); }
    /// Also where nothing is watched, or the interface is gone, which the guard goes with.
    [[nodiscard]] bool stands() const;
    Result<void> putBack() const;

private:
    std::string m_name;
    unsigned m_index = 0;  ///< of the interface, as long as it lives
    std::string m_listing; ///< of the table as it has to be; empty: not watched
};

} // namespace higgs
