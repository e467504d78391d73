// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/route_dump.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/netlink_attributes.h"
#include "shared/tunnel/owned_fd.h"

#include <cerrno>
#include <sys/socket.h>
#include <sys/time.h>

namespace higgs {

namespace {

/// The kernel answers within the call that asks; this is for one that does not.
constexpr timeval Patience{2, 0};
constexpr std::size_t LargestDatagram = 65'536; // of a dump: 32 KB

} // namespace

Result<bool> readRouteMessages(ByteSpan datagram, const EachRouteMessage &each)
{
    ByteReader reader(datagram);
    while (reader.remaining() > 0) {
        const auto message = takeNetlinkMessage(reader);
        if (!message)
            return unexpected(message.error());
        if (message->type == NLMSG_DONE)
            return true;
        if (message->type == NLMSG_ERROR)
            return unexpected(ErrorCode::System, "the kernel does not show its routes");
        if (message->type == RTM_NEWROUTE && !each(ByteReader(message->body)))
            return unexpected(ErrorCode::Malformed, "a route with a broken attribute");
    }
    return false;
}

Result<void> dumpRoutes(IpAddress::Family family,
                        const std::function<Result<bool>(ByteSpan datagram)> &read)
{
    struct
    {
        nlmsghdr head;
        rtmsg body;
    } question{};
    question.head.nlmsg_len = sizeof question;
    question.head.nlmsg_type = RTM_GETROUTE;
    question.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    question.body.rtm_family = family == IpAddress::Family::V4 ? AF_INET : AF_INET6;
    const OwnedFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd.isOpen() ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &Patience, sizeof Patience) != 0 ||
        ::send(fd.get(), &question, sizeof question, 0) < 0)
        return unexpected(ErrorCode::System, describeErrno("routes", errno));
    Bytes buffer(LargestDatagram);
    for (;;) {
        const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return unexpected(ErrorCode::System, describeErrno("routes", errno));
        const auto ended = read(ByteSpan(buffer).first(static_cast<std::size_t>(size)));
        if (!ended)
            return unexpected(ended.error());
        if (*ended)
            return {};
    }
}

} // namespace higgs
