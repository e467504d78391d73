// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the kernel's tidings mean that the way to the server may have changed: those of other
// interfaces than the tunnel's own and the self-test's, and not what repeats what was known. Pure.
#pragma once

#include "shared/tunnel/netlink_message.h"

#include <map>
#include <set>

namespace higgs {

class UplinkFilter
{
public:
    UplinkFilter(std::string ownInterface, std::uint32_t ownTable);

    /// Takes note of the event; true when paths should be tried afresh.
    bool matters(const NetworkEvent &event);

private:
    [[nodiscard]] bool isOwn(std::uint32_t index) const { return m_own.contains(index); }

    std::string m_canary;   ///< the self-test's, which comes and goes with each
    std::string m_entrance; ///< the same, of the trial whether guests get answers
    std::string m_ownInterface;
    std::uint32_t m_ownTable;
    std::set<std::uint32_t> m_own; ///< indices that the tunnel's interface had
    /// What links last said: whether they run, and what they are plugged into.
    std::map<std::uint32_t, std::pair<bool, std::uint32_t>> m_links;
    std::set<std::pair<std::uint32_t, IpAddress>> m_addresses;
};

} // namespace higgs
