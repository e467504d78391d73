// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/socket_takeover.h"

#include "shared/base/clock.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace higgs::control {

namespace {

// A killed process lets its files go at once, unless the kernel keeps it.
constexpr Seconds EndPatience{5};
constexpr Milliseconds EndPoll{20};

std::vector<std::string> entriesOf(const std::string &directory)
{
    std::vector<std::string> names;
    DIR *const opened = ::opendir(directory.c_str());
    if (opened == nullptr)
        return names;
    while (const dirent *entry = ::readdir(opened))
        names.emplace_back(entry->d_name);
    ::closedir(opened);
    return names;
}

bool hasOpen(const std::string &process, const struct stat &file)
{
    const std::string descriptors = process + "/fd/";
    for (const std::string &name : entriesOf(descriptors)) {
        struct stat found
        {};
        if (::stat((descriptors + name).c_str(), &found) == 0 && found.st_dev == file.st_dev &&
            found.st_ino == file.st_ino)
            return true;
    }
    return false;
}

/// Processes of that name, but for this one, that have the socket's lock file open.
std::vector<pid_t> holdersOf(const std::string &path, std::string_view daemon)
{
    std::vector<pid_t> holders;
    struct stat lock
    {};
    if (::stat((path + ".lock").c_str(), &lock) != 0)
        return holders;
    for (const std::string &name : entriesOf("/proc")) {
        pid_t pid = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (read.ec != std::errc() || pid <= 0 || pid == ::getpid())
            continue;
        const std::string process = "/proc/" + name;
        std::string called;
        std::ifstream comm(process + "/comm");
        std::getline(comm, called);
        if (called == daemon && hasOpen(process, lock))
            holders.push_back(pid);
    }
    return holders;
}

/// Every daemon holds the lock for life: what listens there without it is something else.
bool isLockFree(const std::string &path)
{
    const int fd = ::open((path + ".lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT;
    const bool free = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    ::close(fd);
    return free;
}

} // namespace

Result<TakenSocket> takeOverSocket(const std::string &path, std::string_view daemon,
                                   std::string_view note, Admission admission)
{
    TakenSocket taken;
    auto opened = ControlSocket::open(path, note, admission);
    const auto isHeld = [&opened] {
        return !opened && opened.error().code == ErrorCode::AlreadyExists;
    };
    if (isHeld()) {
        const std::vector<pid_t> holders = holdersOf(path, daemon);
        for (const pid_t holder : holders) {
            if (::kill(holder, SIGKILL) != 0 && errno != ESRCH)
                return unexpected(ErrorCode::Permission,
                                  std::string(daemon) + " does not answer and cannot be ended: " +
                                      std::strerror(errno));
            taken.ended = true;
        }
        if (!taken.ended && isLockFree(path))
            return taken;
        if (!taken.ended)
            return unexpected(opened.error());
        const Monotonic deadline = monotonicNow() + EndPatience;
        while (isHeld() && monotonicNow() < deadline) {
            std::this_thread::sleep_for(EndPoll);
            opened = ControlSocket::open(path, note, admission);
        }
        // Somebody has started a new one in that moment, which does answer.
        if (isHeld() && holdersOf(path, daemon) != holders)
            return unexpected(opened.error());
    }
    if (opened)
        taken.socket = std::move(*opened);
    return taken;
}

} // namespace higgs::control
