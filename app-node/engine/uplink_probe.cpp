// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/uplink_probe.h"

#include "shared/net/stun_mapping.h"
#include "shared/net/stun_transaction.h"
#include "shared/net/udp_socket.h"
#include "shared/reactor/control_message.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::node {

namespace {

constexpr Milliseconds AlertInterval{40};
constexpr Milliseconds BusyInterval{60};
constexpr Milliseconds IdleInterval{250};
constexpr Milliseconds AloneInterval{2'000};
constexpr Milliseconds Patience{500};
constexpr std::int64_t NsPerSecond = 1'000'000'000;
constexpr double NsPerMs = 1e6;

std::int64_t wallClockNs()
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * NsPerSecond + now.tv_nsec;
}

/// When the kernel got it, or now where it does not say: our own thread may be late.
std::int64_t receiveTime(msghdr &message)
{
    const auto stamp = controlValue<timespec>(message, SOL_SOCKET, SCM_TIMESTAMPNS);
    return stamp ? stamp->tv_sec * NsPerSecond + stamp->tv_nsec : wallClockNs();
}

} // namespace

UplinkProbe::UplinkProbe(EpollSet &epoll, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_timer(this)
{
    connect(&m_timer, &QTimer::timeout, this, &UplinkProbe::ask);
}

UplinkProbe::~UplinkProbe()
{
    stop();
}

Result<void> UplinkProbe::start(const CheckedEndpoint &to)
{
    stop();
    const Endpoint &server = to.endpoint();
    m_server = server;
    const Result<int> fd = openUdpSocket({IpAddress::any(server.address.family()), 0});
    if (!fd)
        return unexpected(fd.error());
    m_fd = *fd;
    const int on = 1;
    std::ignore = ::setsockopt(m_fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    sockaddr_storage storage{};
    const unsigned length = server.toSockaddr(storage);
    if (::connect(m_fd, reinterpret_cast<const sockaddr *>(&storage), length) != 0) {
        ::close(std::exchange(m_fd, -1));
        return unexpected(ErrorCode::Network, "no way to the STUN server");
    }
    if (Result<void> added = m_epoll.add(m_fd, EPOLLIN, *this); !added) {
        ::close(std::exchange(m_fd, -1));
        return added;
    }
    m_pace = Pace::Idle;
    m_timer.start(IdleInterval);
    ask();
    return {};
}

void UplinkProbe::stop()
{
    m_timer.stop();
    m_sent.clear();
    if (m_fd < 0)
        return;
    m_epoll.remove(m_fd, *this);
    ::close(std::exchange(m_fd, -1));
}

void UplinkProbe::setPace(Pace pace)
{
    if (pace == m_pace || m_fd < 0)
        return;
    m_pace = pace;
    m_timer.start(pace == Pace::Alert  ? AlertInterval
                  : pace == Pace::Busy ? BusyInterval
                  : pace == Pace::Idle ? IdleInterval
                                       : AloneInterval);
}

void UplinkProbe::ask()
{
    const Monotonic now = monotonicNow();
    while (!m_sent.empty() && now - m_sent.front().at >= Patience) {
        m_sent.pop_front();
        Q_EMIT lost();
    }
    if (m_fd < 0) // stopped in answer
        return;
    protocol::StunMessage request;
    request.transaction = newStunTransaction();
    // With FINGERPRINT, as an answer must not be much longer than its question.
    const Bytes bytes = encodeStun(request, {.integrity = {}, .fingerprint = true});
    m_sent.push_back({request.transaction, wallClockNs(), now});
    std::ignore = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void UplinkProbe::ready(std::uint32_t /*events*/)
{
    std::array<std::uint8_t, protocol::MaxStunMessage> buffer{};
    ControlBuffer<timespec> control;
    for (int i = 0; i < 16 && m_fd >= 0; ++i) { // a flood waits for the next turn
        iovec part{buffer.data(), buffer.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        control.lendTo(message);
        const ssize_t size = ::recvmsg(m_fd, &message, 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (size > 0 && (message.msg_flags & MSG_TRUNC) == 0)
            handle({buffer.data(), static_cast<std::size_t>(size)}, receiveTime(message));
    }
}

void UplinkProbe::handle(ByteSpan datagram, std::int64_t receivedNs)
{
    const Result<protocol::StunMessage> answer = protocol::decodeStun(datagram);
    if (!answer || answer->messageClass != protocol::StunClass::Success)
        return;
    const auto sent = std::find_if(m_sent.begin(), m_sent.end(), [&](const Sent &each) {
        return each.transaction == answer->transaction;
    });
    if (sent == m_sent.end())
        return;
    const double rttMs = static_cast<double>(receivedNs - sent->wallNs) / NsPerMs;
    m_sent.erase(sent);
    const auto &mapped = answer->xorMappedAddress;
    if (mapped && canBeMapping(*mapped, m_server))
        Q_EMIT seenAs(mapped->address.unmapped(), m_server.address);
    if (m_fd < 0) // stopped in answer
        return;
    if (rttMs >= 0 && rttMs < static_cast<double>(Patience.count())) // no jump of the clock
        Q_EMIT answered(rttMs);
}

} // namespace higgs::node
