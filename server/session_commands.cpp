// SPDX-License-Identifier: GPL-3.0-or-later
// session: who is served, as far as that is no list of people, and the end of one.
#include "server/admin_commands.h"
#include "server/command_words.h"
#include "shared/control/terminal.h"

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

std::string journalLine(const Json &row)
{
    const auto time = [&row](const char *name) {
        return control::hasMember(row, name) ? secondText(control::momentMember(row, name))
                                             : std::string("still there");
    };
    const std::string key = control::textMember(row, "key");
    return (key.empty() ? "no access key" : "key " + key) + "  session " +
           control::textMember(row, "sessionId") + "  from " + time("began") + "  to " +
           time("ended") + '\n';
}

int at(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (words.size() != 2)
        return WrongUsage;
    const auto moment = momentOfWord(words[0], wallNow());
    if (!moment)
        return commandMisused("\"" + words[0] +
                              "\" is no time: name it in UTC, as 2026-11-29T14:03 or 14:03");
    const auto node = NodeId::parse(words[1]);
    if (!node)
        return commandMisused("\"" + words[1] + "\" is no node's ID, which is a UUID");
    const auto told =
        link.call("session.journal",
                  {{"nodeId", node->text()}, {"from", moment->from.ms}, {"to", moment->to.ms}});
    if (!told)
        return commandFailed(told.error().detail);
    const auto days = control::countMember(*told, "days");
    if (days == 0)
        return commandFailed("nothing is kept of who used which node: --session-journal DAYS "
                             "would, from then on");
    if (json)
        return printJson(*told);
    const Milliseconds kept = std::chrono::hours(24 * days);
    if (wallNow() - moment->to > kept)
        return commandFailed("that is longer ago than the " + std::to_string(days) +
                             " days of --session-journal");
    std::string text;
    for (const Json &row : (*told)["sessions"])
        text += journalLine(row);
    const auto shown = print(text);
    return shown ? 0 : commandFailed(shown.error().detail);
}

constexpr AdminCommand Commands[] = {
    {"session", "at", "TIME NODE-ID [--json]",
     "whose access keys used a node then, as far as --session-journal keeps it", at},
    {"session", "list", "[NODE-ID] [--json]", "live sessions, of all nodes or of one", list},
    {"session", "end", "ID", "end a session; the client may ask for another", end},
};

} // namespace

std::span<const AdminCommand> sessionCommands()
{
    return Commands;
}

} // namespace higgs::server
