// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/durable_file.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs {

namespace {

Unexpected systemError(const std::string &path)
{
    const int number = errno;
    const bool refused = number == EACCES || number == EPERM || number == EROFS;
    return unexpected(refused ? ErrorCode::Permission : ErrorCode::System,
                      "cannot write " + path + ": " + std::strerror(number));
}

Result<void> writeAll(int fd, std::string_view text, const std::string &path)
{
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return systemError(path);
        if (written > 0)
            text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Also closes `fd`: on some filesystems only that tells of a full disk.
Result<void> fillAndClose(int fd, std::string_view text, mode_t mode, const std::string &path)
{
    Result<void> done = writeAll(fd, text, path);
    // A file of an earlier attempt may have other rights, and umask takes some away.
    if (done && ::fchmod(fd, mode) != 0)
        done = systemError(path);
    if (done)
        done = giveToDirectoryOwner(fd, path);
    if (done && ::fsync(fd) != 0)
        done = systemError(path);
    if (::close(fd) != 0 && done)
        done = systemError(path);
    return done;
}

Result<void> synchroniseDirectory(const std::string &path)
{
    const std::string directory = directoryOf(path);
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // A directory that may be written and not read cannot be synchronised: the file is there.
    if (fd < 0)
        return errno == EACCES ? Result<void>{} : systemError(directory);
    // Some filesystems do not know how; they say so by EINVAL.
    Result<void> done = ::fsync(fd) == 0 || errno == EINVAL || errno == EROFS
                            ? Result<void>{}
                            : systemError(directory);
    ::close(fd);
    return done;
}

/// More wrecks than a person will look at; the directory is full of them for another reason.
constexpr int MostKept = 100;

struct Kept
{
    std::string path;
    bool moved = false; ///< not only given a second name
};

enum class Keep : std::uint8_t { Beside, Aside };

/// Beside: by a second name where that can be had, so that the first one never stands empty: what
/// is missing reads as "nothing was ever set".
Result<Kept> keep(const std::string &path, Keep how)
{
    for (int number = 0; number < MostKept; ++number) {
        const std::string kept =
            path + ".damaged" + (number == 0 ? "" : "." + std::to_string(number));
        if (how == Keep::Beside && ::link(path.c_str(), kept.c_str()) == 0)
            return Kept{kept, false};
        if (how == Keep::Beside && errno == EEXIST)
            continue;
        // Also for a directory, another's file, a filesystem that has no second names.
        if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, kept.c_str(), RENAME_NOREPLACE) == 0)
            return Kept{kept, true};
        if (errno != EEXIST)
            return systemError(kept);
    }
    errno = EEXIST;
    return systemError(path + ".damaged");
}

} // namespace

std::string directoryOf(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> giveToDirectoryOwner(int fd, const std::string &path)
{
    if (::geteuid() != 0)
        return {};
    struct stat directory = {};
    struct stat file = {};
    if (::stat(directoryOf(path).c_str(), &directory) != 0 || ::fstat(fd, &file) != 0)
        return systemError(path);
    if (file.st_uid == directory.st_uid && file.st_gid == directory.st_gid)
        return {};
    if (::fchown(fd, directory.st_uid, directory.st_gid) == 0)
        return {};
    // Root without the right to give files away (a container, a foreign filesystem) keeps them.
    return errno == EPERM || errno == EINVAL ? Result<void>{} : systemError(path);
}

Result<void> replaceFile(const std::string &path, std::string_view text, mode_t mode)
{
    const std::string fresh = path + ".new";
    // What stands there is the rest of an attempt that was killed, or not ours to write through.
    if (::unlink(fresh.c_str()) != 0 && errno != ENOENT)
        return systemError(fresh);
    constexpr int How = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const int fd = ::open(fresh.c_str(), How, mode);
    if (fd < 0)
        return systemError(fresh);
    Result<void> done = fillAndClose(fd, text, mode, fresh);
    if (done && ::rename(fresh.c_str(), path.c_str()) != 0)
        done = systemError(path);
    if (!done) {
        ::unlink(fresh.c_str());
        return done;
    }
    return synchroniseDirectory(path);
}

Result<std::string> replaceKeeping(const std::string &path, std::string_view text, mode_t mode)
{
    const Result<Kept> kept = keep(path, Keep::Beside);
    if (!kept)
        return unexpected(kept.error());
    if (const Result<void> done = replaceFile(path, text, mode); !done) {
        if (kept->moved)
            ::rename(kept->path.c_str(), path.c_str());
        else
            ::unlink(kept->path.c_str());
        return unexpected(done.error());
    }
    return kept->path;
}

Result<std::string> putAside(const std::string &path)
{
    Result<Kept> kept = keep(path, Keep::Aside);
    if (!kept)
        return unexpected(kept.error());
    return std::move(kept->path);
}

} // namespace higgs
