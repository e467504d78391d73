// SPDX-License-Identifier: GPL-3.0-or-later
// One round of questions about the router: every STUN server over every family, and the first hops
// of the way out.
#pragma once

#include "shared/net/hop_probe.h"
#include "shared/paths/mux_binding.h"

#include <memory>
#include <vector>

namespace higgs::node {

/// Deleting it ends it silently. Lives on its EpollSet's thread; must die before the mux.
class AddressInquiry : public QObject
{
    Q_OBJECT

public:
    /// The servers are asked from the mux, so that each answer is its mapping; null: none
    /// of them answers.
    /// `sources`: this machine's addresses that the first hops are asked from, as a router of
    /// several networks has an address in each.
    AddressInquiry(EpollSet &epoll, UdpMux *mux, const std::vector<CheckedEndpoint> &servers,
                   const std::vector<IpAddress> &sources, QObject *parent = nullptr);

    void start();
    [[nodiscard]] Monotonic startedAt() const { return m_startedAt; }
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
    Monotonic m_startedAt{};
};

} // namespace higgs::node
