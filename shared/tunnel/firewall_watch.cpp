// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/firewall_watch.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/exit_fuse.h"
#include "shared/tunnel/exit_ruleset.h"
#include "shared/tunnel/traffic_control_message.h"

#include <QSocketNotifier>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <utility>

namespace higgs {

namespace {

/// A node's exit is shut by a fuse of the kernel's meanwhile; a client's block has only its second
/// barrier.
constexpr std::chrono::milliseconds Burst{50};
constexpr std::chrono::milliseconds ShortBurst{5};

/// A node's, the self-test's first; a guest who comes or goes changes the others.
constexpr std::array<std::string_view, 3> OwnTables{CanaryTableName, ExitTableName, FuseTableName};

/// Chains, rules, sets and their elements name their table in the attribute that a table has its
/// own name in.
constexpr std::uint16_t TableName = NFTA_TABLE_NAME;
static_assert(NFTA_CHAIN_TABLE == TableName && NFTA_RULE_TABLE == TableName &&
              NFTA_SET_TABLE == TableName && NFTA_SET_ELEM_LIST_TABLE == TableName &&
              NFTA_OBJ_TABLE == TableName && NFTA_FLOWTABLE_TABLE == TableName);

/// The name of the table that a message without its head is about; empty when it is not understood.
std::string_view tableOf(ByteSpan message)
{
    std::size_t at = NLMSG_ALIGN(sizeof(nfgenmsg));
    nlattr attribute{};
    while (at + sizeof attribute <= message.size()) {
        std::memcpy(&attribute, message.data() + at, sizeof attribute);
        const std::size_t size = attribute.nla_len;
        if (size < sizeof attribute || size > message.size() - at)
            return {};
        if ((attribute.nla_type & NLA_TYPE_MASK) == TableName) {
            const ByteSpan value = message.subspan(at + sizeof attribute, size - sizeof attribute);
            const std::string_view text(reinterpret_cast<const char *>(value.data()), value.size());
            return text.substr(0, text.find('\0'));
        }
        at += NLA_ALIGN(size);
    }
    return {};
}

} // namespace

bool tellsOfOtherTable(ByteSpan datagram, std::span<const std::string_view> tables)
{
    while (!datagram.empty()) {
        nlmsghdr head{};
        if (datagram.size() < sizeof head)
            return true;
        std::memcpy(&head, datagram.data(), sizeof head);
        if (head.nlmsg_len < sizeof head || head.nlmsg_len > datagram.size())
            return true;
        const ByteSpan message = datagram.subspan(sizeof head, head.nlmsg_len - sizeof head);
        datagram =
            datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), datagram.size()));
        // Every commit ends with its number, which names no table.
        if (head.nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN))
            continue;
        if (std::find(tables.begin(), tables.end(), tableOf(message)) == tables.end())
            return true;
    }
    return false;
}

FirewallWatch::FirewallWatch(Scope scope, QObject *parent) : QObject(parent), m_scope(scope)
{
    m_burst.setSingleShot(true);
    connect(&m_burst, &QTimer::timeout, this,
            [this] { Q_EMIT changed(std::exchange(m_elsewhere, false)); });
}

FirewallWatch::~FirewallWatch() = default;

Result<void> FirewallWatch::start()
{
    Result<void> total;
    const Result<void> rest = m_scope == Scope::Exit
                                  ? open(m_rest, NETLINK_ROUTE, {RTNLGRP_TC})
                                  : open(m_rest, NETLINK_ROUTE,
                                         {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_LINK,
                                          RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_TC});
    for (const Result<void> &opened :
         {open(m_tables, NETLINK_NETFILTER, {NFNLGRP_NFTABLES}), rest,
          open(m_routingRules, NETLINK_ROUTE, {RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE})}) {
        if (total && !opened)
            total = opened;
    }
    return total;
}

Result<void> FirewallWatch::open(Source &source, int protocol, std::initializer_list<int> groups)
{
    OwnedFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    if (!fd.isOpen() ||
        ::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0)
        return unexpected(ErrorCode::System, describeErrno("watch the firewall", errno));
    for (const int group : groups) {
        if (::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0)
            return unexpected(ErrorCode::System, describeErrno("watch the firewall", errno));
    }
    source.socket = std::move(fd);
    source.readable = std::make_unique<QSocketNotifier>(source.socket.get(), QSocketNotifier::Read);
    connect(source.readable.get(), &QSocketNotifier::activated, this,
            [this, number = source.socket.get()] { read(number); });
    return {};
}

void FirewallWatch::read(int fd)
{
    // What changed is of no interest, only that something did; so is a lost message (ENOBUFS).
    std::array<std::uint8_t, 32'768> buffer{};
    bool matters = false;
    while (true) {
        const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), MSG_TRUNC);
        if (size < 0 && errno != EINTR && errno != ENOBUFS)
            break;
        const auto length = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
        const bool whole = size >= 0 && length <= buffer.size();
        const ByteSpan datagram = ByteSpan(buffer).first(whole ? length : 0);
        const bool rules = fd == m_tables.socket.get() && whole;
        if (m_scope == Scope::Block && whole && fd == m_rest.socket.get() &&
            !tellsOfMoreThanShaping(datagram))
            continue;
        matters = matters || !rules || tellsOfOtherTable(datagram, std::span(OwnTables).first(1));
        m_elsewhere = m_elsewhere || !rules || tellsOfOtherTable(datagram, OwnTables);
    }
    if (matters && !m_burst.isActive())
        m_burst.start(m_scope == Scope::Block ? ShortBurst : Burst);
}

} // namespace higgs
