// SPDX-License-Identifier: GPL-3.0-or-later
// The barrier on its interface, by `tc`: put up, exchanged, and compared with what stands there.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace higgs {

/// Synchronous. Takes nothing away: the barrier goes with its interface.
class ExitBarrierLink
{
public:
    explicit ExitBarrierLink(std::string interfaceName) : m_interface(std::move(interfaceName)) {}

    /// `bytecode` as barrierText() writes it. Repeated it replaces the former one in one step.
    /// System: no such interface, or the kernel has no cls_bpf or clsact; NotFound: there is no
    /// `tc`.
    Result<void> raise(const std::string &bytecode);
    [[nodiscard]] bool isUp() const { return !m_listing.empty(); }
    /// The interface is gone, and so is the barrier.
    void forget() { m_listing.clear(); }
    /// Empty if it stands as it was raised, else what differs.
    [[nodiscard]] std::string change() const;

private:
    std::string m_interface;
    std::string m_listing; ///< of the interface's filters, right after it was raised
};

} // namespace higgs
