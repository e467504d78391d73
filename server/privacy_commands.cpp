// SPDX-License-Identifier: GPL-3.0-or-later
// privacy: what the database keeps of people, and that a node's can go.
#include "server/admin_commands.h"

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

/// Prints a line a kind; the sum of the rows.
Result<std::int64_t> show(CommandLink &link, const Json &params)
{
    const auto report = link.call("privacy.report", params);
    if (!report)
        return unexpected(report.error());
    std::string text;
    std::int64_t sum = 0;
    for (const Json &each : (*report)["kept"]) {
        const auto rows = each.value("rows", std::int64_t(0));
        std::string kind = each.value("kind", std::string());
        kind.resize(std::max<std::size_t>(kind.size(), 16), ' ');
        text += kind + ' ' + std::to_string(rows) + '\n';
        sum += rows;
    }
    if (const auto shown = print(text); !shown)
        return unexpected(shown.error());
    return sum;
}

int report(CommandLink &link, Words words)
{
    if (words.size() > 1)
        return WrongUsage;
    const auto shown = show(link, words.empty() ? Json::object() : Json{{"nodeId", words[0]}});
    return shown ? 0 : commandFailed(shown.error().detail);
}

int erase(CommandLink &link, Words words)
{
    if (words.size() != 1)
        return WrongUsage;
    const Json node = {{"nodeId", words[0]}};
    if (const auto erased = link.call("privacy.erase", node); !erased)
        return commandFailed("cannot erase " + words[0] + ": " + erased.error().detail);
    const auto left = show(link, node);
    if (!left)
        return commandFailed(left.error().detail);
    if (*left > 0)
        return commandFailed("the node has come back meanwhile: ban it, or have it switched off");
    return 0;
}

constexpr AdminCommand Commands[] = {
    {"privacy", "report", "[ID]", "what is kept of people, or of one node: rows of each kind",
     report},
    {"privacy", "erase", "ID", "remove all that is kept of a node, and show that none is left",
     erase},
};

} // namespace

std::span<const AdminCommand> privacyCommands()
{
    return Commands;
}

} // namespace higgs::server
