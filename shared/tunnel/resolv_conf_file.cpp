// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/resolv_conf_file.h"

#include "shared/base/log.h"
#include "shared/base/regular_file.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/owned_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace higgs {

namespace {

constexpr const char *Path = "/etc/resolv.conf";
constexpr const char *FreshPath = "/etc/.resolv.conf.higgs";
constexpr std::uint32_t DefaultMode = 0644;

// resolv.conf(5) files have some hundred bytes; this is somebody's accident.
constexpr std::size_t MaxSize = 256UL * 1024UL;

bool isImmutable()
{
    const OwnedFd fd(::open(Path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    int flags = 0;
    return fd.isOpen() && ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) == 0 &&
           (flags & FS_IMMUTABLE_FL) != 0;
}

Unexpected cannotWrite(int error)
{
    if (isImmutable())
        return unexpected(ErrorCode::Permission,
                          "/etc/resolv.conf is immutable: run chattr -i on it");
    return unexpected(error == EACCES || error == EPERM || error == EROFS ? ErrorCode::Permission
                                                                          : ErrorCode::System,
                      describeErrno("write /etc/resolv.conf", error));
}

bool isMountPoint()
{
    std::ifstream mounts("/proc/self/mountinfo");
    std::string line;
    while (std::getline(mounts, line)) {
        // proc(5): the fifth field is the mount point.
        if (line.find(std::string(" ") + Path + " ") != std::string::npos)
            return true;
    }
    return false;
}

/// 0, or the errno.
int writeTo(const OwnedFd &fd, const std::string &content)
{
    if (!fd.isOpen())
        return errno;
    const auto size = static_cast<ssize_t>(content.size());
    if (::write(fd.get(), content.data(), content.size()) != size || ::fsync(fd.get()) != 0)
        return errno == 0 ? ENOSPC : errno;
    return 0;
}

int writeInPlace(const std::string &content)
{
    // Not through a link: what it points to belongs to somebody else.
    constexpr int How = O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    return writeTo(OwnedFd(::open(Path, How)), content);
}

bool writeAll(const OwnedFd &fd, const std::string &text)
{
    return ::pwrite(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
           ::fsync(fd.get()) == 0;
}

/// As far as we may: a service user cannot give files away.
void setOwner(const OwnedFd &fd, const ResolvConf &file)
{
    if (::fchmod(fd.get(), file.mode) != 0 || ::fchown(fd.get(), file.uid, file.gid) != 0)
        log::debug("tunnel", "resolv.conf keeps our owner");
}

/// On a full disk: what is there has its room already. False: it stays as it was.
bool writeOver(const ResolvConf &file)
{
    const std::string before = resolvConfText();
    const OwnedFd fd(::open(Path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.isOpen())
        return false;
    // Whoever dies in between leaves no line of the old text.
    const std::string padding(before.size() - std::min(before.size(), file.content.size()), '\n');
    if (writeAll(fd, file.content + padding) &&
        ::ftruncate(fd.get(), static_cast<off_t>(file.content.size())) == 0) {
        setOwner(fd, file);
        return true;
    }
    if (!writeAll(fd, before) || ::ftruncate(fd.get(), static_cast<off_t>(before.size())) != 0)
        log::error("tunnel", "/etc/resolv.conf is damaged, as the disk is full");
    return false;
}

int writeByRename(const ResolvConf &file)
{
    ::unlink(FreshPath);
    if (file.kind == ResolvConf::Kind::Symlink) {
        if (::symlink(file.content.c_str(), FreshPath) != 0)
            return errno;
    } else {
        const OwnedFd fd(::open(FreshPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode));
        if (const int error = writeTo(fd, file.content)) {
            ::unlink(FreshPath);
            return error;
        }
        setOwner(fd, file);
    }
    if (std::rename(FreshPath, Path) != 0) {
        const int error = errno;
        ::unlink(FreshPath);
        return error;
    }
    return 0;
}

int put(const ResolvConf &file)
{
    const bool inPlacePossible = file.kind == ResolvConf::Kind::Regular;
    if (inPlacePossible && isMountPoint())
        return writeInPlace(file.content);
    const int error = writeByRename(file);
    if (error == 0 || !inPlacePossible)
        return error;
    if (error == ENOSPC || error == EDQUOT)
        return writeOver(file) ? 0 : error;
    return error == EBUSY || error == EACCES || error == EROFS ? writeInPlace(file.content) : error;
}

} // namespace

Result<ResolvConf> readResolvConf()
{
    struct stat status
    {};
    ResolvConf file;
    if (::lstat(Path, &status) != 0) {
        if (errno == ENOENT)
            return file;
        return unexpected(ErrorCode::System, describeErrno("stat /etc/resolv.conf", errno));
    }
    file.mode = status.st_mode & 07777U;
    file.uid = status.st_uid;
    file.gid = status.st_gid;
    if (S_ISLNK(status.st_mode)) {
        std::array<char, PATH_MAX> target{};
        const ssize_t size = ::readlink(Path, target.data(), target.size());
        if (size < 0)
            return unexpected(ErrorCode::System, describeErrno("readlink /etc/resolv.conf", errno));
        file.kind = ResolvConf::Kind::Symlink;
        file.content.assign(target.data(), static_cast<std::size_t>(size));
        return file;
    }
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > MaxSize)
        return unexpected(ErrorCode::Malformed, "/etc/resolv.conf is not a plain small file");
    file.kind = ResolvConf::Kind::Regular;
    file.content = resolvConfText();
    return file;
}

std::string resolvConfText()
{
    // A pipe that somebody put there would be waited for, with the block up and nobody at the helm.
    return readRegularFile(Path, MaxSize).value_or(std::string());
}

std::string resolvConfText(const ResolvConf &file)
{
    if (file.kind != ResolvConf::Kind::Symlink)
        return file.content;
    const std::string target =
        file.content.starts_with('/') ? file.content : "/etc/" + file.content;
    return readRegularFile(target, MaxSize).value_or(std::string());
}

Result<void> replaceResolvConf(const std::string &content)
{
    const int error =
        put({ResolvConf::Kind::Regular, content, DefaultMode, ::geteuid(), ::getegid()});
    if (error != 0)
        return cannotWrite(error);
    return {};
}

Result<void> restoreResolvConf(const ResolvConf &original)
{
    const auto now = readResolvConf();
    if (!now && now.error().code == ErrorCode::Malformed) {
        log::info("tunnel", "resolv.conf is no file any more, and stays as somebody made it");
        return {};
    }
    if (!now)
        return unexpected(now.error());
    if (now->kind != ResolvConf::Kind::Regular || !isOurResolvConf(now->content)) {
        if (*now != original)
            log::info("tunnel", "resolv.conf was rewritten by somebody else, and stays theirs");
        return {};
    }
    if (original.kind == ResolvConf::Kind::Missing) {
        if (::unlink(Path) != 0)
            return cannotWrite(errno);
        return {};
    }
    if (const int error = put(original))
        return cannotWrite(error);
    return {};
}

} // namespace higgs
