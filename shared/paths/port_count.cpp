// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/port_count.h"

namespace higgs {

namespace {

constexpr Milliseconds FirstWait{150};

} // namespace

PortCount::PortCount(EpollSet &epoll, const CheckedEndpoint &server,
                     std::optional<std::uint32_t> mark)
{
    for (std::size_t i = 0; i < Sockets; ++i) {
        StunBindingOptions options{.server = server};
        options.mark = mark;
        options.firstWait = FirstWait;
        options.timeout = Timeout;
        m_bindings[i] = std::make_unique<StunBinding>(epoll, std::move(options));
        connect(m_bindings[i].get(), &StunBinding::succeeded, this,
                [this, i](const StunBindingResult &result) {
                    m_mapped[i] = result.mapped;
                    oneLess();
                });
        connect(m_bindings[i].get(), &StunBinding::failed, this, &PortCount::oneLess);
    }
}

void PortCount::start()
{
    for (const auto &each : m_bindings)
        each->start();
}

void PortCount::oneLess()
{
    if (--m_open == 0)
        Q_EMIT finished(portOrder(m_mapped));
}

} // namespace higgs
