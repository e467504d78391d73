// SPDX-License-Identifier: GPL-3.0-or-later
// One round of questions about the router: every STUN server over every family, and the first hops
// of the way out.
#pragma once

#include "shared/base/pace.h"
#include "shared/net/hop_probe.h"
#include "shared/paths/mux_binding.h"

#include <QTimer>
#include <memory>
#include <vector>

namespace higgs::node {

/// What somebody else can cause, and the timer until it may be done again.
struct Paced
{
    Pace pace;
    QTimer timer{};
};

/// Deleting it ends it silently. Lives on its EpollSet's thread; must die before the mux.
class AddressInquiry : public QObject
{
    Q_OBJECT

public:
    /// Guests, whoever answers by STUN and the server can cause one: no more than so many at once,
    /// and one in each interval. So can whoever answers when the line is measured show the router
    /// under another address sixteen times a second, each of which changes the packet filter.
    static constexpr unsigned AtOnce = 6;
    static constexpr Milliseconds Interval{2'000};

    /// The servers are asked from the mux, so that each answer is its mapping; null: none
    /// of them answers.
    /// `sources`: this machine's addresses that the first hops are asked from, as a router of
    /// several networks has an address in each.
    AddressInquiry(EpollSet &epoll, UdpMux *mux, const std::vector<CheckedEndpoint> &servers,
                   const std::vector<IpAddress> &sources, QObject *parent = nullptr);

    void start();
    [[nodiscard]] Monotonic startedAt() const { return m_startedAt; }
    /// None was answered, and all were refused by a firewall of this machine.
    [[nodiscard]] bool refusedHere() const
    {
        return m_refused > 0 && m_refused == m_bindings.size();
    }
    [[nodiscard]] bool asks(IpAddress::Family family) const;

Q_SIGNALS:
    /// `primary`: over the first server of that family, whose mapping is told.
    void answered(const higgs::StunBindingResult &result, bool primary);
    void found(higgs::IpAddress::Family family, const higgs::Hops &hops);
    /// All of them have answered or failed; it may be deleted in answer.
    void finished();

private:
    void oneLess();

    std::vector<CheckedEndpoint> m_servers;
    std::vector<std::unique_ptr<MuxBinding>> m_bindings;
    std::vector<std::unique_ptr<HopProbe>> m_probes;
    std::size_t m_open = 0;
    std::size_t m_refused = 0;
    Monotonic m_startedAt{};
};

} // namespace higgs::node
