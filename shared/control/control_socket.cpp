// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/control_socket.h"

#include "shared/base/durable_file.h"
#include "shared/control/system_error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace higgs::control {

namespace {

// A flood is accepted and refused in words; behind a full backlog nobody would hear anything.
constexpr int Backlog = 1024;
constexpr mode_t DirectoryMode = 0755;

Result<sockaddr_un> addressOf(const std::string &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path))
        return unexpected(ErrorCode::InvalidArgument,
                          "a control socket's path has 1 to " +
                              std::to_string(sizeof(address.sun_path) - 1) + " bytes: " + path);
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

std::string lockPath(const std::string &path)
{
    return path + ".lock";
}

Result<void> makeDirectoryOf(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos || slash == 0)
        return {};
    const std::string directory = path.substr(0, slash);
    if (::mkdir(directory.c_str(), DirectoryMode) != 0 && errno != EEXIST)
        return systemError("cannot make " + directory);
    return {};
}

/// Takes "<path>.lock" and writes `note` into it. The file stays when the daemon ends, since
/// removing a lock file lets two take it; only the lock says that somebody runs.
Result<int> takeLock(const std::string &path, std::string_view note)
{
    const std::string name = lockPath(path);
    constexpr int How = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int fd = ::open(name.c_str(), How, 0600);
    if (fd < 0)
        return systemError("cannot open " + name);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        return unexpected(ErrorCode::AlreadyExists, "another daemon is running at " + path);
    }
    // A daemon that root has tried out must not keep its own service user out afterwards.
    if (const Result<void> given = giveToDirectoryOwner(fd, name); !given) {
        ::close(fd);
        return unexpected(given.error());
    }
    const bool written = ::ftruncate(fd, 0) == 0 &&
                         ::write(fd, note.data(), note.size()) == static_cast<ssize_t>(note.size());
    // A full disk has room for the lock all the same, which is what counts.
    if (!written)
        static_cast<void>(::ftruncate(fd, 0) == 0);
    return fd;
}

/// Makes sure that nothing stands at the path: removes a socket nobody listens on, and nothing
/// else.
Result<void> clearPath(const std::string &path, const sockaddr_un &address)
{
    struct stat found
    {};
    if (::lstat(path.c_str(), &found) != 0)
        return errno == ENOENT ? Result<void>{} : systemError("cannot look at " + path);
    if (!S_ISSOCK(found.st_mode))
        return unexpected(ErrorCode::InvalidArgument, path + " exists and is not a socket");
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return systemError("socket");
    const int connected =
        ::connect(probe, reinterpret_cast<const sockaddr *>(&address), sizeof(address));
    const bool stale = connected != 0 && errno == ECONNREFUSED;
    ::close(probe);
    if (!stale)
        return unexpected(ErrorCode::AlreadyExists, "another daemon is running at " + path);
    if (::unlink(path.c_str()) != 0)
        return systemError("cannot remove the stale " + path);
    return {};
}

Result<int> bindAndListen(const std::string &path, const sockaddr_un &address, Admission admission)
{
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return systemError("socket");
    // By umask, so that the file never exists with wider rights, not even for an instant.
    const mode_t before = ::umask(admission == Admission::Nobody ? 0177 : 0117);
    const int bound = ::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address));
    ::umask(before);
    if (bound != 0) {
        const Unexpected failure = systemError("cannot listen at " + path);
        ::close(fd);
        return failure;
    }
    // May fail for a user who is not in the group: then the socket stays with the user's own.
    const auto group = admission == Admission::Nobody ? std::nullopt : controlGroup();
    if (group) [[maybe_unused]]
        const int changed = ::chown(path.c_str(), static_cast<uid_t>(-1), *group);
    if (::listen(fd, Backlog) != 0) {
        const Unexpected failure = systemError("cannot listen at " + path);
        ::unlink(path.c_str());
        ::close(fd);
        return failure;
    }
    return fd;
}

} // namespace

Result<std::unique_ptr<ControlSocket>>
ControlSocket::open(const std::string &path, std::string_view note, Admission admission)
{
    const Result<sockaddr_un> address = addressOf(path);
    if (!address)
        return unexpected(address.error());
    if (Result<void> made = makeDirectoryOf(path); !made)
        return unexpected(made.error());
    const Result<int> lock = takeLock(path, note);
    if (!lock)
        return unexpected(lock.error());
    const Result<void> cleared = clearPath(path, *address);
    const Result<int> fd = cleared ? bindAndListen(path, *address, admission)
                                   : Result<int>(unexpected(cleared.error()));
    if (!fd) {
        ::close(*lock);
        return unexpected(fd.error());
    }
    return std::unique_ptr<ControlSocket>(new ControlSocket(path, *lock, *fd));
}

ControlSocket::ControlSocket(std::string path, int lock, int fd)
    : m_path(std::move(path)), m_lock(lock), m_fd(fd)
{}

ControlSocket::~ControlSocket()
{
    ::unlink(m_path.c_str());
    ::close(m_fd);
    ::close(m_lock);
}

std::string lastDaemonNote(const std::string &path)
{
    // A pipe in its place is not waited for.
    const int fd =
        ::open(lockPath(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return {};
    std::array<char, PATH_MAX> note{};
    const ssize_t got = ::read(fd, note.data(), note.size());
    ::close(fd);
    return got <= 0 ? std::string() : std::string(note.data(), static_cast<std::size_t>(got));
}

Result<ControlPeer> controlPeer(int connectedFd)
{
    ucred credentials{};
    socklen_t length = sizeof(credentials);
    if (::getsockopt(connectedFd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
        return systemError("SO_PEERCRED");
    return ControlPeer{credentials.uid, credentials.gid, credentials.pid};
}

std::optional<gid_t> controlGroup()
{
    // getgrnam is not reentrant; main() and the listening thread are the same here.
    const group *found = ::getgrnam(ControlGroup);
    return found == nullptr ? std::nullopt : std::optional<gid_t>(found->gr_gid);
}

bool mayControl(int connectedFd, const ControlPeer &peer, std::optional<gid_t> group)
{
    if (peer.uid == 0 || peer.uid == ::geteuid())
        return true;
    if (!group)
        return false;
    if (peer.gid == *group)
        return true;
    socklen_t length = 0;
    if (::getsockopt(connectedFd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &length) == 0 ||
        errno != ERANGE)
        return false;
    std::vector<gid_t> groups(length / sizeof(gid_t));
    if (::getsockopt(connectedFd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) != 0)
        return false;
    return std::find(groups.begin(), groups.end(), *group) != groups.end();
}

} // namespace higgs::control
