// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/ip_text.h"

#include "shared/tunnel/ip_json.h"

#include <algorithm>
#include <cstdlib>

namespace higgs {

using nlohmann::json;

json parseProgramJson(std::string_view text)
{
    json value = json::parse(text, nullptr, false);
    if (!value.is_discarded())
        return value;
    constexpr unsigned char LastAscii = 0x7f;
    std::string ascii(text);
    std::replace_if(
        ascii.begin(), ascii.end(),
        [](char each) { return static_cast<unsigned char>(each) > LastAscii; }, '?');
    return json::parse(ascii, nullptr, false);
}

Result<json> parseIpArray(std::string_view text)
{
    // `ip -j` prints nothing at all for an empty list of some objects.
    if (text.find_first_not_of(" \n") == std::string_view::npos)
        return json::array();
    json value = parseProgramJson(text);
    if (!value.is_array())
        return unexpected(ErrorCode::Malformed, "ip -j: not an array");
    if (!std::all_of(value.begin(), value.end(), [](const json &e) { return e.is_object(); }))
        return unexpected(ErrorCode::Malformed, "ip -j: not an array of objects");
    return value;
}

std::string textOf(const json &object, const char *key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint32_t numberOf(const json &object, const char *key)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_unsigned())
        return 0;
    constexpr std::uint64_t Limit = UINT32_MAX;
    return static_cast<std::uint32_t>(std::min(found->get<std::uint64_t>(), Limit));
}

namespace {

/// A route's interface, or the first of its next hops'.
std::string deviceOf(const json &route)
{
    const std::string device = textOf(route, "dev");
    const auto hops = route.find("nexthops");
    if (!device.empty() || hops == route.end() || !hops->is_array() || hops->empty() ||
        !hops->front().is_object())
        return device;
    return textOf(hops->front(), "dev");
}

bool isUnicast(const json &route)
{
    const std::string type = textOf(route, "type");
    return type.empty() || type == "unicast";
}

} // namespace

Result<std::optional<std::string>> parseDefaultRouteInterface(std::string_view text,
                                                              std::string_view except)
{
    const auto routes = parseIpArray(text);
    if (!routes)
        return unexpected(routes.error());
    std::optional<std::string> best;
    std::uint32_t bestMetric = 0;
    for (const json &route : *routes) {
        const std::string device = deviceOf(route);
        const std::uint32_t metric = numberOf(route, "metric");
        if (!isUnicast(route) || device == except || !checkInterfaceName(device))
            continue;
        if (!best || metric < bestMetric) {
            best = device;
            bestMetric = metric;
        }
    }
    return best;
}

Result<std::vector<std::string>> parseLinkNames(std::string_view text)
{
    const auto links = parseIpArray(text);
    if (!links)
        return unexpected(links.error());
    std::vector<std::string> names;
    for (const json &link : *links) {
        const auto name = link.find("ifname");
        if (name != link.end() && name->is_string())
            names.push_back(name->get<std::string>());
    }
    return names;
}

Result<std::vector<IpAddress>> parseDefaultGateways(std::string_view text)
{
    const auto routes = parseIpArray(text);
    if (!routes)
        return unexpected(routes.error());
    std::vector<IpAddress> gateways;
    const auto note = [&gateways](const json &hop) {
        if (const auto address = IpAddress::parse(textOf(hop, "gateway")))
            gateways.push_back(*address);
    };
    for (const json &route : *routes) {
        note(route);
        const auto hops = route.find("nexthops");
        if (hops == route.end() || !hops->is_array())
            continue;
        for (const json &hop : *hops) {
            if (hop.is_object())
                note(hop);
        }
    }
    return gateways;
}

Result<std::vector<TableRoute>> parseTableRoutes(std::string_view text)
{
    const auto routes = parseIpArray(text);
    if (!routes)
        return unexpected(routes.error());
    std::vector<TableRoute> result;
    for (const json &route : *routes) {
        const auto prefix = IpPrefix::parse(textOf(route, "dst")); // fails for "default"
        result.push_back({prefix ? std::optional(*prefix) : std::nullopt,
                          isUnicast(route) ? textOf(route, "dev") : std::string()});
    }
    return result;
}

