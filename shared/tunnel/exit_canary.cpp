// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_canary.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/nft_text.h"
#include "shared/tunnel/sysctl.h"
#include "shared/tunnel/tun_interface.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace higgs {

namespace {

constexpr const char *CanaryTable = "inet higgs_canary";
// The kernel handles a packet within the write() that brings it, unless the machine spreads its
// network load over processors: then a moment later.
constexpr Milliseconds Settle{50};
constexpr Milliseconds LongestWait{500};

class NotingRules
{
public:
    NotingRules() = default;
    NotingRules(const NotingRules &) = delete;
    NotingRules &operator=(const NotingRules &) = delete;
    ~NotingRules() { std::ignore = runNft(canaryRulesetRemoval()); }
};

/// A guest's way back, so that the kernel finds its address plausible.
Result<void> routeTo(const std::string &name, const AttackedHome &home)
{
    auto done = runCommand("ip", {"link", "set", "dev", name, "up"});
    for (const IpPrefix &network : {home.network4, home.network6}) {
        const IpAddress address = canaryAddress(network);
        if (done && !address.isNull())
            done = runCommand("ip", {"route", "replace",
                                     address.toString() + (address.isV4() ? "/32" : "/128"), "dev",
                                     name});
    }
    return done ? Result<void>() : unexpected(done.error());
}

Result<ReachedSet> listReached()
{
    const auto json = runCommand("nft", {"-j", "-p", "list", "table", "inet", "higgs_canary"});
    if (!json)
        return unexpected(json.error());
    return parseReached(*json);
}

bool has(const ReachedSet &reached, const ExitTarget &target)
{
    return reached.contains({target.address, target.protocol, target.port});
}

} // namespace

std::string canaryInterface(const std::string &tunnel)
{
    return nameBeside(tunnel, 'c', 'k');
}

std::string canaryRuleset(const std::string &interfaceName, const AttackedHome &home)
{
    const auto chain = [](const char *name, const char *hook, const std::string &match) {
        std::string text = std::string("    chain ") + name + " {\n        type filter hook " +
                           hook + "; policy accept;\n";
        for (const char *family : {"4", "6"})
            text += "        " + match + "meta nfproto ipv" + family + " add @reached" + family +
                    " { ip" + (family[0] == '6' ? "6" : "") +
                    " daddr . meta l4proto . th dport }\n";
        return text;
    };
    std::string text = canaryRulesetRemoval() + "table " + CanaryTable + " {\n";
    for (const auto &[name, type] : {std::pair{"4", "ipv4_addr"}, std::pair{"6", "ipv6_addr"}})
        text += std::string("    set reached") + name + " {\n        type " + type +
                " . inet_proto . inet_service\n        size 4096\n        flags dynamic\n    }\n";
    // After every filter, before the NAT that would change its source.
    text += "    chain leaving {\n        type filter hook postrouting priority 90; policy "
            "accept;\n";
    for (const IpPrefix &network : {home.network4, home.network6}) {
        if (network.address.isNull())
            continue;
        const auto family = network.address.family();
        const std::string set = family == IpAddress::Family::V4 ? "4" : "6";
        const std::string from =
            nftSaddr(family) + nftSet(std::vector{canaryAddress(network), spoofedAddress(family)});
        text.append("        ").append(from).append(" add @reached").append(set);
        text.append(" { ").append(nftDaddr(family)).append(". meta l4proto . th dport }\n");
        text.append("        ").append(from).append(" drop\n");
    }
    text += "    }\n";
    text += chain("arriving", "input priority 90", "iifname \"" + interfaceName + "\" ");
    text += "        iifname \"" + interfaceName + "\" drop\n    }\n}\n";
    return text;
}

std::string canaryRulesetRemoval()
{
    const std::string table = std::string("table ") + CanaryTable;
    return table + " {}\ndelete " + table + "\n";
}

Result<std::vector<ExitTrial>> attackExit(const std::string &tunnel, const AttackedHome &whole)
{
    const std::string name = canaryInterface(tunnel);
    if (const auto ruled = runNft(canaryRuleset(name, whole)); !ruled)
        return unexpected(ruled.error());
    const NotingRules table;
    const auto tun = openTunInterface(name);
    if (!tun)
        return unexpected(tun.error());
    AttackedHome home = whole;
    // Where no interface may have IPv6, or it was switched off meanwhile, the tunnel has none, and
    // no guest can send any: IPv4 is judged alone.
    const auto off = readSysctl("net/ipv6/conf/" + tunnel + "/disable_ipv6");
    if (off == "1" || (!canHaveIpv6(name) && off != "0"))
        home.network6 = {};
    if (const auto routed = routeTo(name, home); !routed)
        return unexpected(routed.error());

    const std::vector<ExitTarget> targets = attackTargets(home);
    for (const ExitTarget &target : targets) {
        const Bytes packet = attackPacket(home, target);
        if (::write(tun->get(), packet.data(), packet.size()) !=
            static_cast<ssize_t>(packet.size()))
            return unexpected(ErrorCode::System, describeErrno("write to " + name, errno));
    }
    const Monotonic deadline = monotonicNow() + LongestWait;
    Result<ReachedSet> reached = listReached();
    const auto allControls = [&] {
        return std::all_of(targets.begin(), targets.end(), [&](const ExitTarget &target) {
            return target.kind != TargetKind::Control || has(*reached, target);
        });
    };
    while (reached && !allControls() && monotonicNow() < deadline) {
        ::poll(nullptr, 0, static_cast<int>(Settle.count()));
        reached = listReached();
    }
    if (!reached)
        return unexpected(reached.error());
    std::vector<ExitTrial> trials;
    trials.reserve(targets.size());
    for (const ExitTarget &target : targets)
        trials.push_back({target, has(*reached, target)});
    return trials;
}

} // namespace higgs
