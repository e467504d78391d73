// SPDX-License-Identifier: GPL-3.0-or-later
// invite: a link with which somebody uses this server, or shares a connection by it. As an access
// key's, its key is made here and printed once; only the digest leaves this program.
#include "server/admin/new_access_key.h"
#include "server/admin_commands.h"
#include "server/command_words.h"
#include "server/qr_text.h"
#include "server/storage/access_key_record.h"
#include "shared/base/endpoint.h"
#include "shared/control/invitation.h"
#include "shared/control/plain_text.h"
#include "shared/control/terminal.h"
#include "shared/crypto/keys.h"
#include "shared/crypto/sha256.h"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

constexpr std::uint32_t MostUses = 1'000'000;
constexpr const char *Form =
    "[NAME] [--from TEXT] [--expires 30d] [--uses N] [--node] [--server HOST:PORT] [--json]";

/// What the operator wants.
struct Wish
{
    std::string name; ///< of the key
    std::string from;
    std::string server;
    std::optional<Seconds> life;
    std::optional<std::uint32_t> uses;
    bool toShare = false;
    bool json = false;
    bool isApproved = false; ///< by the server: nothing is shared before the operator's word

    [[nodiscard]] bool isBounded() const { return life || uses; }
};

/// One option and its value into `wish`; what is wrong with it.
std::optional<std::string> readOption(std::string_view name, const std::string &value, Wish &wish)
{
    if (name == "--name") {
        wish.name = value;
    } else if (name == "--from") {
        if (value.size() > control::Invitation::MaxFrom || !control::isPlainText(value))
            return "--from is a name of up to 64 bytes";
        wish.from = value;
    } else if (name == "--server") {
        wish.server = value;
    } else if (name == "--expires") {
        wish.life = durationOfWord(value);
        if (!wish.life && value != "never")
            return "--expires is after how long, as 12h or 30d, at most 3650d, or never; not \"" +
                   value + '"';
    } else {
        wish.uses = numberOfWord(value, MostUses);
        if (wish.uses.value_or(0) == 0)
            return "--uses is for how many devices at once, or homes, from 1 to 1000000; not \"" +
                   value + '"';
    }
    return std::nullopt;
}

/// What is wrong with the words; empty: they are none of this command's.
std::optional<std::string> readWish(Words words, Wish &wish)
{
    constexpr std::array<std::string_view, 5> Valued = {"--name", "--from", "--server", "--expires",
                                                        "--uses"};
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string &word = words[i];
        const std::string option = word.substr(0, word.find('='));
        if (word == "--json") {
            wish.json = true;
        } else if (word == "--node") {
            wish.toShare = true;
        } else if (std::find(Valued.begin(), Valued.end(), option) != Valued.end()) {
            const bool apart = option.size() == word.size();
            if (apart && ++i == words.size())
                return std::string();
            auto fault =
                readOption(option, apart ? words[i] : word.substr(option.size() + 1), wish);
            if (fault)
                return fault;
        } else if (!word.starts_with('-') && wish.name.empty()) {
            wish.name = word;
        } else {
            return std::string();
        }
    }
    return std::nullopt;
}

/// Where guests come to, as it says itself or as the operator knows better.
Result<control::ServerUrl> addressOf(const Json &status, const Wish &wish)
{
    if (!wish.server.empty())
        return control::parseServerUrl(wish.server);
    const std::string host = control::textMember(status, "publicHost");
    const auto address = IpAddress::parse(host);
    if (host.empty() || host == "localhost" ||
        (address && (address->isLoopback() || address->isUnspecified())))
        return unexpected(ErrorCode::InvalidArgument,
                          "nobody elsewhere finds this server under \"" + host +
                              "\": start it with --public-host NAME, or give --server HOST:PORT");
    const auto port = std::to_string(control::countMember(status, "publicPort"));
    const bool isV6 = host.find(':') != std::string::npos;
    return control::parseServerUrl((isV6 ? '[' + host + ']' : host) + ':' + port);
}

std::string madeName()
{
    Bytes random(4);
    fillRandom(random);
    return "invitation-" + toHex(random);
}