namespace {

std::optional<IpPrefix> destinationOf(const json &rule)
{
    std::string text = textOf(rule, "dst");
    if (rule.contains("dstlen"))
        text += '/' + std::to_string(numberOf(rule, "dstlen"));
    const auto prefix = IpPrefix::parse(text);
    return prefix ? std::optional(*prefix) : std::nullopt;
}

std::optional<UserRange> usersOf(const json &rule)
{
    if (!rule.contains("uid_start") || !rule.contains("uid_end"))
        return std::nullopt;
    return UserRange{numberOf(rule, "uid_start"), numberOf(rule, "uid_end")};
}

PolicyRule ruleOf(const json &entry)
{
    PolicyRule rule;
    rule.priority = numberOf(entry, "priority");
    rule.table = textOf(entry, "table");
    rule.protocol = textOf(entry, "protocol");
    rule.vrf = entry.contains("l3mdev");
    rule.ipProtocol = textOf(entry, "ipproto");
    // A machine without /etc/protocols knows no names of them.
    if (rule.ipProtocol == "17" || rule.ipProtocol == "ipproto-17")
        rule.ipProtocol = "udp";
    else if (rule.ipProtocol == "6" || rule.ipProtocol == "ipproto-6")
        rule.ipProtocol = "tcp";
    rule.toPort = numberOf(entry, "dport");
    for (const auto &[key, value] : entry.items()) {
        if (key == "not")
            rule.inverted = true;
        else if (key == "fwmark" && value.is_string()) {
            const std::string text = value.get<std::string>();
            char *end = nullptr;
            const unsigned long mark = std::strtoul(text.c_str(), &end, 0);
            rule.foreign = rule.foreign || *end != '\0' || mark > UINT32_MAX;
            rule.mark = static_cast<std::uint32_t>(mark);
        } else if (key == "uid_start" || key == "uid_end") {
            rule.users = usersOf(entry);
            rule.foreign = rule.foreign || !rule.users;
        } else if (key == "dst") {
            rule.to = destinationOf(entry);
            rule.foreign = rule.foreign || !rule.to;
        } else if (key == "suppress_prefixlen") {
            rule.suppressDefault = value == 0;
            rule.foreign = rule.foreign || value != 0;
        } else if (key == "src") {
            rule.foreign = rule.foreign || value != "all";
        } else if (key != "priority" && key != "table" && key != "dstlen" && key != "protocol" &&
                   key != "ipproto" && key != "dport") {
            rule.foreign = true;
        }
    }
    return rule;
}

} // namespace

std::string UserRange::toString() const
{
    return std::to_string(first) + "-" + std::to_string(last);
}

Result<std::vector<PolicyRule>> parseRules(std::string_view text)
{
    const auto entries = parseIpArray(text);
    if (!entries)
        return unexpected(entries.error());
    std::vector<PolicyRule> rules;
    for (const json &entry : *entries) {
        if (!entry.contains("priority"))
            return unexpected(ErrorCode::Malformed, "ip -j rule: no priority");
        rules.push_back(ruleOf(entry));
    }
    return rules;
}

Result<std::string> parseLinkKind(std::string_view text)
{
    const auto links = parseIpArray(text);
    if (!links)
        return unexpected(links.error());
    for (const json &link : *links) {
        const auto info = link.find("linkinfo");
        if (info != link.end() && info->is_object())
            return textOf(*info, "info_kind");
    }
    return std::string();
}

Result<std::vector<IpAddress>> parseGlobalAddresses(std::string_view text)
{
    const auto links = parseIpArray(text);
    if (!links)
        return unexpected(links.error());
    std::vector<IpAddress> addresses;
    for (const json &link : *links) {
        const auto list = link.find("addr_info");
        if (list == link.end() || !list->is_array())
            continue;
        for (const json &entry : *list) {
            if (!entry.is_object() || textOf(entry, "scope") != "global")
                continue;
            if (const auto address = IpAddress::parse(textOf(entry, "local")))
                addresses.push_back(*address);
        }
    }
    return addresses;
}

} // namespace higgs
