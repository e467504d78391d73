// SPDX-License-Identifier: GPL-3.0-or-later
// status and drain: how the running server is, and whether it takes on more.
#include "server/admin_commands.h"

#include "shared/control/terminal.h"

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

const Json &member(const Json &object, const char *name)
{
    static const Json none = Json::object();
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

std::string countOf(const Json &object, const char *name)
{
    return std::to_string(control::countMember(object, name));
}

std::string sessionsText(const Json &answer)
{
    const Json &sessions = member(answer, "sessions");
    return countOf(sessions, "connected") + " connected, " + countOf(sessions, "waiting") +
           " waiting";
}

std::string lasts(const Json &certificate)
{
    const auto end = static_cast<std::int64_t>(control::numberMember(certificate, "notAfter"));
    const std::int64_t days = (end - wallNow().ms) / 86'400'000;
    return days < 0 ? "has expired" : "good for " + std::to_string(days) + " days";
}

std::string statusText(const Json &told)
{
    const auto text = [&told](const char *name) { return control::textMember(told, name); };
    const bool storageUp = told.value("storageUp", false);
    const Json &nodes = member(told, "nodes");
    const Json &relay = member(told, "relay");
    const Json &certificate = member(told, "certificate");
    std::string lines =
        "boson-server " + text("version") + ", " + text("standing") + ", up " +
        control::durationText(Milliseconds(
            1000 * static_cast<std::int64_t>(control::countMember(told, "uptimeSeconds")))) +
        '\n';
    lines += "listening    " + text("listening") + " as " + text("publicHost") + ':' +
             countOf(told, "publicPort") + '\n';
    lines += "storage      " + text("database") + (storageUp ? "" : "  DOES NOT ANSWER") + '\n';
    lines += "access       " + text("access") + ", nodes " + text("nodeAccess") + ", keys " +
             countOf(told, "accessKeys") + '\n';
    lines += "nodes        " + countOf(nodes, "online") + " online, " + countOf(nodes, "offline") +
             " offline, " + countOf(nodes, "pending") + " pending, " +
             countOf(nodes, "maintenance") + " in maintenance\n";
    lines += "sessions     " + sessionsText(told) + '\n';
    lines += "relay        " + countOf(relay, "connections") + " connections, " +
             control::bytesText(control::countMember(relay, "bytes")) + " relayed\n";
    lines += "certificate  " + control::textMember(certificate, "sha256") + ' ' +
             lasts(certificate) + '\n';
    return lines;
}

int status(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (!words.empty())
        return WrongUsage;
    const auto told = link.call("server.status", Json::object());
    if (!told)
        return commandFailed(told.error().detail);
    if (json)
        return printJson(*told);
    const auto shown = print(statusText(*told));
    return shown ? 0 : commandFailed(shown.error().detail);
}

int drain(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    const bool off = !words.empty() && words[0] == "--off";
    if (words.size() > (off ? 1 : 0))
        return WrongUsage;
    const auto told = link.call("server.drain", {{"on", !off}});
    if (!told)
        return commandFailed(told.error().detail);
    if (json)
        return printJson(*told);
    const std::string now = off ? "new sessions are taken again" : "no new sessions are taken";
    const auto shown = print(now + "; sessions: " + sessionsText(*told) + '\n');
    return shown ? 0 : commandFailed(shown.error().detail);
}

int rotateTokenKey(CommandLink &link, Words words)
{
    if (!words.empty())
        return WrongUsage;
    const auto done = link.call("token-key.rotate", Json::object());
    return done ? 0 : commandFailed("cannot replace the key: " + done.error().detail);
}

constexpr AdminCommand Commands[] = {
    {"status", "", "[--json]", "how the running server is", status},
    {"drain", "", "[--off] [--json]", "take no new sessions (/readyz is 503); take them again",
     drain},
    {"token-key", "rotate", "", "sign nodes' tokens with a new key; the old one is good for 24 h",
     rotateTokenKey},
};

} // namespace

std::span<const AdminCommand> serverCommands()
{
    return Commands;
}

} // namespace higgs::server
