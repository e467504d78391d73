// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/nft_generation.h"

#include "shared/tunnel/netlink_question.h"
#include "shared/tunnel/owned_fd.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/netfilter/nf_tables.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace higgs {

namespace {

struct Request
{
    nlmsghdr head;
    nfgenmsg body;
};

} // namespace

Result<std::uint32_t> readNftGeneration(ByteSpan datagram)
{
    nlmsghdr head{};
    if (datagram.size() >= sizeof head)
        std::memcpy(&head, datagram.data(), sizeof head);
    if (head.nlmsg_type != nftMessageType(NFT_MSG_NEWGEN) || head.nlmsg_len > datagram.size())
        return unexpected(ErrorCode::Malformed, "no generation of nftables");
    std::size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
    while (at + NLA_HDRLEN <= head.nlmsg_len) {
        nlattr attribute{};
        std::memcpy(&attribute, datagram.data() + at, sizeof attribute);
        const std::size_t size = attribute.nla_len;
        if (size < NLA_HDRLEN || size > head.nlmsg_len - at)
            break;
        if ((attribute.nla_type & NLA_TYPE_MASK) == NFTA_GEN_ID && size == NLA_HDRLEN + 4) {
            ByteReader reader(datagram.subspan(at + NLA_HDRLEN, 4));
            return *reader.u32();
        }
        at += NLA_ALIGN(size);
    }
    return unexpected(ErrorCode::Malformed, "a generation of nftables without its number");
}

Result<std::uint32_t> nftGeneration()
{
    const OwnedFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
    if (!fd.isOpen())
        return unexpected(ErrorCode::System, std::string("netlink: ") + std::strerror(errno));
    // The kernel answers within the call that asks; this is for one that does not.
    const timeval second{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    Request request{};
    request.head.nlmsg_len = sizeof request;
    request.head.nlmsg_type = nftMessageType(NFT_MSG_GETGEN);
    request.head.nlmsg_flags = NLM_F_REQUEST;
    request.body.nfgen_family = AF_UNSPEC;
    if (::send(fd.get(), &request, sizeof request, 0) < 0)
        return unexpected(ErrorCode::System, std::string("netlink: ") + std::strerror(errno));
    std::array<std::uint8_t, 1024> answer{};
    const ssize_t size = ::recv(fd.get(), answer.data(), answer.size(), 0);
    if (size < 0)
        return unexpected(ErrorCode::System, std::string("netlink: ") + std::strerror(errno));
    return readNftGeneration(ByteSpan(answer).first(static_cast<std::size_t>(size)));
}

} // namespace higgs
