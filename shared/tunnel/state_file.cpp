// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/state_file.h"

#include "shared/base/durable_file.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/owned_fd.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs {

namespace {

// A resolv.conf and a hundred interfaces' settings need some kilobytes.
constexpr std::size_t MaxStateSize = 1024UL * 1024UL;

Unexpected systemError(std::string_view what, const std::string &path)
{
    const int error = errno;
    const bool forbidden = error == EACCES || error == EPERM || error == EROFS;
    return unexpected(forbidden ? ErrorCode::Permission : ErrorCode::System,
                      describeErrno(std::string(what) + " " + path, error));
}

bool syncDirectoryOf(const std::string &path)
{
    const std::string directory = directoryOf(path);
    const OwnedFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.isOpen() && ::fsync(fd.get()) == 0;
}

} // namespace

Result<std::optional<std::string>> StateFile::load() const
{
    // A pipe in its place is not waited for.
    const OwnedFd fd(
        ::open(m_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!fd.isOpen() && errno == ENOENT)
        return std::optional<std::string>();
    struct stat status = {};
    if (!fd.isOpen() || ::fstat(fd.get(), &status) != 0)
        return systemError("open", m_path);
    if (!S_ISREG(status.st_mode))
        return unexpected(ErrorCode::Malformed, m_path + " is not a regular file");
    std::string content;
    std::array<char, 16384> chunk{};
    for (;;) {
        const ssize_t size = ::read(fd.get(), chunk.data(), chunk.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return systemError("read", m_path);
        if (size == 0)
            return std::optional<std::string>(std::move(content));
        content.append(chunk.data(), static_cast<std::size_t>(size));
        if (content.size() > MaxStateSize)
            return unexpected(ErrorCode::TooLarge, m_path + " is no state of ours");
    }
}

Result<void> StateFile::save(std::string_view content) const
{
    return replaceFile(m_path, content, 0600);
}

Result<void> StateFile::remove() const
{
    if (::unlink(m_path.c_str()) != 0 && errno != ENOENT)
        return systemError("remove", m_path);
    ::unlink((m_path + ".new").c_str());
    syncDirectoryOf(m_path);
    return {};
}

} // namespace higgs
