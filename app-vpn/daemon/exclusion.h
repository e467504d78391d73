// SPDX-License-Identifier: GPL-3.0-or-later
// Programs outside the tunnel: whether this machine is set up for them, how a controller starts
// one, and how many run. The firewall's part is in shared/tunnel/client_ruleset.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/json.h"

#include <cstdint>
#include <optional>
#include <string>

namespace higgs::vpn {

/// The mechanism is a group, not a control group: it needs no root but at installation, works with
/// and without cgroup v2, and is inherited by every child.
class Exclusion
{
public:
    /// Looks the group and the launcher up, which stands beside this executable.
    static Exclusion find();

    [[nodiscard]] std::optional<std::uint32_t> gid() const { return m_gid; }
    /// Why it cannot be done; empty: it can.
    [[nodiscard]] const std::string &reason() const { return m_reason; }
    void giveUp(std::string reason) { m_reason = std::move(reason); }

    /// Processes of the group, as far as this daemon may see them; counted anew every few seconds.
    [[nodiscard]] std::optional<std::size_t> running(Monotonic now);
    /// The answer to `exclude {action: "describe"}`.
    [[nodiscard]] protocol::Json describe() const;

private:
    std::optional<std::uint32_t> m_gid;
    std::string m_launcher;
    std::string m_reason;
    std::optional<std::size_t> m_running;
    std::optional<Monotonic> m_counted;
};

/// True for the text of /proc/PID/status of a process whose effective group is `gid`. Pure.
bool hasEffectiveGroup(std::string_view processStatus, std::uint32_t gid);

} // namespace higgs::vpn
