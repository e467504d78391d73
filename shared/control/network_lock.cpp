// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/network_lock.h"

#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/control/system_error.h"

#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::control {

namespace {

constexpr mode_t DirectoryMode = 0755;
constexpr const char *Namespace = "/proc/self/ns/net";
/// How often the file may go between opening and locking it, as its holder ends.
constexpr int Tries = 8;

std::string noteIn(int fd)
{
    std::array<char, PATH_MAX> note{};
    const ssize_t got = ::pread(fd, note.data(), note.size(), 0);
    return got <= 0 ? std::string() : std::string(note.data(), static_cast<std::size_t>(got));
}

/// Whether the open file is still the one of that name: its holder takes it away at the end.
bool isAt(int fd, const std::string &path)
{
    struct stat opened
    {};
    struct stat named
    {};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// As long as it is locked. A full disk has room for the lock all the same, which is what counts.
void write(int fd, std::string_view note)
{
    if (::ftruncate(fd, 0) != 0 ||
        ::pwrite(fd, note.data(), note.size(), 0) != static_cast<ssize_t>(note.size()))
        static_cast<void>(::ftruncate(fd, 0) == 0);
}

} // namespace

Result<std::unique_ptr<NetworkLock>>
NetworkLock::take(const std::string &directory, std::string_view daemon, std::string_view note)
{
    struct stat network
    {};
    if (::stat(Namespace, &network) != 0)
        return systemError(Namespace);
    if (::mkdir(directory.c_str(), DirectoryMode) != 0 && errno != EEXIST)
        return systemError("cannot make " + directory);
    const std::string path =
        directory + "/" + std::string(daemon) + "-" + std::to_string(network.st_ino) + ".network";
    for (int i = 0; i < Tries; ++i) {
        constexpr int How = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        const int fd = ::open(path.c_str(), How, 0600);
        if (fd < 0)
            return systemError("cannot open " + path);
        std::unique_ptr<NetworkLock> lock(new NetworkLock({}, fd)); // closes it
        if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK)
                return systemError("cannot lock " + path);
            return unexpected(ErrorCode::AlreadyExists,
                              "another " + std::string(daemon) +
                                  " holds this machine's network: " + noteIn(fd));
        }
        if (!isAt(fd, path))
            continue;
        lock->m_path = path;
        // A daemon that root has tried out must not keep its own service user out afterwards.
        if (const Result<void> given = giveToDirectoryOwner(fd, path); !given)
            return unexpected(given.error());
        write(fd, note);
        return lock;
    }
    return unexpected(ErrorCode::System, path + " comes and goes");
}

Result<std::unique_ptr<NetworkLock>> holdNetwork(const std::string &directory,
                                                 std::string_view daemon,
                                                 const std::string &controlSocket, LockUser user)
{
    using Held = std::unique_ptr<NetworkLock>;
    // No daemon has ever been here.
    if (user == LockUser::Restoration && ::access(directory.c_str(), F_OK) != 0)
        return Held();
    auto lock = NetworkLock::take(directory, daemon,
                                  "process " + std::to_string(::getpid()) + ", control socket " +
                                      controlSocket);
    if (lock || lock.error().code == ErrorCode::AlreadyExists)
        return lock;
    log::warning("control", "whether another daemon holds this machine's network is not known",
                 {{"error", lock.error().detail}});
    return Held();
}

NetworkLock::~NetworkLock()
{
    if (!m_path.empty())
        ::unlink(m_path.c_str());
    ::close(m_fd);
}

} // namespace higgs::control
