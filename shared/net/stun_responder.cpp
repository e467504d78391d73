// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_responder.h"

#include "shared/net/udp_socket.h"
#include "shared/reactor/control_message.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace higgs {

namespace {

/// Requests answered in one turn of a socket, so that a flood does not starve the others.
constexpr int MaxPerTurn = 64;

/// Those of both families where a socket is of both.
constexpr std::size_t ControlSize =
    CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo));

struct ControlBytes
{
    alignas(cmsghdr) std::array<char, ControlSize> bytes{};
};

IpAddress receiverOf(msghdr &message)
{
    // On an IPv6 socket IPv4 destinations come in their mapped form.
    if (const auto info = controlValue<in6_pktinfo>(message, IPPROTO_IPV6, IPV6_PKTINFO))
        return IpAddress::v6(std::span<const std::uint8_t, 16>(info->ipi6_addr.s6_addr)).unmapped();
    if (const auto info = controlValue<in_pktinfo>(message, IPPROTO_IP, IP_PKTINFO))
        return IpAddress::v4(ntohl(info->ipi_addr.s_addr));
    return {};
}

template <typename Value>
void putControl(msghdr &message, int level, int type, const Value &value)
{
    message.msg_controllen = CMSG_SPACE(sizeof value);
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(header), &value, sizeof value);
}

/// The address as the source of an answer, without an interface, which is the routing table's to
/// choose, but for link-local ones, which mean nothing without it.
void putSender(msghdr &message, bool socketIsV4, const IpAddress &address, unsigned interface)
{
    if (socketIsV4) {
        in_pktinfo info{};
        info.ipi_spec_dst.s_addr = htonl(address.unmapped().toV4());
        putControl(message, IPPROTO_IP, IP_PKTINFO, info);
        return;
    }
    in6_pktinfo info{};
    std::memcpy(info.ipi6_addr.s6_addr, address.mapped().bytes().data(), 16);
    if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
        info.ipi6_ifindex = interface;
    putControl(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

Result<void> areOfThisMachine(std::span<const IpAddress> addresses)
{
    for (const IpAddress &address : addresses) {
        const Result<int> probe = openUdpSocket({address, 0});
        if (!probe)
            return unexpected(ErrorCode::InvalidArgument,
                              address.toString() + " is no address of this machine");
        ::close(*probe);
    }
    return {};
}

} // namespace

// --- A socket ------------------------------------------------------------------------------------

class StunResponder::Socket : private EpollSource
{
public:
    Socket(StunResponder &owner, int fd)
        : m_owner(owner), m_fd(fd), m_local(higgs::localEndpoint(fd))
    {
        const int on = 1;
        if (m_local.address.isV4())
            setsockopt(m_fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        else
            setsockopt(m_fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    }
    ~Socket() override
    {
        m_owner.m_epoll.remove(m_fd, *this);
        ::close(m_fd);
    }

    Result<void> start() { return m_owner.m_epoll.add(m_fd, EPOLLIN, *this); }
    [[nodiscard]] const Endpoint &local() const { return m_local; }
    bool send(const StunReply &reply);

private:
    void ready(std::uint32_t events) override;
    bool receiveOne();

    StunResponder &m_owner;
    int m_fd;
    Endpoint m_local;
};

void StunResponder::Socket::ready(std::uint32_t /*events*/)
{
    for (int i = 0; i < MaxPerTurn && receiveOne(); ++i) {
    }
}

bool StunResponder::Socket::receiveOne()
{
    std::array<std::uint8_t, protocol::MaxStunMessage> buffer{};
    ControlBytes control;
    sockaddr_storage peer{};
    iovec span{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &peer;
    message.msg_namelen = sizeof peer;
    message.msg_iov = &span;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    const ssize_t size = recvmsg(m_fd, &message, 0);
    if (size < 0)
        return errno != EAGAIN && errno != EWOULDBLOCK;
    if ((message.msg_flags & MSG_TRUNC) != 0)
        return true;
    if (const auto info = controlValue<in6_pktinfo>(message, IPPROTO_IPV6, IPV6_PKTINFO))
        m_owner.m_interface = info->ipi6_ifindex;
    const Endpoint from = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&peer));
    m_owner.received({buffer.data(), static_cast<std::size_t>(size)},
                     {from.address.unmapped(), from.port}, {receiverOf(message), m_local.port});
    return true;
}

bool StunResponder::Socket::send(const StunReply &reply)
{
    const bool isV4 = m_local.address.isV4();
    sockaddr_storage peer{};
    Bytes bytes = reply.bytes;
    iovec span{bytes.data(), bytes.size()};
    ControlBytes control;
    msghdr message{};
    message.msg_name = &peer;
    message.msg_namelen =
        Endpoint{isV4 ? reply.to.address : reply.to.address.mapped(), reply.to.port}.toSockaddr(
            peer);
    auto *const peer6 = reinterpret_cast<sockaddr_in6 *>(&peer);
    if (!isV4 && IN6_IS_ADDR_LINKLOCAL(&peer6->sin6_addr))
        peer6->sin6_scope_id = m_owner.m_interface;
    message.msg_iov = &span;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    putSender(message, isV4, reply.from.address, m_owner.m_interface);
    return sendmsg(m_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

// --- All of them ---------------------------------------------------------------------------------

StunResponder::StunResponder(EpollSet &epoll) : m_epoll(epoll) {}

StunResponder::~StunResponder() = default;

Result<void> StunResponder::listenAll(const StunPlaces &places)
{
    m_sockets.clear();
    m_places = places;
    if (const Result<void> here = areOfThisMachine(places.alternates); !here)
        return here;
    std::vector<IpAddress> addresses{places.primary.address};
    // What all addresses are listened on with, the second one is, too.
    if (!places.primary.address.isUnspecified())
        addresses.insert(addresses.end(), places.alternates.begin(), places.alternates.end());
    std::uint16_t *const ports[] = {&m_places.primary.port, &m_places.alternatePort};
    const std::size_t count = places.hasTwoPorts() ? 2 : 1;
    for (std::uint16_t *port : std::span(ports).first(count)) {
        for (const IpAddress &address : addresses) {
            if (const Result<void> opened = open({address, *port}); !opened) {
                m_sockets.clear();
                return opened;
            }
            *port = m_sockets.back()->local().port;
        }
    }
    return {};
}

Result<void> StunResponder::open(const Endpoint &local)
{
    const Result<int> fd = openUdpSocket(local);
    if (!fd)
        return unexpected(fd.error());
    m_sockets.push_back(std::make_unique<Socket>(*this, *fd));
    return m_sockets.back()->start();
}

std::vector<Endpoint> StunResponder::sockets() const
{
    std::vector<Endpoint> all;
    for (const auto &each : m_sockets)
        all.push_back(each->local());
    return all;
}

StunResponder::Socket *StunResponder::socketAt(const Endpoint &place) const
{
    for (const auto &each : m_sockets) {
        const Endpoint &local = each->local();
        if (local.port == place.port &&
            (local.address.isUnspecified() || local.address.unmapped() == place.address))
            return each.get();
    }
    return nullptr;
}

void StunResponder::received(ByteSpan datagram, const Endpoint &from, const Endpoint &to)
{
    if (!mayBeStunRequest(datagram))
        return;
    if (!m_limiter.admit(from.address, monotonicNow()))
        return;
    const auto reply = answerStun(
        {datagram, from, to, m_places.other(to), StunTransport::Udp, m_places.otherPort(to)});
    if (!reply)
        return;
    Socket *const socket = socketAt(reply->from);
    if (socket != nullptr && socket->send(*reply))
        ++m_answered;
}

} // namespace higgs
