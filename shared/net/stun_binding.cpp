// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_binding.h"

#include "shared/net/stun_mapping.h"
#include "shared/net/stun_transaction.h"
#include "shared/net/udp_socket.h"
#include "shared/reactor/control_message.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace higgs {

namespace {

std::optional<unsigned> hopLimitOf(msghdr &message)
{
    auto left = controlValue<int>(message, SOL_IP, IP_TTL);
    if (!left)
        left = controlValue<int>(message, SOL_IPV6, IPV6_HOPLIMIT);
    return left ? std::optional(static_cast<unsigned>(*left)) : std::nullopt;
}

} // namespace

StunBinding::StunBinding(EpollSet &epoll, StunBindingOptions options, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_options(std::move(options)), m_timer(this)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &StunBinding::advance);
}

StunBinding::~StunBinding()
{
    stop();
}

void StunBinding::start()
{
    stop();
    if (const Result<void> opened = openSocket(); !opened) {
        fail(opened.error());
        return;
    }
    m_core.emplace(monotonicNow(), m_options.firstWait, m_options.timeout);
    advance();
}

Result<void> StunBinding::openSocket()
{
    const Endpoint local{IpAddress::any(m_options.server.endpoint().address.family()),
                         m_options.localPort};
    const Result<int> fd = openUdpSocket(
        local, {.bindToInterface = m_options.bindToInterface, .mark = m_options.mark});
    if (!fd)
        return unexpected(fd.error());
    m_fd = *fd;
    const int on = 1; // a kernel that does not tell is one that does not tell
    const bool v4 = m_options.server.endpoint().address.isV4();
    std::ignore = ::setsockopt(m_fd, v4 ? SOL_IP : SOL_IPV6, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT,
                               &on, sizeof(on));
    // Connected, so that the kernel drops what others send.
    sockaddr_storage storage{};
    const unsigned length = m_options.server.endpoint().toSockaddr(storage);
    if (::connect(m_fd, reinterpret_cast<const sockaddr *>(&storage), length) != 0) {
        const std::string why = std::generic_category().message(errno);
        ::close(std::exchange(m_fd, -1));
        return unexpected(ErrorCode::Network, "no way to the STUN server: " + why);
    }
    Result<void> added = m_epoll.add(m_fd, EPOLLIN, *this);
    if (!added)
        ::close(std::exchange(m_fd, -1));
    return added;
}

void StunBinding::advance()
{
    const Monotonic now = monotonicNow();
    if (m_core->hasFailed(now)) {
        const std::string server = m_options.server.endpoint().toString();
        if (m_refused)
            fail({ErrorCode::Permission, "a firewall on this machine refuses UDP to " + server});
        else
            fail({ErrorCode::Timeout, "no answer from STUN server " + server});
        return;
    }
    if (m_core->wantsToSend(now)) {
        const Bytes request = m_core->request(now, newStunTransaction());
        // A failure may pass (a route that is just being set); the next transmission will tell.
        const ssize_t sent = ::send(m_fd, request.data(), request.size(), MSG_NOSIGNAL);
        m_refused = sent < 0 && (errno == EPERM || errno == EACCES);
    }
    const auto wait = std::chrono::ceil<Milliseconds>(m_core->deadline() - now);
    m_timer.start(std::max(wait, Milliseconds(0)));
}

void StunBinding::ready(std::uint32_t /*events*/)
{
    std::array<std::uint8_t, protocol::MaxStunMessage> buffer{};
    ControlBuffer<int> control;
    for (int i = 0; i < 16; ++i) { // a flood waits for the next turn
        iovec part{buffer.data(), buffer.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        control.lendTo(message);
        const ssize_t size = ::recvmsg(m_fd, &message, MSG_TRUNC);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        // An ICMP error (nobody listens there yet) is read off; transmissions go on.
        if (size < 0 || static_cast<std::size_t>(size) > buffer.size())
            continue;
        auto result =
            m_core->handle(monotonicNow(), {buffer.data(), static_cast<std::size_t>(size)});
        if (result && canBeMapping(result->mapped, m_options.server.endpoint())) {
            result->local = localEndpoint();
            result->server = m_options.server.endpoint().address;
            result->hopLimit = hopLimitOf(message);
            stop();
            Q_EMIT succeeded(*result); // may delete this
            return;
        }
    }
}

Endpoint StunBinding::localEndpoint() const
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    auto *const address = reinterpret_cast<sockaddr *>(&storage);
    return ::getsockname(m_fd, address, &length) == 0 ? Endpoint::fromSockaddr(address)
                                                      : Endpoint();
}

void StunBinding::stop()
{
    m_timer.stop();
    if (m_fd < 0)
        return;
    m_epoll.remove(m_fd, *this);
    ::close(std::exchange(m_fd, -1));
}

void StunBinding::fail(Error error)
{
    stop();
    QMetaObject::invokeMethod(
        this, [this, reason = std::move(error)] { Q_EMIT failed(reason); }, Qt::QueuedConnection);
}

} // namespace higgs
