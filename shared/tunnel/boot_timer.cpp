// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/boot_timer.h"

#include "shared/tunnel/command.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace higgs {

BootTimer::BootTimer(EpollSet &epoll, std::function<void()> fired)
    : m_epoll(epoll), m_fired(std::move(fired))
{}

BootTimer::~BootTimer()
{
    if (m_fd.isOpen())
        m_epoll.remove(m_fd.get(), *this);
}

Result<void> BootTimer::open()
{
    OwnedFd fd(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!fd.isOpen())
        return unexpected(ErrorCode::System, describeErrno("timerfd_create", errno));
    if (const auto added = m_epoll.add(fd.get(), EPOLLIN, *this); !added)
        return unexpected(added.error());
    m_fd = std::move(fd);
    return {};
}

void BootTimer::start(BootTime when)
{
    m_due = when;
    // A time of zero would be none.
    const std::int64_t ms = std::max<std::int64_t>(when.ms, 1);
    const itimerspec at{{0, 0}, {ms / 1000, ms % 1000 * 1'000'000}};
    ::timerfd_settime(m_fd.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

void BootTimer::ready(std::uint32_t)
{
    std::uint64_t times = 0;
    // It may have been set anew since it was ready.
    if (::read(m_fd.get(), &times, sizeof times) != sizeof times)
        return;
    m_due.reset();
    m_fired();
}

} // namespace higgs
