// SPDX-License-Identifier: GPL-3.0-or-later
// access-key: the key is made here, printed once, and only its digest leaves this program.
#include "server/admin_commands.h"

#include "shared/crypto/keys.h"
#include "shared/crypto/sha256.h"

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

constexpr std::size_t AccessKeyBytes = 24;

SecretText makeKey()
{
    Bytes random(AccessKeyBytes);
    fillRandom(random);
    SecretText key("hk_" + toBase64(random, Base64::Url));
    wipe(random);
    return key;
}

Json recordOf(const std::string &name, const SecretText &key)
{
    return {{"name", name}, {"digest", toHex(sha256(asBytes(key.reveal())))}};
}

Result<void> show(const SecretText &key)
{
    return print(std::string(key.reveal()) + '\n');
}

int add(CommandLink &link, Words words)
{
    if (words.size() != 1)
        return WrongUsage;
    const SecretText key = makeKey();
    const auto added = link.call("access-key.add", recordOf(words[0], key));
    if (!added)
        return commandFailed("cannot add the key " + words[0] + ": " + added.error().detail);
    const auto shown = show(key);
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

int rotate(CommandLink &link, Words words)
{
    if (words.size() != 1)
        return WrongUsage;
    const SecretText key = makeKey();
    const auto rotated = link.call("access-key.rotate", recordOf(words[0], key));
    if (!rotated)
        return commandFailed("cannot rotate the key " + words[0] + ": " + rotated.error().detail);
    if (const auto shown = show(key); !shown)
        return commandFailed(shown.error().detail + ": the old key of " + words[0] +
                             " is replaced and the new one was not shown, rotate it again");
    return 0;
}

int list(CommandLink &link, Words words)
{
    if (!words.empty())
        return WrongUsage;
    const auto listed = link.call("access-key.list", Json::object());
    if (!listed)
        return commandFailed(listed.error().detail);
    std::string text;
    for (const Json &key : (*listed)["keys"])
        text += key.value("name", std::string()) + '\n';
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
    {"access-key", "add", "NAME", "make a key for --access key, and print it once", add},
    {"access-key", "list", "", "the names of all keys", list},
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
