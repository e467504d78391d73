// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/settings_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::control {

namespace {

Unexpected systemError(const std::string &what)
{
    const int number = errno;
    const ErrorCode code = number == EACCES || number == EPERM || number == EROFS
                               ? ErrorCode::Permission
                               : ErrorCode::System;
    return unexpected(code, what + ": " + std::strerror(number));
}

Result<void> writeWhole(int fd, std::string_view text, const std::string &name)
{
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return systemError("cannot write " + name);
        if (written > 0)
            text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd) != 0)
        return systemError("cannot write " + name);
    return {};
}

} // namespace

Result<protocol::Json> readSettings(const std::string &path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT)
            return protocol::Json::object();
        return systemError("cannot read " + path);
    }
    std::string text(MaxSettingsSize, '\0');
    const ssize_t got = ::read(fd, text.data(), text.size());
    const Unexpected failure = systemError("cannot read " + path);
    ::close(fd);
    if (got < 0)
        return failure;
    text.resize(static_cast<std::size_t>(got));
    const Result<protocol::Json> json = protocol::parseJson(text, {.bytes = MaxSettingsSize});
    if (!json || !json->is_object())
        return unexpected(ErrorCode::Malformed,
                          path + " is damaged: remove it to start with the defaults");
    return json;
}

Result<void> writeSettings(const std::string &path, const protocol::Json &settings)
{
    const std::string fresh = path + ".new";
    const int fd =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return systemError("cannot write " + fresh);
    Result<void> written = writeWhole(fd, settings.dump(2) + "\n", fresh);
    ::close(fd);
    if (written && ::rename(fresh.c_str(), path.c_str()) != 0)
        written = systemError("cannot write " + path);
    if (!written)
        ::unlink(fresh.c_str());
    return written;
}

std::optional<WallTime> momentOf(const protocol::Json &value)
{
    constexpr std::int64_t Latest = 253'402'300'799'999;
    if (!value.is_number_integer())
        return std::nullopt;
    const auto ms = value.get<std::int64_t>(); // negative, where it is beyond the type
    return ms >= 0 && ms <= Latest ? std::optional(WallTime{ms}) : std::nullopt;
}

Result<void> prepareDataDirectory(const std::string &path)
{
    const std::string advice = " (choose another one with --data-dir)";
    // Each missing part, as `mkdir -p` would.
    for (std::size_t end = path.find('/', 1); end != std::string::npos;
         end = path.find('/', end + 1))
        ::mkdir(path.substr(0, end).c_str(), 0755);
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        Error error = systemError("cannot make the data directory " + path).error;
        error.detail += advice;
        return unexpected(std::move(error));
    }
    std::string probe = path + "/.probe-XXXXXX";
    const int fd = ::mkostemp(probe.data(), O_CLOEXEC);
    if (fd < 0) {
        Error error = systemError("cannot write in the data directory " + path).error;
        error.detail += advice;
        return unexpected(std::move(error));
    }
    ::close(fd);
    ::unlink(probe.c_str());
    return {};
}

} // namespace higgs::control
