// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/standing_block.h"

#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/netlink_attributes.h"
#include "shared/tunnel/netlink_question.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/fib_rules.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string_view>
#include <sys/socket.h>

namespace higgs {

namespace {

/// Any that is on the Internet: nothing is sent there.
constexpr std::array<std::uint8_t, 4> Somewhere4{4, 4, 4, 4};
constexpr std::array<std::uint8_t, 16> Somewhere6{0x26, 0, 0, 0, 0, 0, 0, 0,
                                                  0,    0, 0, 0, 0, 0, 0, 1};

std::uint32_t number(ByteSpan payload)
{
    return netlinkNumber(payload).value_or(0);
}

bool hasOwnRule(int family, std::uint32_t table)
{
    fib_rule_hdr body{};
    body.family = static_cast<std::uint8_t>(family);
    bool found = false;
    askNetlink(NETLINK_ROUTE, NetlinkQuestion(RTM_GETRULE, NLM_F_DUMP, body).finished(),
               [&](const nlmsghdr &head, ByteSpan rule) {
                   fib_rule_hdr seen{};
                   if (head.nlmsg_type != RTM_NEWRULE || rule.size() < sizeof seen)
                       return;
                   std::memcpy(&seen, rule.data(), sizeof seen);
                   found =
                       found || ((seen.flags & FIB_RULE_INVERT) != 0 &&
                                 number(netlinkAttribute(rule, sizeof seen, FRA_TABLE)) == table);
               });
    return found;
}

/// A program that knows of nothing would send by an interface that is not the tunnel.
bool leadsOut(int family, ByteSpan destination, const std::string &tunnel)
{
    rtmsg body{};
    body.rtm_family = static_cast<std::uint8_t>(family);
    body.rtm_dst_len = static_cast<std::uint8_t>(destination.size() * 8);
    NetlinkQuestion question(RTM_GETROUTE, 0, body);
    question.add(RTA_DST, destination.data(), destination.size());
    bool out = false;
    askNetlink(NETLINK_ROUTE, question.finished(), [&](const nlmsghdr &head, ByteSpan route) {
        rtmsg seen{};
        if (head.nlmsg_type != RTM_NEWROUTE || route.size() < sizeof seen)
            return;
        std::memcpy(&seen, route.data(), sizeof seen);
        const unsigned device = number(netlinkAttribute(route, sizeof seen, RTA_OIF));
        out = seen.rtm_type == RTN_UNICAST && device != ::if_nametoindex(tunnel.c_str());
    });
    return out;
}

} // namespace

std::optional<bool> readChain(ByteSpan datagram)
{
    std::optional<bool> drops;
    forNetlinkMessages(datagram, [&drops](const nlmsghdr &head, ByteSpan body) {
        nlmsgerr error{};
        if (head.nlmsg_type == NLMSG_ERROR && body.size() >= sizeof error.error) {
            std::memcpy(&error.error, body.data(), sizeof error.error);
            if (error.error == -ENOENT)
                drops = false;
        } else if (head.nlmsg_type == nftMessageType(NFT_MSG_NEWCHAIN)) {
            const auto policy =
                netlinkAttribute(body, NLMSG_ALIGN(sizeof(nfgenmsg)), NFTA_CHAIN_POLICY);
            drops = policy.size() == sizeof(std::uint32_t) && number(policy) == NF_DROP;
        }
    });
    return drops;
}

std::optional<bool> rulesBlock()
{
    constexpr std::string_view table = ClientTable;
    const std::string name(table.substr(table.find(' ') + 1));
    nfgenmsg body{};
    body.nfgen_family = NFPROTO_INET;
    NetlinkQuestion question(nftMessageType(NFT_MSG_GETCHAIN), 0, body);
    question.add(NFTA_CHAIN_TABLE, name);
    question.add(NFTA_CHAIN_NAME, "output");
    const Bytes asked = question.finished();
    std::optional<bool> drops;
    askNetlink(NETLINK_NETFILTER, asked, [&drops](const nlmsghdr &head, ByteSpan rest) {
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
