// SPDX-License-Identifier: GPL-3.0-or-later
// A timer by CLOCK_BOOTTIME, which goes on while the machine sleeps: what was due meanwhile is due
// at once afterwards. QTimer's clock stands still then, and is as late as the sleep was long.
#pragma once

#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/owned_fd.h"

#include <functional>
#include <optional>

namespace higgs {

class BootTimer final : private EpollSource
{
public:
    /// `fired` is called from the event loop, once for each start; it may start it anew.
    BootTimer(EpollSet &epoll, std::function<void()> fired);
    ~BootTimer() override;

    /// System: the kernel gives none.
    Result<void> open();

    /// At that time, or at once if it has passed; it replaces what was set before.
    void start(BootTime when);
    [[nodiscard]] std::optional<BootTime> due() const { return m_due; }

private:
    void ready(std::uint32_t events) override;

    EpollSet &m_epoll;
    std::function<void()> m_fired;
    OwnedFd m_fd;
    std::optional<BootTime> m_due; ///< none: it is not set
};

} // namespace higgs
