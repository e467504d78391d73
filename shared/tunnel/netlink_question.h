// SPDX-License-Identifier: GPL-3.0-or-later
// One question to the kernel by netlink(7), and its answer, on the spot: where nft or ip may be
// gone, or would take too long. In the host's own byte order; the reading is pure, and total on any
// input.
#pragma once

#include "shared/base/bytes.h"

#include <functional>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string>

namespace higgs {

/// A message that grows by its attributes.
class NetlinkQuestion
{
public:
    /// body: the structure that the type has behind its header.
    template <typename Body>
    NetlinkQuestion(std::uint16_t type, std::uint16_t flags, const Body &body)
    {
        nlmsghdr head{};
        head.nlmsg_type = type;
        head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        append(&head, sizeof head);
        append(&body, sizeof body);
    }

    void add(std::uint16_t type, const void *value, std::size_t size);
    void add(std::uint16_t type, const std::string &text);
    Bytes finished();

private:
    void append(const void *value, std::size_t size);

    Bytes m_bytes;
};

using NetlinkEach = std::function<void(const nlmsghdr &, ByteSpan body)>;

/// Calls `each` for the messages of one datagram; true: the last one was among them.
bool forNetlinkMessages(ByteSpan datagram, const NetlinkEach &each);

/// False: the kernel did not answer, within a second.
bool askNetlink(int protocol, const Bytes &question, const NetlinkEach &each);

/// The type of a message of nftables, NFT_MSG_*.
constexpr std::uint16_t nftMessageType(int message)
{
    return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

/// The first attribute's payload behind a structure of `offset` bytes; empty: there is none.
ByteSpan netlinkAttribute(ByteSpan body, std::size_t offset, std::uint16_t type);

} // namespace higgs
