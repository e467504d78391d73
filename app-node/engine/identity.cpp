// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/identity.h"

#include "shared/base/bytes.h"
#include "shared/base/durable_file.h"
#include "shared/crypto/sha256.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::node {

namespace {

constexpr std::size_t MaxFileSize = 512; // each file holds one line

class FileDescriptor
{
public:
    explicit FileDescriptor(int fd) : m_fd(fd) {}
    FileDescriptor(const FileDescriptor &) = delete;
    FileDescriptor &operator=(const FileDescriptor &) = delete;
    ~FileDescriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    [[nodiscard]] int get() const { return m_fd; }
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }

private:
    int m_fd;
};

Unexpected systemError(const std::string &path, int error)
{
    const ErrorCode code =
        error == EACCES || error == EPERM ? ErrorCode::Permission : ErrorCode::System;
    return unexpected(code, path + ": " + std::strerror(error));
}

/// NotFound if there is no such file; the text without its final newline.
Result<SecretText> readLine(const std::string &path, mode_t forbidden)
{
    // A pipe in its place is not waited for.
    const FileDescriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!file.isOpen()) {
        if (errno == ENOENT)
            return unexpected(ErrorCode::NotFound, path);
        return systemError(path, errno);
    }
    struct stat info
    {};
    if (::fstat(file.get(), &info) != 0)
        return systemError(path, errno);
    if (!S_ISREG(info.st_mode))
        return unexpected(ErrorCode::InvalidArgument, path + " is not a regular file");
    if ((info.st_mode & forbidden) != 0)
        return unexpected(ErrorCode::Permission,
                          path + " may be read by others: run chmod 600 on it");
    std::array<char, MaxFileSize> buffer{};
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0)
        return systemError(path, errno);
    std::string text(buffer.data(), static_cast<std::size_t>(count));
    wipe({reinterpret_cast<std::uint8_t *>(buffer.data()), buffer.size()});
    if (!text.empty() && text.back() == '\n')
        text.pop_back();
    return SecretText(std::move(text));
}

/// Readable for the service also when root has made it.
Result<void> writeLine(const std::string &path, std::string_view text, mode_t mode)
{
    SecretText line(std::string(text) + '\n');
    return replaceFile(path, line.reveal(), mode);
}

constexpr const char *OwnerFile = "/known-to";
constexpr std::string_view NoPin = "-";

std::string hostPort(const KnownTo &server)
{
    return server.host + " " + std::to_string(server.port);
}

std::string lineOf(const KnownTo &server)
{
    return hostPort(server) + " " + (server.pin ? toHex(*server.pin) : std::string(NoPin));
}

/// Whether the owner's line names this server.
bool names(std::string_view line, const KnownTo &server)
{
    const auto end = line.rfind(' ');
    if (end == std::string_view::npos)
        return false;
    const std::string_view pin = line.substr(end + 1);
    if (server.pin)
        return pin == toHex(*server.pin);
    return line.substr(0, end) == hostPort(server);
}

/// Where the identity of another server than the first is.
std::string ownDirectory(const std::string &dataDir, const KnownTo &server)
{
    constexpr std::size_t Length = 32;
    return dataDir + "/identities/" + toHex(sha256(asBytes(lineOf(server)))).substr(0, Length);
}

/// All directories with an identity, the first server's first.
std::vector<std::string> directories(const std::string &dataDir)
{
    std::vector<std::string> all{dataDir};
    std::error_code error;
    for (std::filesystem::directory_iterator each(dataDir + "/identities", error), end;
         !error && each != end; each.increment(error))
        all.push_back(each->path().string());
    return all;
}

/// `known`: the line that stands beside the identity; empty: none.
Result<Identity> owned(const std::string &directory, std::string_view known, const KnownTo &server)
{
    Result<Identity> identity = loadOrCreateIdentity(directory);
    const std::string line = lineOf(server);
    if (!identity || known == line)
        return identity;
    if (const Result<void> written = writeLine(directory + OwnerFile, line, 0600); !written)
        return unexpected(written.error());
    return identity;
}

} // namespace

Result<Identity> identityFor(const std::string &dataDir, const KnownTo &server)
{
    if (server.host.empty())
        return loadOrCreateIdentity(dataDir);
    for (const std::string &directory : directories(dataDir)) {
        const Result<SecretText> owner = readLine(directory + OwnerFile, S_IWGRP | S_IWOTH);
        if (!owner && owner.error().code != ErrorCode::NotFound)
            return unexpected(owner.error());
        // One of before there were several is the first server's that comes.
        if (owner ? names(owner->reveal(), server) : directory == dataDir)
            return owned(directory, owner ? owner->reveal() : std::string_view(), server);
    }
    const std::string directory = ownDirectory(dataDir, server);
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error || ::chmod(directory.c_str(), S_IRWXU) != 0)
        return systemError(directory, error ? error.value() : errno);
    return owned(directory, {}, server);
}

Result<Identity> loadOrCreateIdentity(const std::string &dataDir)
{
    const std::string keyPath = dataDir + "/identity.key";
    const std::string idPath = dataDir + "/node-id";
    const Result<SecretText> keyText = readLine(keyPath, S_IRWXG | S_IRWXO);
    const Result<SecretText> idText = readLine(idPath, S_IWGRP | S_IWOTH);

    if (keyText && idText) {
        Result<PrivateKey> key = PrivateKey::parse(keyText->reveal());
        const Result<NodeId> id = NodeId::parse(idText->reveal());
        if (!key)
            return unexpected(ErrorCode::Malformed,
                              keyPath + " is damaged: restore it, or delete both it and node-id "
                                        "to become a new node");
        if (!id)
            return unexpected(ErrorCode::Malformed,
                              idPath + " is damaged: restore it, or delete both it and "
                                       "identity.key to become a new node");
        return Identity{*id, std::move(*key)};
    }
    if (!keyText && keyText.error().code != ErrorCode::NotFound)
        return unexpected(keyText.error());
    if (!idText && idText.error().code != ErrorCode::NotFound)
        return unexpected(idText.error());

    // The id is written first: a key without an id cannot come from an interrupted first start.
    if (keyText)
        return unexpected(ErrorCode::NotFound, idPath + " is missing beside identity.key");
    Identity identity{*NodeId::parse(randomUuid()), PrivateKey::generate()};
    if (Result<void> written = writeLine(idPath, identity.id.text(), 0644); !written)
        return unexpected(written.error());
    if (Result<void> written = writeLine(keyPath, identity.key.toBase64().reveal(), 0600); !written)
        return unexpected(written.error());
    return identity;
}

} // namespace higgs::node
