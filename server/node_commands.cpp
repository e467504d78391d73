// SPDX-License-Identifier: GPL-3.0-or-later
// node: the list of registered nodes, their approval and removal, and orders to them.
#include "server/admin_commands.h"
#include "shared/control/terminal.h"

#include <charconv>
#include <cmath>

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

constexpr std::uint32_t LongestMaintenanceNotice = 86'400; // seconds

std::string rounded(double value)
{
    return std::to_string(std::llround(value));
}

/// What a running server adds; nothing of a stopped one.
std::string liveText(const Json &node)
{
    const auto has = [](const Json &json, const char *name) {
        return control::hasMember(json, name);
    };
    if (!has(node, "online"))
        return {};
    std::string text = control::flagMember(node, "online") ? "  online" : "  offline";
    text += ", " + rounded(control::numberMember(node, "sessions")) + " of " +
            rounded(control::numberMember(node, "places")) + " places";
    const Json figures = node.value("figures", Json::object());
    if (has(figures, "latency"))
        text += ", " + rounded(control::numberMember(figures, "latency")) + " ms";
    const Json used = figures.value("bandwidth", Json::object());
    if (has(used, "up") && has(used, "down"))
        text += ", " + rounded(control::numberMember(used, "up")) + " up and " +
                rounded(control::numberMember(used, "down")) + " down Mbit/s";
    return text;
}

std::string lineOf(const Json &node)
{
    const auto text = [&node](const char *name) { return node.value(name, std::string()); };
    std::string standing = text("status");
    standing.resize(std::max<std::size_t>(standing.size(), 11), ' ');
    const std::int64_t silent = (wallNow().ms - node.value("lastSeen", std::int64_t{0})) / 1000;
    return text("nodeId") + "  " + text("country") + "  " + standing + "  " + text("publicKey") +
           "  last seen " + std::to_string(silent) + " s ago" + liveText(node) + '\n';
}

int list(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (!words.empty())
        return WrongUsage;
    const auto nodes = wholeList(link, "node.list", "nodes", "nodeId", Json::object());
    if (!nodes)
        return commandFailed(nodes.error().detail);
    if (json)
        return printJson(Json{{"nodes", *nodes}});
    std::string text;
    for (const Json &node : *nodes)
        text += lineOf(node);
    const auto shown = print(text);
    return shown ? 0 : commandFailed(shown.error().detail);
}

int change(CommandLink &link, std::string_view word, const std::string &id, Json params)
{
    const auto node = NodeId::parse(id);
    if (!node)
        return commandMisused("\"" + id +
                              "\" is no node's ID, which is a UUID as \"node list\" shows it");
    params["nodeId"] = node->text();
    const auto done = link.call("node." + std::string(word), params);
    return done ? 0
                : commandFailed("cannot " + std::string(word) + ' ' + id + ": " +
                                done.error().detail);
}

int approve(CommandLink &link, Words words)
{
    return words.size() == 1 ? change(link, "approve", words[0], Json::object()) : WrongUsage;
}

int unapprove(CommandLink &link, Words words)
{
    return words.size() == 1 ? change(link, "unapprove", words[0], Json::object()) : WrongUsage;
}

int remove(CommandLink &link, Words words)
{
    return words.size() == 1 ? change(link, "remove", words[0], Json::object()) : WrongUsage;
}

int refresh(CommandLink &link, Words words)
{
    return words.size() == 1 ? change(link, "refresh", words[0], Json::object()) : WrongUsage;
}

int restart(CommandLink &link, Words words)
{
    return words.size() == 1 ? change(link, "restart", words[0], Json::object()) : WrongUsage;
}

int maintenance(CommandLink &link, Words words)
{
    if (words.size() < 2 || words.size() > 3 || (words[1] != "on" && words[1] != "off"))
        return WrongUsage;
    const bool on = words[1] == "on";
    if (!on && words.size() == 3)
        return commandMisused("SECONDS are notice before maintenance: \"off\" takes none");
    Json params{{"on", on}};
    if (words.size() == 3) {
        std::uint32_t seconds = 0;
        const char *const end = words[2].data() + words[2].size();
        const auto read = std::from_chars(words[2].data(), end, seconds);
        if (read.ec != std::errc() || read.ptr != end || seconds > LongestMaintenanceNotice)
            return commandMisused("SECONDS are from 0 to " +
                                  std::to_string(LongestMaintenanceNotice) + ", not \"" + words[2] +
                                  '"');
        params["within"] = seconds;
    }
    return change(link, "maintenance", words[0], std::move(params));
}

constexpr AdminCommand Commands[] = {
    {"node", "list", "[--json]", "registered nodes", list},
    {"node", "approve", "ID", "offer a node that waits for it", approve},
    {"node", "unapprove", "ID", "offer it no more until it is approved; its sessions end",
     unapprove},
    {"node", "remove", "ID", "forget a node and end its sessions", remove},
    {"node", "refresh", "ID", "have a node register anew", refresh},
    {"node", "restart", "ID", "have a node start anew", restart},
    {"node", "maintenance", "ID on [SECONDS] | ID off", "empty a node of guests; open it again",
     maintenance},
};

} // namespace

std::span<const AdminCommand> nodeCommands()
{
    return Commands;
}

} // namespace higgs::server
