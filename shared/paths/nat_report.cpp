// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/nat_report.h"

namespace higgs {

using protocol::Json;
using protocol::NatType;

namespace {

constexpr std::string_view OwnFirewall =
    "a firewall of this machine lets no UDP out, so that everything is relayed";

std::string_view nameOf(IpAddress::Family family)
{
    return family == IpAddress::Family::V6 ? "IPv6" : "IPv4";
}

} // namespace

std::string_view describe(NatType type)
{
    switch (type) {
    case NatType::FullCone:
        return "the router keeps one port for all destinations, and lets everybody in there";
    case NatType::RestrictedCone:
        return "the router keeps one port for all destinations, and lets in only addresses that "
               "were sent to";
    case NatType::PortRestricted:
        return "the router keeps one port for all destinations, and lets in only answers";
    case NatType::Symmetric:
        return "the router chooses a new port for every destination";
    case NatType::Open:
        return "no router translates, and everybody is let in";
    case NatType::Firewalled:
        return "no router translates, and only answers are let in";
    case NatType::Blocked:
        return "no UDP gets through, so that everything is relayed";
    case NatType::Unknown:
        break;
    }
    return "nothing is known of the router yet";
}

std::string natText(std::span<const NatReport> reports, WallTime now)
{
    std::string text;
    for (const NatReport &each : reports) {
        text += text.empty() ? "" : "; ";
        text += std::string(nameOf(each.family)) + ": " + std::string(toString(each.type)) + ", " +
                std::string(each.ownFirewall ? OwnFirewall : describe(each.type));
        if (each.mapped)
            text += ", seen as " + each.mapped->toString();
        for (const Endpoint &server : each.servers)
            text +=
                (&server == &each.servers.front() ? ", by STUN of " : " and ") + server.toString();
        const auto age = std::chrono::duration_cast<Seconds>(now - each.at);
        text += ", found " + std::to_string(std::max(age, Seconds(0)).count()) + " s ago";
    }
    return text.empty() ? std::string(describe(NatType::Unknown)) : text;
}

Json natJson(std::span<const NatReport> reports)
{
    Json list = Json::array();
    for (const NatReport &each : reports) {
        Json servers = Json::array();
        for (const Endpoint &server : each.servers)
            servers.push_back(server.toString());
        list.push_back(Json{{"family", nameOf(each.family)},
                            {"natType", toString(each.type)},
                            {"mappedAddress", each.mapped ? Json(each.mapped->toString()) : Json()},
                            {"stunServers", std::move(servers)},
                            {"foundAt", each.at.ms},
                            {"ownFirewall", each.ownFirewall}});
    }
    return list;
}

} // namespace higgs
