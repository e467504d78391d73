// SPDX-License-Identifier: GPL-3.0-or-later
// access-key: the key is made here, printed once, and only its digest leaves this program.
#include "server/admin/new_access_key.h"
#include "server/admin_commands.h"
#include "server/command_words.h"
#include "server/storage/access_key_record.h"
#include "shared/crypto/sha256.h"

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

constexpr std::uint32_t MostSessions = 1'000'000;
constexpr std::uint32_t MostMbps = 100'000;
// Told apart from what a server may answer: the words were wrong, and it has been said.
struct Misused
{
    std::string text;
};

/// for=, note=, expires=, sessions= and mbps= into `params`; what was wrong with them.
std::optional<Misused> readTerms(Words words, Json &params)
{
    for (const std::string &word : words) {
        const auto term = pairOfWord(word);
        const std::string_view name = term ? term->first : std::string_view();
        if (name == "note") {
            params["note"] = term->second;
        } else if (name == "for") {
            if (!keyPurposeOf(term->second))
                return Misused{"for= is use, share or any; not \"" + term->second + '"'};
            params["for"] = term->second;
        } else if (name == "expires") {
            const auto after = durationOfWord(term->second);
            if (!after && term->second != "never")
                return Misused{"expires= is after how long, as 12h or 90d, at most 3650d, or "
                               "never; not \"" +
                               term->second + '"'};
            params["expiresAt"] = after ? (wallNow() + *after).ms : 0;
        } else if (name == "sessions" || name == "mbps") {
            const bool sessions = name == "sessions";
            const std::uint32_t most = sessions ? MostSessions : MostMbps;
            const std::string_view none = sessions ? "default" : "any";
            const auto number = numberOfWord(term->second, most);
            if ((!number || *number == 0) && term->second != none)
                return Misused{std::string(name) + "= is from 1 to " + std::to_string(most) +
                               ", or " + std::string(none) + "; not \"" + term->second + '"'};
            params[sessions ? "maxSessions" : "relayMbps"] = number.value_or(0);
        } else {
            return Misused{"a key has for=, note=, expires=, sessions= and mbps=; not \"" + word +
                           '"'};
        }
    }
    return std::nullopt;
}

Json recordOf(const std::string &name, const SecretText &key)
{
    return {{"name", name}, {"digest", toHex(sha256(asBytes(key.reveal())))}};
}

Result<void> show(const std::string &name, const SecretText &key, bool json)
{
    if (json)
        return print(Json{{"name", name}, {"key", std::string(key.reveal())}}.dump() + '\n');
    return print(std::string(key.reveal()) + '\n');
}

int add(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (words.empty())
        return WrongUsage;
    const SecretText key = newAccessKey();
    Json record = recordOf(words[0], key);
    if (const auto misused = readTerms(words.subspan(1), record))
        return commandMisused(misused->text);
    const auto added = link.call("access-key.add", record);
    if (!added)
        return commandFailed("cannot add the key " + words[0] + ": " + added.error().detail);
    const auto shown = show(words[0], key, json);
    if (shown)
        return 0;
    // The only time that it can be seen has failed: nobody knows it, so it must not stay.
    const auto revoked = link.call("access-key.revoke", {{"name", words[0]}});
    return commandFailed(shown.error().detail +
                         (revoked ? ": the key was not added"
                                  : ": the key could not be shown, remove it with access-key "
                                    "revoke " +
                                        words[0]));
}

int set(CommandLink &link, Words words)
{
    if (words.size() < 2)
        return WrongUsage;
    Json terms = {{"name", words[0]}};
    if (const auto misused = readTerms(words.subspan(1), terms))
        return commandMisused(misused->text);
    const auto done = link.call("access-key.set", terms);
    return done ? 0 : commandFailed("cannot set the key " + words[0] + ": " + done.error().detail);
}

int rotate(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (words.size() != 1)
        return WrongUsage;
    const SecretText key = newAccessKey();
    const auto rotated = link.call("access-key.rotate", recordOf(words[0], key));
    if (!rotated)
        return commandFailed("cannot rotate the key " + words[0] + ": " + rotated.error().detail);
    if (const auto shown = show(words[0], key, json); !shown)
        return commandFailed(shown.error().detail + ": the old key of " + words[0] +
                             " is replaced and the new one was not shown, rotate it again");
    return 0;
}

/// The name, and what there is to say of it.
std::string lineOf(const Json &key)
{
    std::string line = key.value("name", std::string());
    const auto say = [&](const char *name, const char *before, const auto &tell) {
        const auto found = key.find(name);
        if (found != key.end() && found->is_number_integer() && *found != 0)
            line += std::string("  ") + before + tell(found->template get<std::int64_t>());
    };
    const auto number = [](std::int64_t value) { return std::to_string(value); };
    const auto day = [](std::int64_t value) { return dayText(WallTime{value}); };
    line += "  for " + key.value("for", std::string());
    say("sessions", "sessions ", number);
    say("homes", "homes ", number);
    say("maxSessions", "of ", number);
    say("relayMbps", "Mbit/s ", number);
    say("lastUsed", "last used ", day);
    say("expiresAt", "until ", day);
    if (const std::string note = key.value("note", std::string()); !note.empty())
        line += "  " + note;
    return line + '\n';
}

int list(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    if (!words.empty())
        return WrongUsage;
    const auto keys = wholeList(link, "access-key.list", "keys", "name", Json::object());
    if (!keys)
        return commandFailed(keys.error().detail);
    if (json)
        return printJson(Json{{"keys", *keys}});
    std::string text;
    for (const Json &key : *keys)
        text += lineOf(key);
    const auto shown = print(text);
    return shown ? 0 : commandFailed(shown.error().detail);
}

int revoke(CommandLink &link, Words words)
{
    if (words.size() != 1)
        return WrongUsage;
    const auto revoked = link.call("access-key.revoke", {{"name", words[0]}});
    return revoked ? 0 : commandFailed("cannot revoke " + words[0] + ": " + revoked.error().detail);
}

constexpr AdminCommand Commands[] = {
    {"access-key", "add", "NAME [for=share] [TERM=...]...", "make a key, and print it once", add},
    {"access-key", "set", "NAME TERM=...", "for=use, note=, expires=90d, sessions=N, mbps=N", set},
    {"access-key", "list", "[--json]", "all keys, and what is allowed to them", list},
    {"access-key", "revoke", "NAME", "end a key", revoke},
    {"access-key", "remove", "NAME", "the same", revoke},
    {"access-key", "rotate", "NAME", "replace a key by a new one, and print that", rotate},
};

} // namespace

std::span<const AdminCommand> accessKeyCommands()
{
    return Commands;
}

} // namespace higgs::server
