// SPDX-License-Identifier: GPL-3.0-or-later
// ban and unban: who is kept out, and until when.
#include "server/admin_commands.h"
#include "server/command_words.h"
#include "server/services/ban_list.h"

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

/// An IPv6 address is not banned alone: whoever has it has its /64.
std::string widerThan(std::string_view kind, const std::string &subject)
{
    const auto address = IpAddress::parse(subject);
    if (kind != "address" || !address || !address->unmapped().isV6())
        return {};
    return "banned with its /64, " + bannedWith(*address).toString() +
           ": whoever has one address of it has them all\n";
}

int ban(CommandLink &link, const char *kind, Words words)
{
    if (words.empty() || words.size() > 3)
        return WrongUsage;
    Json params = {{"kind", kind}, {"subject", words[0]}};
    if (words.size() > 1 && words[1] != "forever") {
        const auto duration = durationOfWord(words[1]);
        if (!duration)
            return commandMisused("FOR is how long, as 90s, 30m, 12h or 7d, at most 3650d, or "
                                  "forever; not \"" +
                                  words[1] + '"');
        params["seconds"] = duration->count();
    }
    if (words.size() > 2)
        params["reason"] = words[2];
    const auto banned = link.call("ban.add", params);
    if (!banned)
        return commandFailed("cannot ban " + words[0] + ": " + banned.error().detail);
    const auto shown = print(widerThan(kind, words[0]));
    return shown ? 0 : commandFailed(shown.error().detail);
}

int unban(CommandLink &link, const char *kind, Words words)
{
    if (words.size() != 1)
        return WrongUsage;
    const auto lifted = link.call("ban.remove", {{"kind", kind}, {"subject", words[0]}});
    return lifted ? 0 : commandFailed("cannot unban " + words[0] + ": " + lifted.error().detail);
}

std::string leftOf(const Json &ban)
{
    const auto until = ban.find("until");
    if (until == ban.end() || !until->is_number_integer())
        return "for good";
    const std::int64_t left = (until->get<std::int64_t>() - wallNow().ms) / 1000;
    return "for another " + std::to_string(std::max<std::int64_t>(0, left)) + " s";
}

int list(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (!words.empty())
        return WrongUsage;
    const auto listed = link.call("ban.list", Json::object());
    if (!listed)
        return commandFailed(listed.error().detail);
    if (json)
        return printJson(*listed);
    std::string text;
    for (const Json &each : (*listed)["bans"]) {
        const std::string reason = each.value("reason", std::string());
        text += each.value("kind", std::string()) + ' ' + each.value("subject", std::string()) +
                "  " + leftOf(each) + (reason.empty() ? "" : "  " + reason) + '\n';
    }
    const auto shown = print(text);
    return shown ? 0 : commandFailed(shown.error().detail);
}

int banKey(CommandLink &link, Words words)
{
    return ban(link, "key", words);
}
int banNode(CommandLink &link, Words words)
{
    return ban(link, "node", words);
}
int banAddress(CommandLink &link, Words words)
{
    return ban(link, "address", words);
}
int banNetwork(CommandLink &link, Words words)
{
    return ban(link, "network", words);
}
int unbanKey(CommandLink &link, Words words)
{
    return unban(link, "key", words);
}
int unbanNode(CommandLink &link, Words words)
{
    return unban(link, "node", words);
}
int unbanAddress(CommandLink &link, Words words)
{
    return unban(link, "address", words);
}
int unbanNetwork(CommandLink &link, Words words)
{
    return unban(link, "network", words);
}

constexpr AdminCommand Commands[] = {
    {"ban", "key", "NAME [FOR [WHY]]", "keep out an access key; FOR: 90s, 30m, 12h, 7d", banKey},
    {"ban", "node", "ID [FOR [WHY]]", "keep out a node and its public key", banNode},
    {"ban", "address", "IP [FOR [WHY]]", "keep out an address (IPv6: its /64)", banAddress},
    {"ban", "network", "CIDR [FOR [WHY]]", "keep out a network", banNetwork},
    {"ban", "list", "[--json]", "who is kept out, and for how long", list},
    {"unban", "key", "NAME", "let an access key in again", unbanKey},
    {"unban", "node", "ID", "let a node register again, a removed one, too", unbanNode},
    {"unban", "address", "IP", "let an address in again", unbanAddress},
    {"unban", "network", "CIDR", "let a network in again", unbanNetwork},
};

} // namespace

std::span<const AdminCommand> banCommands()
{
    return Commands;
}

} // namespace higgs::server
