// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/standing_block.h"

#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/netlink_attributes.h"
#include "shared/tunnel/owned_fd.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <linux/fib_rules.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>

namespace higgs {

namespace {

constexpr std::uint16_t chainMessage(int message)
{
    return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

/// Any that is on the Internet: nothing is sent there.
constexpr std::array<std::uint8_t, 4> Somewhere4{4, 4, 4, 4};
constexpr std::array<std::uint8_t, 16> Somewhere6{0x26, 0, 0, 0, 0, 0, 0, 0,
                                                  0,    0, 0, 0, 0, 0, 0, 1};

class Question
{
public:
    template <typename Body>
    Question(std::uint16_t type, std::uint16_t flags, const Body &body)
    {
        nlmsghdr head{};
        head.nlmsg_type = type;
        head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        append(&head, sizeof head);
        append(&body, sizeof body);
    }

    void add(std::uint16_t type, const void *value, std::size_t size)
    {
        const nlattr head{static_cast<std::uint16_t>(NLA_HDRLEN + size), type};
        append(&head, sizeof head);
        append(value, size);
    }

    Bytes finished()
    {
        const auto size = static_cast<std::uint32_t>(m_bytes.size());
        std::memcpy(m_bytes.data(), &size, sizeof size); // nlmsg_len comes first
        return m_bytes;
    }

private:
    void append(const void *value, std::size_t size)
    {
        const auto *bytes = static_cast<const std::uint8_t *>(value);
        m_bytes.insert(m_bytes.end(), bytes, bytes + size);
        m_bytes.resize(NLMSG_ALIGN(m_bytes.size()));
    }

    Bytes m_bytes;
};

using Each = std::function<void(const nlmsghdr &, ByteSpan body)>;

/// Calls `each` for the messages of one datagram; true: the last one was among them.
bool forMessages(ByteSpan datagram, const Each &each)
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

/// False: the kernel did not answer.
bool ask(int protocol, const Bytes &question, const Each &each)
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
        if (forMessages(ByteSpan(answer).first(static_cast<std::size_t>(size)), each))
            return true;
    }
}

/// The attribute's payload behind a structure of `offset` bytes; empty: there is none.
ByteSpan attribute(ByteSpan body, std::size_t offset, std::uint16_t type)
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

std::uint32_t number(ByteSpan payload)
{
    return netlinkNumber(payload).value_or(0);
}

bool hasOwnRule(int family, std::uint32_t table)
{
    fib_rule_hdr body{};
    body.family = static_cast<std::uint8_t>(family);
    bool found = false;
    ask(NETLINK_ROUTE, Question(RTM_GETRULE, NLM_F_DUMP, body).finished(),
        [&](const nlmsghdr &head, ByteSpan rule) {
            fib_rule_hdr seen{};
            if (head.nlmsg_type != RTM_NEWRULE || rule.size() < sizeof seen)
                return;
            std::memcpy(&seen, rule.data(), sizeof seen);
            found = found || ((seen.flags & FIB_RULE_INVERT) != 0 &&
                              number(attribute(rule, sizeof seen, FRA_TABLE)) == table);
        });
    return found;
}

/// A program that knows of nothing would send by an interface that is not the tunnel.
bool leadsOut(int family, ByteSpan destination, const std::string &tunnel)
{
    rtmsg body{};
    body.rtm_family = static_cast<std::uint8_t>(family);
    body.rtm_dst_len = static_cast<std::uint8_t>(destination.size() * 8);
    Question question(RTM_GETROUTE, 0, body);
    question.add(RTA_DST, destination.data(), destination.size());
    bool out = false;
    ask(NETLINK_ROUTE, question.finished(), [&](const nlmsghdr &head, ByteSpan route) {
        rtmsg seen{};
        if (head.nlmsg_type != RTM_NEWROUTE || route.size() < sizeof seen)
            return;
        std::memcpy(&seen, route.data(), sizeof seen);
        const unsigned device = number(attribute(route, sizeof seen, RTA_OIF));
        out = seen.rtm_type == RTN_UNICAST && device != ::if_nametoindex(tunnel.c_str());
    });
    return out;
}

} // namespace

std::optional<bool> readChain(ByteSpan datagram)
{
    std::optional<bool> drops;
    forMessages(datagram, [&drops](const nlmsghdr &head, ByteSpan body) {
        nlmsgerr error{};
        if (head.nlmsg_type == NLMSG_ERROR && body.size() >= sizeof error.error) {
            std::memcpy(&error.error, body.data(), sizeof error.error);
            if (error.error == -ENOENT)
                drops = false;
        } else if (head.nlmsg_type == chainMessage(NFT_MSG_NEWCHAIN)) {
            const auto policy = attribute(body, NLMSG_ALIGN(sizeof(nfgenmsg)), NFTA_CHAIN_POLICY);
            drops = policy.size() == sizeof(std::uint32_t) && number(policy) == NF_DROP;
        }
    });
    return drops;
}

std::optional<bool> rulesBlock()
{
    constexpr std::string_view table = ClientTable;
    const std::string name(table.substr(table.find(' ') + 1));
    const std::string chain = "output";
    nfgenmsg body{};
    body.nfgen_family = NFPROTO_INET;
    Question question(chainMessage(NFT_MSG_GETCHAIN), 0, body);
    question.add(NFTA_CHAIN_TABLE, name.c_str(), name.size() + 1);
    question.add(NFTA_CHAIN_NAME, chain.c_str(), chain.size() + 1);
    const Bytes asked = question.finished();
    std::optional<bool> drops;
    ask(NETLINK_NETFILTER, asked, [&drops](const nlmsghdr &head, ByteSpan rest) {
        // As it came, for the one function that understands it.
        const auto *begin = rest.data() - NLMSG_HDRLEN;
        drops = readChain(ByteSpan(begin, head.nlmsg_len));
    });
    return drops;
}

bool routesBlock(std::uint32_t table, const std::string &tunnel)
{
    return (hasOwnRule(AF_INET, table) || hasOwnRule(AF_INET6, table)) &&
           !leadsOut(AF_INET, Somewhere4, tunnel) && !leadsOut(AF_INET6, Somewhere6, tunnel);
}

std::optional<bool> blockStands(std::uint32_t table, const std::string &tunnel)
{
    const auto rules = rulesBlock();
    if (rules && *rules)
        return true;
    return routesBlock(table, tunnel) ? std::optional(true) : rules;
}

} // namespace higgs
