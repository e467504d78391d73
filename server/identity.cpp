// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/identity.h"

#include "shared/base/durable_file.h"
#include "shared/base/regular_file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr std::size_t MaxSecretFile = 4096;
constexpr const char *FormerTokenKeyName = "/jwt.key.former";

Unexpected fileError(const std::string &path, int error)
{
    return unexpected(error == EACCES || error == EPERM || error == EROFS ? ErrorCode::Permission
                                                                          : ErrorCode::System,
                      path + ": " + std::strerror(error));
}

Result<std::string> readFile(const std::string &path)
{
    Result<std::string> text = readRegularFile(path, MaxSecretFile);
    if (!text)
        return text;
    while (!text->empty() && std::strchr(" \t\r\n", text->back()) != nullptr)
        text->pop_back();
    return text;
}

/// The secret in the file, or a fresh one put there.
Result<Secret<32>> loadOrMake(const std::string &path)
{
    const Result<std::string> text = readFile(path);
    Secret<32> secret;
    // An empty file is what a full disk leaves: nothing was ever signed with it.
    if (text && !text->empty()) {
        const Result<Bytes> bytes = fromHex(*text);
        if (!bytes || bytes->size() != Secret<32>::Size)
            return unexpected(ErrorCode::Malformed,
                              path + ": not a key; restore it from a backup, or remove it to have "
                                     "another one made, with which nodes register anew");
        return Secret<32>(std::span<const std::uint8_t, 32>(bytes->data(), 32));
    }
    if (!text && text.error().code != ErrorCode::NotFound)
        return unexpected(text.error());
    fillRandom(secret.mutableBytes());
    const Result<void> written = replaceFile(path, toHex(secret.bytes()) + '\n', 0600);
    if (!written)
        return unexpected(written.error());
    return secret;
}

} // namespace

