// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_responder.h"

#include "shared/net/udp_socket.h"
#include "shared/protocol/stun.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs {

namespace {

/// Requests answered in one turn, so that a flood does not starve the thread's other sources.
constexpr int MaxPerTurn = 64;

bool isAmplifying(std::size_t request, std::size_t answer, bool v4)
{
    const std::size_t headers = v4 ? 28 : 48;
    return (answer + headers) * 10 > (request + headers) * 16;
}

/// pktinfo with the address that the request came to, as the source of the answer; without the
/// interface, which is the routing table's to choose.
void forgetInterface(msghdr &message)
{
    for (cmsghdr *control = CMSG_FIRSTHDR(&message); control;
         control = CMSG_NXTHDR(&message, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            auto *info = reinterpret_cast<in_pktinfo *>(CMSG_DATA(control));
            info->ipi_ifindex = 0;
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            auto *info = reinterpret_cast<in6_pktinfo *>(CMSG_DATA(control));
            if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
                info->ipi6_ifindex = 0;
        }
    }
}

} // namespace

std::optional<Bytes> answerStunRequest(ByteSpan datagram, const Endpoint &source)
{
    const Result<protocol::StunMessage> request = protocol::decodeStun(datagram);
    if (!request || request->messageClass != protocol::StunClass::Request ||
        request->method != protocol::StunBindingMethod)
        return std::nullopt;
    const Endpoint seen{source.address.unmapped(), source.port};
    protocol::StunMessage answer;
    answer.transaction = request->transaction;
    if (request->notUnderstood.empty()) {
        answer.messageClass = protocol::StunClass::Success;
        answer.xorMappedAddress = seen;
    } else {
        answer.messageClass = protocol::StunClass::Error;
        answer.error = protocol::StunErrorCode{420, {}};
        answer.unknownAttributes = request->notUnderstood;
    }
    Bytes bytes = encodeStun(answer, {.integrity = {}, .fingerprint = request->hasFingerprint});
    if (isAmplifying(datagram.size(), bytes.size(), seen.address.isV4()))
        return std::nullopt;
    return bytes;
}

StunResponder::~StunResponder()
{
    close();
}

Result<void> StunResponder::listen(const Endpoint &local)
{
    close();
    const Result<int> fd = openUdpSocket(local);
    if (!fd)
        return unexpected(fd.error());
    m_fd = *fd;
    const int on = 1;
    // On an IPv6 socket this gives IPv4 destinations too, in their mapped form.
    if (local.address.isV4())
        setsockopt(m_fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    else
        setsockopt(m_fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    Result<void> added = m_epoll.add(m_fd, EPOLLIN, *this);
    if (!added)
        ::close(std::exchange(m_fd, -1));
    return added;
}

Endpoint StunResponder::localEndpoint() const
{
    return m_fd < 0 ? Endpoint() : higgs::localEndpoint(m_fd);
}

void StunResponder::ready(std::uint32_t /*events*/)
{
    for (int i = 0; i < MaxPerTurn && answerOne(); ++i) {
    }
}

bool StunResponder::answerOne()
{
    std::array<std::uint8_t, protocol::MaxStunMessage> buffer{};
    alignas(cmsghdr) std::array<std::uint8_t, 128> control{};
    sockaddr_storage peer{};
    iovec span{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &peer;
    message.msg_namelen = sizeof peer;
    message.msg_iov = &span;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(m_fd, &message, 0);
    if (size < 0)
        return errno != EAGAIN && errno != EWOULDBLOCK;
    const ByteSpan request(buffer.data(), static_cast<std::size_t>(size));
    if ((message.msg_flags & MSG_TRUNC) != 0 || !protocol::looksLikeStun(request))
        return true;
    const Endpoint source = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&peer));
    if (!m_limiter.admit(source.address, monotonicNow())) {
        ++m_refused;
        return true;
    }
    std::optional<Bytes> answer = answerStunRequest(request, source);
    if (!answer)
        return true;
    forgetInterface(message);
    span = {answer->data(), answer->size()};
    message.msg_flags = 0;
    if (sendmsg(m_fd, &message, MSG_NOSIGNAL) >= 0)
        ++m_answered;
    return true;
}

void StunResponder::close()
{
    if (m_fd < 0)
        return;
    m_epoll.remove(m_fd, *this);
    ::close(std::exchange(m_fd, -1));
}

} // namespace higgs
