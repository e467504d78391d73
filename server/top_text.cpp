// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/top_text.h"

#include "shared/control/terminal.h"

#include <array>
#include <cstdio>

namespace higgs::server {

namespace {

using protocol::Json;

const Json &member(const Json &object, const char *name)
{
    static const Json none = Json::object();
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

const Json &rows(const Json &object, const char *name)
{
    static const Json none = Json::array();
    const auto found = object.find(name);
    return found == object.end() || !found->is_array() ? none : *found;
}

std::string countOf(const Json &object, const char *name)
{
    return std::to_string(control::countMember(object, name));
}

/// Characters, of which UTF-8's second and later bytes are none.
std::string cut(const std::string &text, std::size_t columns)
{
    std::size_t taken = 0;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
        if (begins && taken++ == columns)
            break;
    }
    return text.substr(0, at);
}

std::string padded(std::string text, std::size_t columns)
{
    const std::string shown = cut(text, columns);
    if (shown.size() < text.size())
        return shown;
    std::size_t width = 0;
    for (const char each : text)
        width += (static_cast<unsigned char>(each) & 0xc0U) != 0x80U ? 1 : 0;
    return text + std::string(columns - width, ' ');
}

/// On the left, and at the right edge of a field.
std::string atRight(const std::string &text, std::size_t columns)
{
    return text.size() >= columns ? text : std::string(columns - text.size(), ' ') + text;
}

std::vector<std::string> headLines(const Json &told, const Throughput &flow)
{
    const auto text = [&told](const char *name) { return control::textMember(told, name); };
    const Json &nodes = member(told, "nodes");
    const Json &sessions = member(told, "sessions");
    const Json &relay = member(told, "relay");
    const Json &cluster = member(told, "cluster");
    const auto uptime =
        Milliseconds(1000 * static_cast<std::int64_t>(control::countMember(told, "uptimeSeconds")));
    std::string servers = std::to_string(rows(cluster, "servers").size());
    if (control::hasMember(cluster, "busUp") && !control::flagMember(cluster, "busUp"))
        servers += ", THE OTHERS ARE NOT HEARD";
    return {
        "boson-server " + text("version") + "  " + text("publicHost") + ':' +
            countOf(told, "publicPort") + "  " + text("standing") + "  up " +
            control::durationText(uptime),
        "storage   " +
            std::string(control::flagMember(told, "storageUp") ? "answers" : "DOES NOT ANSWER") +
            "    servers " + servers,
        "nodes     " + countOf(nodes, "online") + " online, " + countOf(nodes, "offline") +
            " offline, " + countOf(nodes, "pending") + " pending, " +
            countOf(nodes, "maintenance") + " in maintenance",
        "sessions  " + countOf(sessions, "connected") + " connected, " +
            countOf(sessions, "waiting") + " waiting",
        "relay     " + rateText(flow.clientToNode) + " to nodes, " + rateText(flow.nodeToClient) +
            " to clients, " + countOf(relay, "connections") + " connections, " +
            control::bytesText(control::countMember(relay, "bytes")) + " in all",
        "",
    };
}

std::string nodeLine(const Json &node)
{
    const std::string region = control::textMember(node, "region");
    const std::string place = region.empty() ? control::textMember(node, "country") : region;
    return "  " + padded(control::textMember(node, "nodeId"), 36) + "  " + padded(place, 6) + "  " +
           padded(control::flagMember(node, "online") ? "online" : "offline", 8) +
           atRight(countOf(node, "sessions"), 6) + " of " + countOf(node, "places");
}

std::string keyLine(const Json &key)
{
    const std::string name = control::textMember(key, "name");
    return "  " + padded(name.empty() ? "(no access key)" : name, 52) +
           atRight(countOf(key, "sessions"), 6);
}

std::string countryLine(const Json &country)
{
    return "  " + padded(control::countryText(control::textMember(country, "country")), 52) +
           atRight(countOf(country, "nodes"), 6) + "  " + countOf(country, "available") + " free";
}

struct Section
{
    const char *title;
    const char *member;
    std::string (*line)(const Json &row);
};

constexpr Section Sections[] = {
    {"nodes with most sessions", "busiestNodes", nodeLine},
    {"sessions by access key", "keysInUse", keyLine},
    {"nodes online by country", "countries", countryLine},
};

} // namespace

Throughput throughputOf(const Json &before, const Json &now, Milliseconds between)
{
    const auto flow = [&](const char *direction) {
        const auto earlier = control::countMember(member(before, "relay"), direction);
        const auto later = control::countMember(member(now, "relay"), direction);
        if (later < earlier || between.count() <= 0)
            return 0.0;
        return static_cast<double>(later - earlier) * 8 * 1000 /
               static_cast<double>(between.count());
    };
    return {flow("clientToNode"), flow("nodeToClient")};
}

std::string rateText(double bitsPerSecond)
{
    constexpr std::array<const char *, 4> Units = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s"};
    std::size_t unit = 0;
    while (bitsPerSecond >= 1000 && unit + 1 < Units.size()) {
        bitsPerSecond /= 1000;
        ++unit;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", bitsPerSecond,
                  Units[unit]);
    return text.data();
}

std::vector<std::string> topLines(const Json &overview, const Throughput &flow,
                                  const std::optional<ScreenSize> &size)
{
    std::vector<std::string> lines = headLines(overview, flow);
    const std::size_t room = size ? size->rows : std::size_t{1000};
    std::size_t sectionsLeft = std::size(Sections);
    for (const Section &section : Sections) {
        // What is left is shared by those that are left: a title, some rows, an empty line.
        const std::size_t share = (room - std::min(room, lines.size())) / sectionsLeft--;
        const Json &all = rows(overview, section.member);
        if (all.empty() || share < 3)
            continue;
        lines.emplace_back(section.title);
        for (std::size_t i = 0; i < std::min(all.size(), share - 2); ++i)
            lines.push_back(section.line(all[i]));
        lines.emplace_back();
    }
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    for (std::string &line : lines) {
        if (size)
            line = cut(line, size->columns);
    }
    if (lines.size() > room)
        lines.resize(room);
    return lines;
}

} // namespace higgs::server