Result<void> prepareDataDir(const std::string &directory)
{
    std::string path;
    for (std::size_t i = 0; i <= directory.size(); ++i) {
        if (i != directory.size() && directory[i] != '/')
            continue;
        path = directory.substr(0, i);
        if (!path.empty() && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
            return fileError(path, errno);
    }
    struct stat status = {};
    if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
        return fileError(directory, ENOTDIR);
    if (::access(directory.c_str(), W_OK | X_OK) != 0)
        return fileError(directory, errno);
    return {};
}

std::vector<std::string> lostSecrets(const std::string &directory)
{
    const auto isThere = [&directory](const char *name) {
        struct stat status = {};
        return ::stat((directory + '/' + name).c_str(), &status) == 0 && status.st_size > 0;
    };
    std::vector<std::string> lost;
    const bool hasRun = isThere("jwt.key") || isThere("server.key") || isThere("boson.db") ||
                        isThere("certificate.sha256");
    if (hasRun && !isThere("jwt.key"))
        lost.push_back(directory + "/jwt.key is gone, and another one is made: no node's token is "
                                   "good any more, and every node registers anew by itself");
    if (hasRun && !isThere("server.key"))
        lost.push_back(directory + "/server.key is gone, and another one is made: nodes fetch its "
                                   "public half, and prove themselves to it from now on");
    return lost;
}

Result<Secret<32>> loadTokenKey(const std::string &directory)
{
    return loadOrMake(directory + "/jwt.key");
}

bool FormerTokenKey::isGood(WallTime now) const
{
    return replacedAt <= now && now < replacedAt + GoodFor;
}

Result<std::optional<FormerTokenKey>> loadFormerTokenKey(const std::string &directory, WallTime now)
{
    const std::string path = directory + FormerTokenKeyName;
    const Result<std::string> text = readFile(path);
    if (!text)
        return text.error().code == ErrorCode::NotFound
                   ? Result<std::optional<FormerTokenKey>>(std::nullopt)
                   : unexpected(text.error());
    const std::size_t line = text->find('\n');
    const Result<Bytes> bytes = fromHex(text->substr(0, line));
    std::int64_t replacedAt = 0;
    const char *const end = text->data() + text->size();
    const bool timed = line != std::string::npos &&
                       std::from_chars(text->data() + line + 1, end, replacedAt).ptr == end &&
                       replacedAt > 0;
    if (timed && bytes && bytes->size() == Secret<32>::Size) {
        FormerTokenKey former{Secret<32>(std::span<const std::uint8_t, 32>(bytes->data(), 32)),
                              {replacedAt}};
        if (former.isGood(now))
            return std::optional(std::move(former));
    }
    ::unlink(path.c_str());
    return std::optional<FormerTokenKey>();
}

Result<void> replaceTokenKey(const std::string &directory, const Secret<32> &present,
                             const Secret<32> &fresh, WallTime now)
{
    const Result<void> kept =
        replaceFile(directory + FormerTokenKeyName,
                    toHex(present.bytes()) + '\n' + std::to_string(now.ms) + '\n', 0600);
    return kept ? replaceFile(directory + "/jwt.key", toHex(fresh.bytes()) + '\n', 0600) : kept;
}

Result<PrivateKey> loadServerKey(const std::string &directory)
{
    Result<Secret<32>> secret = loadOrMake(directory + "/server.key");
    if (!secret)
        return unexpected(secret.error());
    return PrivateKey(std::move(*secret));
}

Result<Secret<32>> loadClientGroupKey(const std::string &directory)
{
    return loadOrMake(directory + "/client-groups.key");
}

Result<InstanceId> loadInstanceId(const std::string &directory)
{
    const std::string path = directory + "/instance.id";
    const Result<std::string> text = readFile(path);
    if (text && !text->empty()) {
        Result<InstanceId> id = InstanceId::parse(*text);
        if (!id)
            return unexpected(ErrorCode::Malformed,
                              path + ": not a UUID; remove it to have another one made");
        return id;
    }
    if (!text && text.error().code != ErrorCode::NotFound)
        return unexpected(text.error());
    Result<InstanceId> id = InstanceId::parse(randomUuid());
    if (const Result<void> written = replaceFile(path, id->text() + '\n', 0600); !written)
        return unexpected(written.error());
    return id;
}

namespace {

constexpr const char *SharedNames[] = {"jwt.key", "server.key", "client-groups.key"};
constexpr const char *JoinedMark = "/cluster.joined";

} // namespace

SharedSecrets readSharedSecrets(const std::string &directory, bool selfSigned)
{
    SharedSecrets secrets;
    for (const char *name : SharedNames) {
        if (const auto text = readFile(directory + '/' + name))
            secrets.emplace_back(name, *text);
    }
    if (const SecretText pair = selfSignedPair(directory); selfSigned && !pair.empty())
        secrets.emplace_back(SharedPairName, pair.reveal());
    return secrets;
}

Result<void> keepSharedSecrets(const std::string &directory, const SharedSecrets &secrets)
{
    for (const auto &[name, value] : secrets) {
        if (name == SharedPairName) {
            if (const auto kept = keepSelfSignedPair(directory, value); !kept)
                return kept;
            continue;
        }
        const std::string path = directory + '/' + name;
        const Result<Bytes> bytes = fromHex(value);
        if (!bytes || bytes->size() != Secret<32>::Size)
            return unexpected(ErrorCode::Malformed, "the database's " + name + " is no key");
        const auto before = readFile(path);
        if (before && *before == value)
            continue;
        if (before) {
            if (const auto kept = replaceFile(path + ".before", *before + '\n', 0600); !kept)
                return kept;
        }
        if (const auto written = replaceFile(path, value + '\n', 0600); !written)
            return written;
    }
    return replaceFile(directory + JoinedMark, "\n", 0600);
}

bool hasJoined(const std::string &directory)
{
    return ::access((directory + JoinedMark).c_str(), F_OK) == 0;
}

Result<SecretText> readSecretFile(const std::string &path)
{
    Result<std::string> text = readFile(path);
    if (!text)
        return unexpected(text.error());
    // As an editor of another system saves it: with a byte order mark, with CRLF.
    constexpr std::string_view Mark = "\xef\xbb\xbf";
    const std::size_t first = text->starts_with(Mark) ? Mark.size() : 0;
    const std::size_t line = text->find_first_of("\r\n", first);
    SecretText secret(text->substr(first, line - first));
    if (secret.empty())
        return unexpected(ErrorCode::InvalidArgument, path + ": is empty");
    return secret;
}

} // namespace higgs::server
