// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_fuse.h"

#include "shared/tunnel/exit_ruleset.h"
#include "shared/tunnel/ip_json.h"

namespace higgs {

namespace {

static_assert(GuestConnections + GuestConnectionBurst + PortMemory * GuestConnectionRate <=
                  LastGuestPort - FirstGuestPort,
              "one guest could take every port from the others");

std::string familySets(const std::string &number, const std::string &type)
{
    const auto set = [&number](const char *name, const std::string &key, const char *rest) {
        return "    set " + (name + number) + " {\n        type " + key + "\n" + rest + "    }\n";
    };
    return set("used", type + " . mark",
               "        size 262144\n        flags dynamic,timeout\n        timeout 1m\n") +
           set("pace", type,
               "        size 16384\n        flags dynamic,timeout\n        timeout 1m\n") +
           set("cut", type,
               "        size 16384\n        flags dynamic,timeout\n        timeout 1m\n") +
           // A bucket is full again after 80 s: then it may be forgotten.
           set("fresh", type,
               "        size 16384\n        flags dynamic,timeout\n        timeout 80s\n") +
           set("held", type, "        size 16384\n        flags dynamic\n");
}

/// For a new connection: known destination, or one more; over the pace the fuse blows.
std::string familyRules(const std::string &number, const std::string &ip)
{
    const std::string guest = ip + " saddr";
    return "        " + guest + " @cut" + number + " drop\n" + //
           "        meta nfproto ipv" + number + " meta mark set jhash " + ip +
           " daddr mod 4096\n" + "        " + guest + " . meta mark != @used" + number +
           " add @used" + number + " { " + guest + " . meta mark } goto more" + number + "\n";
}

std::string more(const std::string &number, const std::string &ip)
{
    const std::string guest = ip + " saddr";
    return "    chain more" + number + " {\n        meta mark set 0\n        add @pace" + number +
           " { " + guest + " limit rate over " + std::to_string(FuseRate) + "/second burst " +
           std::to_string(FuseBurst) + " packets } add @cut" + number + " { " + guest +
           " } drop\n    }\n";
}

/// A new connection over the pace is not answered: TCP asks again a second later, and gets through.
/// Only the first packet counts, of UDP, too. The pace comes first, so that a flood never reaches
/// the count: its list is walked for each connection, and older kernels clean it eight at a time.
std::string share(const std::string &tunnel)
{
    std::string text = "    chain share {\n"
                       "        type filter hook forward priority 10; policy accept;\n"
                       "        ct state != new accept\n        iifname != \"" +
                       tunnel + "\" accept\n        ct status confirmed accept\n";
    for (const auto &[number, ip] : {std::pair{"4", "ip"}, std::pair{"6", "ip6"}})
        text += std::string("        update @fresh") + number + " { " + ip +
                " saddr limit rate over " + std::to_string(GuestConnectionRate) + "/second burst " +
                std::to_string(GuestConnectionBurst) + " packets } drop\n" + "        add @held" +
                number + " { " + ip + " saddr ct count over " + std::to_string(GuestConnections) +
                " } reject with icmpx type admin-prohibited\n";
    return text + "    }\n";
}

} // namespace

std::string fuseRuleset(const std::string &tunnel)
{
    // Before the exit policy: a scan of what is forbidden anyway counts as one.
    return fuseRulesetRemoval() + "table " + FuseTable + " {\n" + familySets("4", "ipv4_addr") +
           familySets("6", "ipv6_addr") + more("4", "ip") + more("6", "ip6") +
           "    chain forward {\n"
           "        type filter hook forward priority -10; policy accept;\n"
           "        ct state != new accept\n        iifname != \"" +
           tunnel + "\" accept\n" + familyRules("4", "ip") + familyRules("6", "ip6") +
           "        meta mark set 0\n    }\n" + share(tunnel) + "}\n";
}

std::string fuseRulesetRemoval()
{
    const std::string table = std::string("table ") + FuseTable;
    return table + " {}\ndelete " + table + "\n";
}

std::vector<IpAddress> parseCutGuests(std::string_view text)
{
    using nlohmann::json;
    std::vector<IpAddress> guests;
    const json document = parseProgramJson(text);
    try {
        for (const json &entry : document.at("nftables")) {
            if (!entry.contains("set") || !entry.at("set").contains("elem"))
                continue;
            for (const json &element : entry.at("set").at("elem")) {
                const json &value = element.is_object() ? element.at("elem").at("val") : element;
                if (const auto address = IpAddress::parse(value.get<std::string>()))
                    guests.push_back(*address);
            }
        }
    } catch (const json::exception &) {
        guests.clear();
    }
    return guests;
}

} // namespace higgs
