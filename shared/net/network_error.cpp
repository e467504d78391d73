// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/network_error.h"

#include <cstring>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

namespace higgs {

namespace {

constexpr std::size_t WordSize = 512;

IpAddress addressOf(const sockaddr_storage &storage)
{
    return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&storage)).address;
}

void read(const cmsghdr &part, NetworkError &word)
{
    const bool v4 = part.cmsg_level == SOL_IP && part.cmsg_type == IP_RECVERR;
    const bool v6 = part.cmsg_level == SOL_IPV6 && part.cmsg_type == IPV6_RECVERR;
    const std::size_t size =
        sizeof(sock_extended_err) + (v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if ((!v4 && !v6) || part.cmsg_len < CMSG_LEN(size))
        return;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(&part), sizeof error);
    if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6)
        return;
    sockaddr_storage offender{};
    std::memcpy(&offender, CMSG_DATA(&part) + sizeof error, size - sizeof error);
    word.teller = addressOf(offender);
    word.hopsUsedUp = error.ee_type == (v4 ? ICMP_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED);
    word.portClosed =
        v4 ? error.ee_type == ICMP_DEST_UNREACH && error.ee_code == ICMP_PORT_UNREACH
           : error.ee_type == ICMP6_DST_UNREACH && error.ee_code == ICMP6_DST_UNREACH_NOPORT;
}

} // namespace

bool queueNetworkErrors(int fd, IpAddress::Family family)
{
    const bool v4 = family == IpAddress::Family::V4;
    const int on = 1;
    return ::setsockopt(fd, v4 ? SOL_IP : SOL_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, &on,
                        sizeof on) == 0;
}

std::optional<NetworkError> nextNetworkError(int fd)
{
    std::array<std::uint8_t, WordSize> data{};
    alignas(cmsghdr) std::array<char, WordSize> control{};
    sockaddr_storage about{};
    iovec part{data.data(), data.size()};
    msghdr message{};
    message.msg_name = &about;
    message.msg_namelen = sizeof about;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(fd, &message, MSG_ERRQUEUE) < 0)
        return std::nullopt;
    NetworkError word;
    word.about = addressOf(about);
    for (cmsghdr *each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each))
        read(*each, word);
    return word;
}

} // namespace higgs
