// SPDX-License-Identifier: GPL-3.0-or-later
// Kernel settings under /proc/sys/net: read, changed, and put back.
#pragma once

#include "shared/base/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace higgs {

struct SysctlValue
{
    std::string path; ///< below /proc/sys: "net/ipv4/ip_forward"
    std::string value;

    friend bool operator==(const SysctlValue &, const SysctlValue &) = default;
};

/// "net/ipv4/..." or "net/ipv6/...", with no way out of there.
bool isSysctlPath(std::string_view path);

/// Without the newline; none: there is no such setting here.
std::optional<std::string> readSysctl(std::string_view path);

/// Success too when the setting has gone, with its interface.
Result<void> writeSysctl(const SysctlValue &setting);

/// The names of the interfaces in /proc/sys/net/ipv4/conf or .../ipv6/conf, "all" and "default"
/// included.
std::vector<std::string> sysctlInterfaces(std::string_view conf);

/// A machine that has switched IPv6 off keeps it in the tunnel at least, where it leaks nothing.
/// False where it may not even be switched on there.
bool canHaveIpv6(const std::string &interfaceName);

/// What `wanted` would change, as it is now, appended to `saved` unless it is in there already.
void rememberSysctls(std::span<const SysctlValue> wanted, std::vector<SysctlValue> &saved);

} // namespace higgs
