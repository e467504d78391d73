// SPDX-License-Identifier: GPL-3.0-or-later
// One round of questions about the router: every STUN server over every family, and the first hops
// of the way out.
#pragma once

#include "shared/net/hop_probe.h"
#include "shared/net/stun_binding.h"

#include <memory>
#include <vector>

namespace higgs::node {

/// Deleting it ends it silently. Lives on its EpollSet's thread.
class AddressInquiry : public QObject
{
    Q_OBJECT

public:
    /// `udpPort`: of the public socket, from which the first IPv4 server is asked; 0: any.
    /// `sources`: this machine's addresses that the first hops are asked from, as a router of
    /// several networks has an address in each.
    AddressInquiry(EpollSet &epoll, const std::vector<CheckedEndpoint> &servers,
                   const std::vector<IpAddress> &sources, std::uint16_t udpPort,
                   QObject *parent = nullptr);

    void start();
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
    std::vector<std::unique_ptr<StunBinding>> m_bindings;
    std::vector<std::unique_ptr<HopProbe>> m_probes;
    std::size_t m_open = 0;
};

} // namespace higgs::node
