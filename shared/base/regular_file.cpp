// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/regular_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs {

namespace {

Unexpected systemError(const std::string &path, int number)
{
    const ErrorCode code = number == ENOENT                      ? ErrorCode::NotFound
                           : number == EACCES || number == EPERM ? ErrorCode::Permission
                                                                 : ErrorCode::System;
    return unexpected(code, path + ": " + std::strerror(number));
}

Unexpected noRegularFile(const std::string &path)
{
    return unexpected(ErrorCode::InvalidArgument, path + " is not a regular file");
}

Result<std::string> readOpen(int fd, const std::string &path, std::size_t most)
{
    struct stat status = {};
    if (::fstat(fd, &status) != 0)
        return systemError(path, errno);
    if (!S_ISREG(status.st_mode))
        return noRegularFile(path);
    // One byte more tells of a file that is too large, or that grew since it was looked at.
    std::string text(most + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError(path, errno);
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    if (size > most)
        return unexpected(ErrorCode::InvalidArgument,
                          path + " is larger than " + std::to_string(most) + " bytes");
    text.resize(size);
    return text;
}

} // namespace

Result<std::string> readRegularFile(const std::string &path, std::size_t most)
{
    if (const Result<void> regular = requireRegularFile(path); !regular)
        return unexpected(regular.error());
    // What took its place meanwhile is not waited for, either.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return systemError(path, errno);
    Result<std::string> text = readOpen(fd, path, most);
    ::close(fd);
    return text;
}

Result<void> requireRegularFile(const std::string &path)
{
    // Not opened: the mere opening of a device can do something.
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0)
        return systemError(path, errno);
    if (!S_ISREG(status.st_mode))
        return noRegularFile(path);
    return {};
}

} // namespace higgs
