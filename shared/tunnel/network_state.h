// SPDX-License-Identifier: GPL-3.0-or-later
// What the machine was before we changed it, as a value and as the text of a state file. Pure.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/tunnel/resolv_conf.h"
#include "shared/tunnel/sysctl.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace higgs {

enum class DnsMethod {
    None,       ///< untouched
    Resolved,   ///< systemd-resolved, per link
    Resolvconf, ///< resolvconf(8), per interface
    File,       ///< /etc/resolv.conf itself
};

/// Of a client. Written before each change: what is said here may not have been done yet, what is
/// not said here has not been done.
struct ClientState
{
    /// What the first version marked with, and its state file did not say.
    static constexpr std::uint32_t FirstExcludeMark = 0x48694778;

    std::string interfaceName;
    std::uint32_t mark = 0;
    std::uint32_t excludeMark = 0;
    std::uint32_t table = 0;
    bool allowLan = false;
    bool routed = false; ///< rules and table may be there
    std::vector<SysctlValue> sysctls;
    std::vector<std::string> hooks; ///< links whose traffic control got its hook from us
    DnsMethod dns = DnsMethod::None;
    std::optional<ResolvConf> resolvConf; ///< with DnsMethod::File

    friend bool operator==(const ClientState &, const ClientState &) = default;
};

/// Of a node.
struct ExitState
{
    std::string interfaceName;
    bool forwarded4 = false; ///< the machine forwarded before we came
    bool forwarded6 = false;
    std::vector<SysctlValue> sysctls;
    std::vector<IpPrefix> guests; ///< the networks whose connections have to be forgotten

    friend bool operator==(const ExitState &, const ExitState &) = default;
};

std::string encodeState(const ClientState &state);
std::string encodeState(const ExitState &state);
/// Malformed for anything that encodeState() would not write.
Result<ClientState> decodeClientState(std::string_view text);
Result<ExitState> decodeExitState(std::string_view text);

} // namespace higgs
