// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/settings_file.h"

#include "shared/base/durable_file.h"
#include "shared/base/regular_file.h"

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

/// Into the file that is there, which takes no room: what a person takes back must not need any. A
/// few hundred bytes are one write; a power loss within leaves a file that is damaged, and a
/// damaged one closes.
bool overwrite(const std::string &path, std::string_view text)
{
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    const auto put = [fd](std::string_view some, off_t at) {
        return ::pwrite(fd, some.data(), some.size(), at) == static_cast<ssize_t>(some.size());
    };
    struct stat found = {};
    bool done = ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
    // Where it has to grow, first by spaces, which change nothing: they show whether there is room.
    const auto size = static_cast<off_t>(text.size());
    if (done && size > found.st_size) {
        done = put(std::string(static_cast<std::size_t>(size - found.st_size), ' '), found.st_size);
        if (!done)
            static_cast<void>(::ftruncate(fd, found.st_size) == 0);
    }
    done = done && put(text, 0) && ::ftruncate(fd, size) == 0 && ::fsync(fd) == 0;
    return ::close(fd) == 0 && done;
}

} // namespace

Result<protocol::Json> readSettings(const std::string &path)
{
    const Result<std::string> text = readRegularFile(path, MaxSettingsSize);
    struct stat link = {};
    const bool missing = !text && text.error().code == ErrorCode::NotFound;
    // A link to what is not there (a disk that is not mounted) is no first start.
    if (missing && ::lstat(path.c_str(), &link) != 0 && errno == ENOENT)
        return protocol::Json::object();
    if (!text)
        return unexpected(text.error().code, "cannot read " + text.error().detail);
    const Result<protocol::Json> json = protocol::parseJson(*text, {.bytes = MaxSettingsSize});
    if (!json || !json->is_object())
        return unexpected(ErrorCode::Malformed, path + " is damaged");
    return json;
}

Result<void> writeSettings(const std::string &path, const protocol::Json &settings)
{
    const std::string text = settings.dump(2) + "\n";
    const Result<void> done = replaceFile(path, text, 0600);
    if (!done && done.error().code == ErrorCode::System && overwrite(path, text))
        return {};
    return done;
}

Result<std::string> replaceDamaged(const std::string &path, const protocol::Json &settings)
{
    return replaceKeeping(path, settings.dump(2) + "\n", 0600);
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
