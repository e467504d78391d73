// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/wireguard_go.h"

#include "shared/reactor/udp_batch.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/pidfd.h"
#include "shared/tunnel/uapi_socket.h"

#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <net/if.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace higgs {

namespace {

constexpr Milliseconds StartTimeout{5000};

// The interface appears without an event in the directory, a moment before the socket: look again
// at least this often.
constexpr Milliseconds LookAgain{20};

std::string uapiPath(const std::string &interfaceName)
{
    return std::string(UapiDirectory) + "/" + interfaceName + ".sock";
}

/// 0 when somebody listens, else the errno.
int connectUapi(const std::string &interfaceName)
{
    const std::string path = uapiPath(interfaceName);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path))
        return ENAMETOOLONG;
    path.copy(address.sun_path, path.size());
    const OwnedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool connected =
        ::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0;
    return connected ? 0 : errno;
}

bool answers(const std::string &interfaceName)
{
    return ::if_nametoindex(interfaceName.c_str()) != 0 && connectUapi(interfaceName) == 0;
}

void enlargeIfUdp(int pidfd, int number, bool &allDone)
{
    const OwnedFd copy(::pidfd_getfd(pidfd, number, 0));
    if (!copy.isOpen()) {
        allDone = false;
        return;
    }
    struct stat status
    {};
    int type = 0;
    int domain = 0;
    socklen_t length = sizeof(type);
    if (::fstat(copy.get(), &status) != 0 || !S_ISSOCK(status.st_mode) ||
        ::getsockopt(copy.get(), SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_DGRAM)
        return;
    length = sizeof(domain);
    if (::getsockopt(copy.get(), SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
        (domain == AF_INET || domain == AF_INET6))
        std::ignore = enlargeSocketBuffers(copy.get());
}

} // namespace

Result<std::unique_ptr<ChildProcess>> startWireguardGo(EpollSet &epoll,
                                                       const std::string &interfaceName)
{
    ::mkdir(UapiDirectory, 0755); // so that there is something to watch; it would make it itself
    const OwnedFd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    ::inotify_add_watch(watch.get(), UapiDirectory, IN_CREATE | IN_MOVED_TO);

    auto child = ChildProcess::start(epoll, "wireguard-go", {"--foreground", interfaceName},
                                     {"LOG_LEVEL=error"}, "wireguard-go");
    if (!child)
        return child;
    const Monotonic deadline = monotonicNow() + StartTimeout;
    while (!answers(interfaceName)) {
        if (!(*child)->isRunning())
            return unexpected(ErrorCode::Unavailable,
                              "wireguard-go does not start: " + (*child)->lastWords());
        if (monotonicNow() >= deadline)
            return unexpected(ErrorCode::Timeout,
                              "wireguard-go does not answer on " + std::string(UapiDirectory));
        pollfd events[] = {{watch.get(), POLLIN, 0}, {(*child)->pidfd(), POLLIN, 0}};
        ::poll(events, 2, static_cast<int>(LookAgain.count()));
        char ignored[4096];
        while (::read(watch.get(), ignored, sizeof(ignored)) > 0) {
        }
    }
    return child;
}

void removeStaleUapiSocket(const std::string &interfaceName)
{
    if (connectUapi(interfaceName) == ECONNREFUSED)
        ::unlink(uapiPath(interfaceName).c_str());
}

bool enlargeSocketBuffersOf(const ChildProcess &child)
{
    const std::string path = "/proc/" + std::to_string(child.pid()) + "/fd";
    const std::unique_ptr<DIR, int (*)(DIR *)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory)
        return false;
    bool allDone = true;
    while (const dirent *entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        int number = -1;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc() && end == name.data() + name.size())
            enlargeIfUdp(child.pidfd(), number, allDone);
    }
    return allDone;
}

} // namespace higgs
