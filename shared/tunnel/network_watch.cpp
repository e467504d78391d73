// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/network_watch.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"

#include <QSocketNotifier>
#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

namespace higgs {

namespace {

/// An address comes with its routes, an interface with its addresses: one try for all of them.
constexpr Milliseconds Burst{50};
/// Whoever can change things all the time (a neighbour's advertisements) gets no more than a fifth
/// of the thread's, and everybody else the rest of it.
constexpr int RestFactor = 4;
constexpr Milliseconds LongestRest{1'000};
/// After a sleep longer than this the timer is due at the moment of waking.
constexpr time_t ClockSeconds =
    std::chrono::duration_cast<Seconds>(SleepDetector::Interval).count();
/// The kernel's own messages are a page at most; several come in one read.
constexpr std::size_t ReadSize = 32768;

Milliseconds readClockOf(clockid_t clock)
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::chrono::duration_cast<Milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                    std::chrono::nanoseconds(now.tv_nsec));
}

} // namespace

NetworkWatch::NetworkWatch(std::string ownInterface, std::uint32_t ownTable, QObject *parent)
    : QObject(parent), m_filter(std::move(ownInterface), ownTable)
{
    m_burst.setSingleShot(true);
    connect(&m_burst, &QTimer::timeout, this, [this] {
        const Monotonic begun = monotonicNow();
        Q_EMIT uplinkChanged();
        const Monotonic done = monotonicNow();
        m_restsUntil =
            done + std::min<Monotonic::duration>((done - begun) * RestFactor, LongestRest);
    });
}

NetworkWatch::~NetworkWatch() = default;

Result<void> NetworkWatch::start()
{
    m_netlink =
        OwnedFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl groups{};
    groups.nl_family = AF_NETLINK;
    groups.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                       RTMGRP_IPV6_ROUTE;
    if (!m_netlink.isOpen() ||
        ::bind(m_netlink.get(), reinterpret_cast<const sockaddr *>(&groups), sizeof(groups)) != 0)
        return unexpected(ErrorCode::System, describeErrno("netlink socket", errno));
    m_netlinkReadable = std::make_unique<QSocketNotifier>(m_netlink.get(), QSocketNotifier::Read);
    connect(m_netlinkReadable.get(), &QSocketNotifier::activated, this, &NetworkWatch::readNetlink);

    m_clock = OwnedFd(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    itimerspec every{};
    every.it_value.tv_sec = ClockSeconds;
    every.it_interval.tv_sec = ClockSeconds;
    if (!m_clock.isOpen() || ::timerfd_settime(m_clock.get(), 0, &every, nullptr) != 0)
        return unexpected(ErrorCode::System, describeErrno("timer", errno));
    m_clockReadable = std::make_unique<QSocketNotifier>(m_clock.get(), QSocketNotifier::Read);
    connect(m_clockReadable.get(), &QSocketNotifier::activated, this, &NetworkWatch::readClock);
    readClock();
    return {};
}

void NetworkWatch::readNetlink()
{
    std::array<std::uint8_t, ReadSize> buffer;
    bool matters = false;
    for (;;) {
        sockaddr_nl sender{};
        socklen_t senderSize = sizeof(sender);
        const ssize_t size = ::recvfrom(m_netlink.get(), buffer.data(), buffer.size(), MSG_TRUNC,
                                        reinterpret_cast<sockaddr *>(&sender), &senderSize);
        if (size < 0 && errno == EINTR)
            continue;
        // Messages were lost: whatever they said, it was much.
        if (size < 0 && errno == ENOBUFS) {
            matters = true;
            continue;
        }
        if (size < 0)
            break;
        if (sender.nl_pid != 0)
            continue; // not the kernel
        const auto length = static_cast<std::size_t>(size);
        const auto events =
            length <= buffer.size()
                ? decodeNetlink(ByteSpan(buffer).first(length))
                : Result<std::vector<NetworkEvent>>(unexpected(ErrorCode::TooLarge, "cut off"));
        if (!events) {
            log::warning("tunnel", "netlink message not understood",
                         {{"error", events.error().detail}});
            matters = true;
            continue;
        }
        for (const NetworkEvent &event : *events)
            matters = m_filter.matters(event) || matters;
    }
    if (matters && !m_burst.isActive())
        m_burst.start(
            std::max(Burst, std::chrono::ceil<Milliseconds>(m_restsUntil - monotonicNow())));
}

void NetworkWatch::readClock()
{
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t size = ::read(m_clock.get(), &expirations, sizeof(expirations));
    const auto duration = m_sleep.observe(readClockOf(CLOCK_MONOTONIC), readClockOf(CLOCK_BOOTTIME),
                                          waitedForCommands());
    if (duration)
        Q_EMIT slept(*duration);
}

} // namespace higgs
