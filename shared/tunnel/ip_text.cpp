// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/ip_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace higgs {

namespace {

using nlohmann::json;

// 0.0.0.0/1, 2000::/3 and the like are default routes in parts.
constexpr unsigned MinSpecificLength = 8;

Result<json> parseArray(std::string_view text)
{
    // `ip -j` prints nothing at all for an empty list of some objects.
    if (text.find_first_not_of(" \n") == std::string_view::npos)
        return json::array();
    json value = json::parse(text, nullptr, false);
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
    const auto routes = parseArray(text);
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

Result<std::vector<IpAddress>> parseDefaultGateways(std::string_view text)
{
    const auto routes = parseArray(text);
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

Result<std::vector<IpPrefix>> parseSpecificRoutes(std::string_view text)
{
    const auto routes = parseArray(text);
    if (!routes)
        return unexpected(routes.error());
    std::vector<IpPrefix> prefixes;
    for (const json &route : *routes) {
        const auto prefix = IpPrefix::parse(textOf(route, "dst")); // fails for "default"
        if (prefix && isUnicast(route) && prefix->length >= MinSpecificLength)
            prefixes.push_back(*prefix);
    }
    return prefixes;
}

Result<std::vector<std::uint32_t>> parseRulePriorities(std::string_view text)
{
    const auto rules = parseArray(text);
    if (!rules)
        return unexpected(rules.error());
    std::vector<std::uint32_t> priorities;
    for (const json &rule : *rules)
        priorities.push_back(numberOf(rule, "priority"));
    return priorities;
}

Result<std::string> parseLinkKind(std::string_view text)
{
    const auto links = parseArray(text);
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
    const auto links = parseArray(text);
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