Result<void> show(const control::Invitation &invitation, const Wish &wish, WallTime until)
{
    const SecretText link(control::invitationText(invitation));
    const std::string text(link.reveal());
    const std::string words = control::checkWords(invitation.pin);
    const bool hasKey = !invitation.key.empty();
    if (wish.json) {
        Json told = {{"link", text},
                     {"server", control::serverUrlText(invitation.server)},
                     {"for", invitation.toShare ? "share" : "use"},
                     {"name", nullptr},
                     {"expiresAt", nullptr},
                     {"uses", nullptr},
                     {"approval", wish.isApproved},
                     {"words", nullptr}};
        if (hasKey)
            told["name"] = wish.name;
        if (wish.life)
            told["expiresAt"] = until.ms;
        if (wish.uses)
            told["uses"] = *wish.uses;
        if (!words.empty())
            told["words"] = words;
        return print(told.dump(2) + '\n');
    }
    if (::isatty(STDOUT_FILENO) == 1) {
        const auto code = qrText(text);
        if (const auto shown = code ? printAsIs(*code + '\n') : Result<void>(); !shown)
            return shown;
    }
    std::string lines = text + '\n';
    if (!words.empty())
        lines += "\nCheck words, to compare by another way: " + words + '\n';
    if (hasKey) {
        lines +=
            "Its key is \"" + wish.name + "\"" +
            (wish.life ? ", good until " + secondText(until) + " UTC" : ", without an end") +
            (wish.uses ? ", for " + std::to_string(*wish.uses) +
                             (wish.toShare ? (*wish.uses == 1 ? " home" : " homes") : " at once")
                       : "") +
            ". Whoever has the link has the key; to end it: boson-server access-key revoke " +
            wish.name + '\n';
    } else if (wish.isApproved) {
        lines +=
            "It has no key: whoever has the link may register a home, and nobody is sent there "
            "before you let it in. Afterwards: boson-server node list shows it as pending, and "
            "boson-server node approve ID lets it in\n";
    } else {
        lines +=
            "This server asks for no key here: whoever has the link, or the address alone, may "
            "come, and the link cannot be revoked.\n";
    }
    return print(lines);
}

/// What the server asks of whoever is invited: "open", "key" or "approve".
std::string askedOf(const Json &status, const Wish &wish)
{
    return control::textMember(status, wish.toShare ? "nodeAccess" : "access");
}

/// A link without a key. Where the operator lets in by hand, a name does no harm: it says to him
/// whose home he waits for.
int inviteWithoutKey(const control::Invitation &invitation, const Wish &wish)
{
    if (wish.isApproved && wish.isBounded())
        return commandFailed("cannot invite so: this server has homes approved (--node-access "
                             "approve) and gives them no key that could end or be counted; leave "
                             "out --expires and --uses");
    if (!wish.isApproved && (wish.isBounded() || !wish.name.empty()))
        return commandFailed(
            std::string("cannot invite so: this server asks for no key (") +
            (wish.toShare ? "--node-access" : "--access") +
            " is not key), and what has none has no name, and neither ends nor is counted");
    const auto shown = show(invitation, wish, {});
    return shown ? 0 : commandFailed(shown.error().detail);
}

int invite(CommandLink &link, Words words)
{
    Wish wish;
    if (const auto fault = readWish(words, wish))
        return fault->empty() ? WrongUsage : commandMisused(*fault);
    const auto status = link.call("server.status", Json::object());
    if (!status)
        return commandFailed("cannot invite: " + status.error().detail);
    const auto server = addressOf(*status, wish);
    if (!server)
        return commandFailed("cannot invite: " + server.error().detail);
    control::Invitation invitation{*server};
    invitation.from = wish.from;
    invitation.toShare = wish.toShare;
    const Json certificate = status->value("certificate", Json::object());
    if (!control::flagMember(certificate, "public"))
        invitation.pin = control::textMember(certificate, "sha256");
    const WallTime until = wallNow() + wish.life.value_or(Seconds(0));
    const std::string asked = askedOf(*status, wish);
    wish.isApproved = asked == "approve";
    if (asked != "key")
        return inviteWithoutKey(invitation, wish);
    if (wish.name.empty())
        wish.name = madeName();
    invitation.key = newAccessKey();
    Json record = {{"name", wish.name},
                   {"digest", toHex(sha256(asBytes(invitation.key.reveal())))},
                   {"for", toString(wish.toShare ? KeyPurpose::Share : KeyPurpose::Use)},
                   {"note", wish.toShare ? "invited to share" : "invited"}};
    if (wish.life)
        record["expiresAt"] = until.ms;
    if (wish.uses)
        record["maxSessions"] = *wish.uses;
    const auto added = link.call("access-key.add", record);
    if (!added)
        return commandFailed("cannot invite " + wish.name + ": " + added.error().detail);
    const auto shown = show(invitation, wish, until);
    if (shown)
        return 0;
    // The only time that it can be seen has failed: nobody knows it, so it must not stay.
    const auto revoked = link.call("access-key.revoke", {{"name", wish.name}});
    return commandFailed(shown.error().detail +
                         (revoked ? ": nobody was invited"
                                  : ": the link could not be shown, remove its key with "
                                    "access-key revoke " +
                                        wish.name));
}

constexpr AdminCommand Commands[] = {
    {"invite", "", Form, "make a link to use this server by, or to share by it", invite},
};

} // namespace

std::span<const AdminCommand> inviteCommands()
{
    return Commands;
}

} // namespace higgs::server
