// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/service_notifier.h"

#include <charconv>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <tuple>
#include <unistd.h>

namespace higgs::control {

namespace {

std::optional<std::int64_t> numberOf(const char *text)
{
    if (text == nullptr)
        return std::nullopt;
    std::int64_t value = 0;
    const char *end = text + std::strlen(text);
    const auto parsed = std::from_chars(text, end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value <= 0)
        return std::nullopt;
    return value;
}

} // namespace

ServiceEnvironment ServiceEnvironment::read(const std::function<const char *(const char *)> &lookup,
                                            std::int64_t pid)
{
    ServiceEnvironment environment;
    const char *socket = lookup("NOTIFY_SOCKET");
    // A path, or '@' and a name in the abstract namespace; anything else is not a socket's.
    if (socket != nullptr && (socket[0] == '/' || socket[0] == '@') && socket[1] != '\0')
        environment.socket = socket;
    const std::optional<std::int64_t> forPid = numberOf(lookup("WATCHDOG_PID"));
    const std::optional<std::int64_t> period = numberOf(lookup("WATCHDOG_USEC"));
    if (period && (!forPid || *forPid == pid))
        environment.watchdog = std::chrono::microseconds(*period);
    return environment;
}

ServiceNotifier::ServiceNotifier(ServiceEnvironment environment, QObject *parent)
    : QObject(parent), m_environment(std::move(environment))
{
    connect(&m_alive, &QTimer::timeout, this, [this] {
        m_turnBegan = monotonicNow();
        send("WATCHDOG=1");
    });
}

void ServiceNotifier::ready()
{
    enter(Phase::Running);
    send("READY=1", Wait::ABit);
    // Twice in a period, as sd_watchdog_enabled(3) advises.
    if (m_environment.watchdog)
        m_alive.start(
            std::chrono::duration_cast<std::chrono::milliseconds>(*m_environment.watchdog / 2));
}

void ServiceNotifier::stopping()
{
    enter(Phase::Stopping);
    send("STOPPING=1", Wait::ABit);
}

void ServiceNotifier::progress(Monotonic now)
{
    if (!m_environment.watchdog || now - m_turnBegan > *m_environment.watchdog * LongestTurn)
        return;
    // Starting and stopping have time limits of their own, which the watchdog's word does not move.
    if (m_phase != Phase::Running)
        send("EXTEND_TIMEOUT_USEC=" + std::to_string(m_environment.watchdog->count()));
    if (m_phase != Phase::Starting)
        send("WATCHDOG=1");
}

void ServiceNotifier::enter(Phase phase)
{
    m_phase = phase;
    m_turnBegan = monotonicNow();
}

void ServiceNotifier::say(std::string_view text)
{
    send("STATUS=" + std::string(text));
}

void ServiceNotifier::send(const std::string &message, Wait wait) const
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string &path = m_environment.socket;
    if (path.empty() || path.size() >= sizeof(address.sun_path))
        return;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@')
        address.sun_path[0] = '\0';
    const int flags = SOCK_DGRAM | SOCK_CLOEXEC | (wait == Wait::No ? SOCK_NONBLOCK : 0);
    const int fd = ::socket(AF_UNIX, flags, 0);
    if (fd < 0)
        return;
    // That we live is said again soon; what is said once waits for room.
    const timeval patience{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    // Nobody to tell is no fault of ours: the supervisor's own timer decides.
    std::ignore = ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr *>(&address), size);
    ::close(fd);
}

} // namespace higgs::control
