// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/netlink_question.h"

#include "shared/tunnel/netlink_attributes.h"
#include "shared/tunnel/owned_fd.h"

#include <array>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>

namespace higgs {

void NetlinkQuestion::add(std::uint16_t type, const void *value, std::size_t size)
{
    const nlattr head{static_cast<std::uint16_t>(NLA_HDRLEN + size), type};
    append(&head, sizeof head);
    append(value, size);
}

void NetlinkQuestion::add(std::uint16_t type, const std::string &text)
{
    add(type, text.c_str(), text.size() + 1);
}

Bytes NetlinkQuestion::finished()
{
    const auto size = static_cast<std::uint32_t>(m_bytes.size());
    std::memcpy(m_bytes.data(), &size, sizeof size); // nlmsg_len comes first
    return m_bytes;
}

void NetlinkQuestion::append(const void *value, std::size_t size)
{
    const auto *bytes = static_cast<const std::uint8_t *>(value);
    m_bytes.insert(m_bytes.end(), bytes, bytes + size);
    m_bytes.resize(NLMSG_ALIGN(m_bytes.size()));
}

bool forNetlinkMessages(ByteSpan datagram, const NetlinkEach &each)
{
    while (datagram.size() >= sizeof(nlmsghdr)) {
        nlmsghdr head{};
        std::memcpy(&head, datagram.data(), sizeof head);
        if (head.nlmsg_len < sizeof head || head.nlmsg_len > datagram.size())
            return true;
        if (head.nlmsg_type == NLMSG_DONE)
            return true;
        each(head, datagram.subspan(NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN));
        if ((head.nlmsg_flags & NLM_F_MULTI) == 0)
            return true;
        datagram =
            datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), datagram.size()));
    }
    return false;
}

bool askNetlink(int protocol, const Bytes &question, const NetlinkEach &each)
{
    const OwnedFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    // The kernel answers within the call that asks; this is for one that does not.
    const timeval second{1, 0};
    if (!fd.isOpen() ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) != 0 ||
        ::send(fd.get(), question.data(), question.size(), 0) < 0)
        return false;
    std::array<std::uint8_t, 32768> answer{};
    for (;;) {
        const ssize_t size = ::recv(fd.get(), answer.data(), answer.size(), 0);
        if (size <= 0)
            return false;
        if (forNetlinkMessages(ByteSpan(answer).first(static_cast<std::size_t>(size)), each))
            return true;
    }
}

ByteSpan netlinkAttribute(ByteSpan body, std::size_t offset, std::uint16_t type)
{
    std::optional<ByteSpan> found;
    if (body.size() > offset)
        forNetlinkAttributes(ByteReader(body.subspan(offset)),
                             [&](unsigned short each, ByteSpan payload) {
                                 if (!found && (each & NLA_TYPE_MASK) == type)
                                     found = payload;
                             });
    return found.value_or(ByteSpan());
}

} // namespace higgs
