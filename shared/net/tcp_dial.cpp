// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tcp_dial.h"

#include "shared/net/tls_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs {

namespace {

// Probes on an idle connection after 5 s, each 5 s; TCP_USER_TIMEOUT gives it up.
constexpr int KeepAliveSeconds = 5;

Error socketError(const char *what, int code)
{
    const bool forbidden = code == EPERM || code == EACCES;
    return {forbidden ? ErrorCode::Permission : ErrorCode::Network,
            std::string(what) + ": " + std::strerror(code)};
}

template <typename T>
bool setOption(int fd, int level, int name, const T &value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

} // namespace

void tuneTcpSocket(int fd)
{
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, TlsNotSentLowWater);
    setOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<unsigned>(TlsDeadPeerTimeout.count()));
    setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, KeepAliveSeconds);
    setOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, KeepAliveSeconds);
}

struct TcpDial::Attempt : EpollSource
{
    Attempt(TcpDial &owner, int socket, const Endpoint &to) : dial(owner), fd(socket), peer(to) {}
    ~Attempt() override { abandon(); }

    void ready(std::uint32_t) override { dial.attemptReady(*this); }
    int takeFd()
    {
        dial.m_epoll.remove(fd, *this);
        return std::exchange(fd, -1);
    }
    void abandon()
    {
        if (fd >= 0)
            ::close(takeFd());
    }

    TcpDial &dial;
    int fd;
    Endpoint peer;
};

TcpDial::TcpDial(EpollSet &epoll, TcpDialOptions options, Done done)
    : m_epoll(epoll), m_options(std::move(options)), m_done(std::move(done))
{
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { tryNext(); });
    m_timer.start(0);
}

TcpDial::~TcpDial() = default;

void TcpDial::tryNext()
{
    if (m_next == m_options.addresses.size()) {
        if (m_attempts.empty())
            finish(unexpected(m_lastError.value_or(
                Error{ErrorCode::InvalidArgument, "no address to connect to"})));
        return;
    }
    const Endpoint to{m_options.addresses[m_next++], m_options.port};
    const Result<int> fd = startSocket(to);
    if (!fd) {
        attemptFailed(nullptr, fd.error());
        return;
    }
    auto attempt = std::make_unique<Attempt>(*this, *fd, to);
    const Result<void> added = m_epoll.add(*fd, EPOLLOUT, *attempt);
    if (!added) {
        attemptFailed(nullptr, added.error());
        return;
    }
    m_attempts.push_back(std::move(attempt));
    m_timer.start(AttemptDelay);
}

Result<int> TcpDial::startSocket(const Endpoint &to)
{
    sockaddr_storage address{};
    const auto length = static_cast<socklen_t>(to.toSockaddr(address));
    const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return unexpected(socketError("socket", errno));
    std::optional<Error> error;
    const std::string &device = m_options.interfaceName;
    if (m_options.mark && !setOption(fd, SOL_SOCKET, SO_MARK, *m_options.mark)) {
        error = socketError("SO_MARK", errno);
    } else if (!device.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.c_str(),
                                             static_cast<socklen_t>(device.size())) != 0) {
        error = socketError("SO_BINDTODEVICE", errno);
    } else {
        tuneTcpSocket(fd);
        if (connect(fd, reinterpret_cast<const sockaddr *>(&address), length) != 0 &&
            errno != EINPROGRESS)
            error = connectError(to, errno);
    }
    if (!error)
        return fd;
    ::close(fd);
    return unexpected(std::move(*error));
}

Error TcpDial::connectError(const Endpoint &to, int code)
{
    m_withoutRoute += code == ENETUNREACH ? 1 : 0;
    return {ErrorCode::Network, "connect " + to.toString() + ": " + std::strerror(code)};
}

void TcpDial::attemptReady(Attempt &attempt)
{
    int code = 0;
    socklen_t size = sizeof code;
    getsockopt(attempt.fd, SOL_SOCKET, SO_ERROR, &code, &size);
    if (code != 0) {
        attemptFailed(&attempt, connectError(attempt.peer, code));
        return;
    }
    const TcpDialed dialed{attempt.takeFd(), attempt.peer};
    finish(dialed);
}

void TcpDial::attemptFailed(Attempt *attempt, Error error)
{
    if (attempt != nullptr)
        attempt->abandon(); // it is on the stack: freed with the dial
    // A missing capability is the cause that a person can do something about.
    if (!m_lastError || m_lastError->code != ErrorCode::Permission)
        m_lastError = std::move(error);
    const bool allDead = std::all_of(m_attempts.begin(), m_attempts.end(),
                                     [](const auto &each) { return each->fd < 0; });
    if (m_next < m_options.addresses.size())
        m_timer.start(0);
    else if (allDead)
        finish(unexpected(*m_lastError));
}

void TcpDial::finish(Result<TcpDialed> result)
{
    m_timer.stop();
    // The others may be ready in this very turn, and whoever is told need not delete the dial.
    for (const auto &each : m_attempts)
        each->abandon();
    const Done done = std::move(m_done);
    done(std::move(result)); // may delete this
}

} // namespace higgs
