// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_barrier_link.h"

#include "shared/tunnel/command.h"

namespace higgs {

namespace {

Result<std::string> listFilters(const std::string &interfaceName)
{
    return runCommand("tc", {"filter", "show", "dev", interfaceName, "ingress"});
}

} // namespace

Result<void> ExitBarrierLink::raise(const std::string &bytecode)
{
    if (!isUp()) {
        const auto hooked = runCommand("tc", {"qdisc", "replace", "dev", m_interface, "clsact"});
        if (!hooked)
            return unexpected(hooked.error());
    }
    // Under one handle the kernel exchanges programs without a gap.
    const auto raised = runCommand("tc", {"filter", "replace", "dev", m_interface, "ingress",
                                          "protocol", "all", "pref", "1", "handle", "1", "bpf",
                                          "bytecode", bytecode, "direct-action"});
    if (!raised)
        return unexpected(raised.error());
    auto listed = listFilters(m_interface);
    if (!listed)
        return unexpected(listed.error());
    if (listed->find("direct-action") == std::string::npos ||
        listed->find("'" + bytecode + "'") == std::string::npos)
        return unexpected(ErrorCode::System, "the barrier does not stand as it was raised");
    m_listing = std::move(*listed);
    return {};
}

std::string ExitBarrierLink::change() const
{
    if (!isUp())
        return {};
    const auto now = listFilters(m_interface);
    if (now && *now == m_listing)
        return {};
    return "the second barrier is gone or changed";
}

} // namespace higgs
