// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/firewall_watch.h"

#include "shared/tunnel/command.h"

#include <QSocketNotifier>
#include <array>
#include <cerrno>
#include <chrono>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace higgs {

namespace {

constexpr std::chrono::milliseconds Burst{50};

} // namespace

FirewallWatch::FirewallWatch(QObject *parent) : QObject(parent)
{
    m_burst.setSingleShot(true);
    connect(&m_burst, &QTimer::timeout, this, &FirewallWatch::changed);
}

FirewallWatch::~FirewallWatch() = default;

Result<void> FirewallWatch::start()
{
    const Result<void> rules = open(m_rules, NETLINK_NETFILTER, NFNLGRP_NFTABLES);
    const Result<void> control = open(m_trafficControl, NETLINK_ROUTE, RTNLGRP_TC);
    return rules ? control : rules;
}

Result<void> FirewallWatch::open(Source &source, int protocol, int group)
{
    OwnedFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    if (!fd.isOpen() ||
        ::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0 ||
        ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0)
        return unexpected(ErrorCode::System, describeErrno("watch the firewall", errno));
    source.socket = std::move(fd);
    source.readable = std::make_unique<QSocketNotifier>(source.socket.get(), QSocketNotifier::Read);
    connect(source.readable.get(), &QSocketNotifier::activated, this,
            [this, number = source.socket.get()] { read(number); });
    return {};
}

void FirewallWatch::read(int fd)
{
    // What changed is of no interest, only that something did; so is a lost message (ENOBUFS).
    std::array<char, 16'384> discarded{};
    while (true) {
        const ssize_t size = ::recv(fd, discarded.data(), discarded.size(), 0);
        if (size < 0 && errno != EINTR && errno != ENOBUFS)
            break;
    }
    if (!m_burst.isActive())
        m_burst.start(Burst);
}

} // namespace higgs
