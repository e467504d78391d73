// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_forwarding.h"

#include "shared/tunnel/exit_surroundings.h"
#include "shared/tunnel/interface_address.h"

#include <algorithm>

namespace higgs {

namespace {

constexpr const char *Forwarding4 = "net/ipv4/ip_forward";
constexpr const char *Forwarding6 = "net/ipv6/conf/all/forwarding";

/// What has to be so before IPv6 is forwarded, or this machine itself loses it.
std::vector<SysctlValue> wantedBeforeForwarding6(const std::string &tunnel)
{
    std::vector<SysctlValue> wanted;
    // Forwarding makes a host deaf to router advertisements, unless it is told 2 beforehand.
    for (const std::string &name : sysctlInterfaces("net/ipv6/conf")) {
        const std::string path = "net/ipv6/conf/" + name + "/accept_ra";
        if (name != tunnel && name != "lo" && readSysctl(path) == "1")
            wanted.push_back({path, "2"});
    }
    return wanted;
}

/// What cards that came or were renamed meanwhile have from `default`, which was changed for us.
void addInherited(std::vector<SysctlValue> &saved)
{
    const auto entryOf = [&saved](const std::string &path) {
        return std::find_if(saved.begin(), saved.end(),
                            [&path](const SysctlValue &each) { return each.path == path; });
    };
    const auto inherited = entryOf("net/ipv6/conf/default/accept_ra");
    if (inherited == saved.end())
        return;
    const std::string before = inherited->value;
    for (const std::string &name : sysctlInterfaces("net/ipv6/conf")) {
        const std::string path = "net/ipv6/conf/" + name + "/accept_ra";
        if (entryOf(path) == saved.end() && readSysctl(path) == "2")
            saved.push_back({path, before});
    }
}

/// Where /proc/sys may not be written (a container), what is right already is as good.
Result<void> makeSo(const SysctlValue &setting)
{
    const auto written = writeSysctl(setting);
    return written || readSysctl(setting.path) == setting.value ? Result<void>() : written;
}

} // namespace

bool isForwarding4()
{
    return readSysctl(Forwarding4) == "1";
}

bool isForwarding6()
{
    return readSysctl(Forwarding6) == "1";
}

bool forwardingGoesOn()
{
    return readSysctl(Forwarding4) == "0" || readSysctl(Forwarding6) == "0";
}

std::vector<SysctlValue> sideEffectsOfForwarding()
{
    // inet_forward_change(): "accept_redirects" off, and forwarding on every interface.
    std::vector<SysctlValue> changed{{"net/ipv4/conf/all/accept_redirects", "0"}};
    for (const char *conf : {"net/ipv4/conf", "net/ipv6/conf"}) {
        for (const std::string &name : sysctlInterfaces(conf)) {
            if (name != "all")
                changed.push_back({std::string(conf) + "/" + name + "/forwarding", "1"});
        }
    }
    return changed;
}

std::vector<SysctlValue> wantedForForwarding(const std::string &tunnel)
{
    std::vector<SysctlValue> wanted = wantedBeforeForwarding6(tunnel);
    wanted.push_back({Forwarding6, "1"});
    wanted.push_back({Forwarding4, "1"});
    return wanted;
}

Result<void> forwardIpv4()
{
    const auto so = makeSo({Forwarding4, "1"});
    if (so)
        return so;
    return unexpected(so.error().code,
                      so.error().detail +
                          ": set net.ipv4.ip_forward=1 (sysctl) where this service may not");
}

Result<void> forwardIpv6(const std::string &tunnel)
{
    if (readSysctl(Forwarding6) == "1")
        return {};
    for (const SysctlValue &setting : wantedBeforeForwarding6(tunnel)) {
        if (const auto so = makeSo(setting); !so)
            return so;
    }
    return makeSo({Forwarding6, "1"});
}

Result<void> putBack(std::vector<SysctlValue> &saved)
{
    addInherited(saved);
    Result<void> total;
    for (auto setting = saved.rbegin(); setting != saved.rend(); ++setting) {
        const auto written = writeSysctl(*setting);
        if (total && !written && readSysctl(setting->path) != setting->value)
            total = written;
    }
    if (total)
        saved.clear();
    return total;
}

std::vector<std::string> interfacesOf(const ExitState &state)
{
    constexpr std::string_view Start = "net/ipv4/conf/";
    constexpr std::string_view End = "/forwarding";
    std::vector<std::string> names;
    for (const SysctlValue &setting : state.sysctls) {
        const std::string_view path = setting.path;
        if (!path.starts_with(Start) || !path.ends_with(End))
            continue;
        std::string name(path.substr(Start.size(), path.size() - Start.size() - End.size()));
        if (checkInterfaceName(name) && name != "all" && name != "default" && name != "lo")
            names.push_back(std::move(name));
    }
    return names;
}

bool isNeededByOthers(const ExitState &state)
{
    const std::vector<std::string> before = interfacesOf(state);
    const std::vector<std::string> bridges = guestBridges(state.interfaceName);
    return !before.empty() &&
           std::any_of(bridges.begin(), bridges.end(), [&](const std::string &name) {
               return std::find(before.begin(), before.end(), name) == before.end();
           });
}

} // namespace higgs
