// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/admin_place.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace higgs::server {

Result<AdminPlace> AdminPlace::of(const std::string &dataDirectory)
{
    std::string plain = dataDirectory + '/' + AdminSocketName;
    if (plain.size() < sizeof(sockaddr_un::sun_path))
        return AdminPlace(std::move(plain));
    const int fd = ::open(dataDirectory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        const ErrorCode code = errno == ENOENT   ? ErrorCode::NotFound
                               : errno == EACCES ? ErrorCode::Permission
                                                 : ErrorCode::System;
        return unexpected(code, dataDirectory + ": " + std::strerror(errno));
    }
    return AdminPlace("/proc/self/fd/" + std::to_string(fd) + '/' + AdminSocketName, fd);
}

AdminPlace::AdminPlace(std::string path, int directory)
    : m_path(std::move(path)), m_directory(directory)
{}

AdminPlace::AdminPlace(AdminPlace &&other) noexcept
    : m_path(std::move(other.m_path)), m_directory(std::exchange(other.m_directory, -1))
{}

AdminPlace &AdminPlace::operator=(AdminPlace &&other) noexcept
{
    std::swap(m_path, other.m_path);
    std::swap(m_directory, other.m_directory);
    return *this;
}

AdminPlace::~AdminPlace()
{
    if (m_directory >= 0)
        ::close(m_directory);
}

} // namespace higgs::server
