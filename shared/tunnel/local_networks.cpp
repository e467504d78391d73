// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/local_networks.h"

#include "shared/base/prefix_list.h"
#include "shared/tunnel/ip_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <tuple>

namespace higgs {

namespace {

using nlohmann::json;

// Shorter ones are parts of a default route.
constexpr unsigned MinLocalLength = 8;

// What an engine plugs into its bridge: a container's cable, a virtual machine's tap.
constexpr std::array<std::string_view, 3> GuestKinds{"veth", "tun", "dummy"};

std::string kindOf(const json &link)
{
    const auto info = link.find("linkinfo");
    return info != link.end() && info->is_object() ? textOf(*info, "info_kind") : std::string();
}

bool hasFlag(const json &object, const char *flag)
{
    const auto flags = object.find("flags");
    return flags != object.end() && flags->is_array() &&
           std::find(flags->begin(), flags->end(), flag) != flags->end();
}

/// Of a bridge.
bool isGuestPort(const json &link)
{
    return link.contains("master") &&
           std::find(GuestKinds.begin(), GuestKinds.end(), kindOf(link)) != GuestKinds.end();
}

std::optional<std::array<std::uint8_t, 6>> parseEthernet(const std::string &text)
{
    std::array<std::uint8_t, 6> address{};
    constexpr std::size_t Step = 3; // two digits and a colon
    if (text.size() != address.size() * Step - 1)
        return {};
    for (std::size_t i = 0; i < address.size(); ++i) {
        const char *at = text.data() + Step * i;
        if (std::from_chars(at, at + 2, address[i], 16).ptr != at + 2)
            return {};
    }
    return address;
}

bool isTrue(const json &object, const char *name)
{
    const auto flag = object.find(name);
    return flag != object.end() && flag->is_boolean() && flag->get<bool>();
}

/// What the machine made of a router's advertisement, RFC 4862: any guest can send one. One without
/// an end has no other sign than how its second half was made.
bool isLearnt(const json &entry, const IpAddress &address, const json &link)
{
    if (isTrue(entry, "dynamic") || isTrue(entry, "stable-privacy") || isTrue(entry, "temporary") ||
        isTrue(entry, "mngtmpaddr") || textOf(entry, "protocol") == "kernel_ra")
        return true;
    const auto mac = parseEthernet(textOf(link, "address"));
    if (!mac || !address.isV6())
        return false;
    std::array<std::uint8_t, 8> made{};
    std::copy(mac->begin(), mac->begin() + 3, made.begin());
    made[0] ^= 2; // RFC 4291, appendix A
    made[3] = 0xff;
    made[4] = 0xfe;
    std::copy(mac->begin() + 3, mac->end(), made.begin() + 5);
    return std::equal(made.begin(), made.end(), address.bytes().begin() + 8);
}

/// A guest must not say which networks of the Internet are its own.
std::vector<IpPrefix> prefixesAt(const json &link)
{
    std::vector<IpPrefix> prefixes;
    const auto list = link.find("addr_info");
    if (list == link.end() || !list->is_array())
        return prefixes;
    for (const json &entry : *list) {
        if (!entry.is_object())
            continue;
        const auto address = IpAddress::parse(textOf(entry, "local"));
        const unsigned length = numberOf(entry, "prefixlen");
        if (!address || length < MinLocalLength || length > address->bytes().size() * 8 ||
            (isGlobalUnicast(*address) && isLearnt(entry, *address, link)))
            continue;
        const IpPrefix prefix = networkAround(*address, length);
        if (std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end())
            prefixes.push_back(prefix);
    }
    std::sort(prefixes.begin(), prefixes.end(), [](const IpPrefix &a, const IpPrefix &b) {
        return a.address == b.address ? a.length < b.length : a.address < b.address;
    });
    return prefixes;
}

} // namespace

namespace {

/// By DHCP: whoever gave it leads further. (A router's advertisement may be any guest's.)
bool hasGivenAddress(const json &link)
{
    const auto list = link.find("addr_info");
    return list != link.end() && list->is_array() &&
           std::any_of(list->begin(), list->end(), [](const json &entry) {
               const auto address =
                   IpAddress::parse(entry.is_object() ? textOf(entry, "local") : std::string());
               return address && address->isV4() && isTrue(entry, "dynamic");
           });
}

/// Bridges, and others, that lead to more than guests.
std::set<std::string> uplinks(const json &links, const std::set<std::string> &ways)
{
    std::set<std::string> found = ways;
    for (const json &link : links) {
        if (!isGuestPort(link))
            found.insert(textOf(link, "master"));
        if (hasGivenAddress(link))
            found.insert(textOf(link, "ifname"));
    }
    return found;
}

bool isMacOfSomebody(const std::string &mac)
{
    constexpr std::string_view OddDigits = "13579bdf"; // of a group's address, in the second place
    return mac.size() == 17 && OddDigits.find(mac[1]) == std::string_view::npos &&
           mac != "00:00:00:00:00:00";
}

void note(std::vector<BesideGuests> &all, const std::string &interfaceName,
          const std::string &guest, bool bridged)
{
    const auto same = [&](const BesideGuests &each) {
        return each.interfaceName == interfaceName && each.bridged == bridged;
    };
    auto found = std::find_if(all.begin(), all.end(), same);
    if (found == all.end())
        found = all.insert(all.end(), {interfaceName, {}, bridged, false});
    found->guests.push_back(guest);
}

/// The first of each family that is more than the link's own.
void noteAddresses(std::vector<UplinkAddress> &all, const json &link)
{
    const auto list = link.find("addr_info");
    if (list == link.end() || !list->is_array())
        return;
    std::set<IpAddress::Family> noted;
    for (const json &entry : *list) {
        const auto address =
            IpAddress::parse(entry.is_object() ? textOf(entry, "local") : std::string());
        if (address && textOf(entry, "scope") == "global" && all.size() < MaxUplinks &&
            noted.insert(address->family()).second)
            all.push_back({textOf(link, "ifname"), *address});
    }
}

} // namespace

Result<std::vector<BesideGuests>> parseBeside(std::string_view text,
                                              const std::set<std::string> &ways,
                                              const std::vector<StationTable> &stations)
{
    const auto links = parseIpArray(text);
    if (!links)
        return unexpected(links.error());
    const std::set<std::string> leadOut = uplinks(*links, ways);
    std::set<std::string> own;
    std::set<std::string> cards; // and whatever else can carry others' frames out
    for (const json &link : *links) {
        own.insert(textOf(link, "address"));
        if (kindOf(link) != "vxlan" &&
            (kindOf(link) != "bridge" || leadOut.contains(textOf(link, "ifname"))))
            cards.insert(textOf(link, "ifname"));
    }
    std::vector<BesideGuests> all;
    for (const json &link : *links) {
        const std::string bridge = textOf(link, "master");
        if (isGuestPort(link) && leadOut.contains(bridge))
            note(all, bridge, textOf(link, "ifname"), true);
        if (kindOf(link) == "macvtap")
            note(all, textOf(link, "link"), textOf(link, "ifname"), false);
    }
    for (const StationTable &table : stations) {
        const auto list = parseIpArray(table.json);
        if (!list)
            return unexpected(list.error());
        for (const json &station : *list) {
            const std::string mac = textOf(station, "mac");
            if (isMacOfSomebody(mac) && !own.contains(mac) && cards.contains(table.card) &&
                hasFlag(station, "self") && !station.contains("master"))
                note(all, table.card, mac, false);
        }
    }
    std::erase_if(all, [](const auto &each) { return !checkInterfaceName(each.interfaceName); });
    for (BesideGuests &each : all)
        std::sort(each.guests.begin(), each.guests.end());
    std::sort(all.begin(), all.end(), [](const auto &a, const auto &b) {
        return std::tie(a.interfaceName, a.bridged) < std::tie(b.interfaceName, b.bridged);
    });
    return all;
}

std::vector<std::string> stationCards(std::string_view text)
{
    constexpr std::array<std::string_view, 6> Cards{"", "veth", "bond", "vlan", "team", "dummy"};
    constexpr std::array<std::string_view, 1> Bridges{"bridge"};
    std::vector<std::string> cards;
    const auto links = parseIpArray(text);
    const auto add = [&](std::span<const std::string_view> kinds) {
        for (const json &link : links ? *links : json::array()) {
            const std::string name = textOf(link, "ifname");
            if (cards.size() < MaxStationCards && hasFlag(link, "UP") &&
                !hasFlag(link, "LOOPBACK") && !link.contains("master") &&
                checkInterfaceName(name) &&
                std::find(kinds.begin(), kinds.end(), kindOf(link)) != kinds.end())
                cards.push_back(name);
        }
    };
    add(Cards);
    add(Bridges);
    return cards;
}

Result<ClientSurroundings>
parseSurroundings(std::string_view text, const std::set<std::string> &ways, std::string_view tunnel)
{
    const auto links = parseIpArray(text);
    if (!links)
        return unexpected(links.error());
    const std::set<std::string> leadOut = uplinks(*links, ways);
    ClientSurroundings found;
    for (const json &link : *links) {
        LocalNetwork network{textOf(link, "ifname"), {}, numberOf(link, "ifindex")};
        if (network.interfaceName == tunnel) {
            found.tunnelMtu = numberOf(link, "mtu");
            continue;
        }
        const bool local = kindOf(link) == "bridge" && !leadOut.contains(network.interfaceName) &&
                           !link.contains("master");
        if (!local && hasFlag(link, "UP") && !hasFlag(link, "LOOPBACK") &&
            checkInterfaceName(network.interfaceName))
            noteAddresses(found.uplinks, link);
        if (kindOf(link) != "bridge" || !hasFlag(link, "UP") || link.contains("master") ||
            leadOut.contains(network.interfaceName) || !checkInterfaceName(network.interfaceName))
            continue;
        network.prefixes = prefixesAt(link);
        found.locals.push_back(std::move(network));
    }
    std::sort(found.locals.begin(), found.locals.end(),
              [](const auto &a, const auto &b) { return a.interfaceName < b.interfaceName; });
    return found;
}

std::string nftNames(const std::vector<LocalNetwork> &networks)
{
    std::string set;
    for (const LocalNetwork &network : networks)
        set += (set.empty() ? "{ \"" : ", \"") + network.interfaceName + "\"";
    return set + " }";
}

std::vector<IpPrefix> prefixesOf(const std::vector<LocalNetwork> &networks,
                                 IpAddress::Family family)
{
    std::vector<IpPrefix> result;
    for (const LocalNetwork &network : networks) {
        for (const IpPrefix &prefix : network.prefixes) {
            if (prefix.address.family() == family &&
                std::find(result.begin(), result.end(), prefix) == result.end())
                result.push_back(prefix);
        }
    }
    return result;
}

} // namespace higgs
