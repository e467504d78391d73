// SPDX-License-Identifier: GPL-3.0-or-later
// session: who is served, as far as that is no list of people, and the end of one.
#include "server/admin_commands.h"

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

std::string lineOf(const Json &session)
{
    const auto text = [&session](const char *name) { return session.value(name, std::string()); };
    const bool client = session.value("clientOpen", false);
    const bool node = session.value("nodeOpen", false);
    std::string ends = client && node ? "both ends"
                       : client       ? "client only"
                       : node         ? "node only"
                                      : "no end";
    ends.resize(12, ' ');
    const std::int64_t age = (wallNow().ms - session.value("createdAt", std::int64_t{0})) / 1000;
    return text("sessionId") + "  node " + text("nodeId") + "  " + ends + ' ' + text("type") +
           "  from " + (text("from").empty() ? "?" : text("from")) + "  for " +
           std::to_string(age) + " s\n";
}

int list(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (words.size() > 1)
        return WrongUsage;
    Json asked = Json::object();
    if (!words.empty()) {
        const auto node = NodeId::parse(words[0]);
        if (!node)
            return commandMisused("\"" + words[0] + "\" is no node's ID, which is a UUID");
        asked["nodeId"] = node->text();
    }
    const auto sessions =
        wholeList(link, "session.list", "sessions", "sessionId", std::move(asked));
    if (!sessions)
        return commandFailed(sessions.error().detail);
    if (json)
        return printJson(Json{{"sessions", *sessions}});
    std::string text;
    for (const Json &session : *sessions)
        text += lineOf(session);
    const auto shown = print(text);
    return shown ? 0 : commandFailed(shown.error().detail);
}

int end(CommandLink &link, Words words)
{
    if (words.size() != 1)
        return WrongUsage;
    const auto id = SessionId::parse(words[0]);
    if (!id)
        return commandMisused("\"" + words[0] +
                              "\" is no session's ID, which is a UUID as \"session list\" shows "
                              "it");
    const auto ended = link.call("session.end", {{"sessionId", id->text()}});
    return ended ? 0 : commandFailed("cannot end " + words[0] + ": " + ended.error().detail);
}

constexpr AdminCommand Commands[] = {
    {"session", "list", "[NODE-ID] [--json]", "live sessions, of all nodes or of one", list},
    {"session", "end", "ID", "end a session; the client may ask for another", end},
};

} // namespace

std::span<const AdminCommand> sessionCommands()
{
    return Commands;
}

} // namespace higgs::server
