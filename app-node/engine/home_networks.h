// SPDX-License-Identifier: GPL-3.0-or-later
// The server's networks for guests must be nobody's in this home: neither this machine's, by any of
// its routes and resolvers, nor behind the home's router.
#pragma once

#include "app-node/engine/network_inquiry.h"
#include "shared/base/clock.h"
#include "shared/protocol/server_info.h"

#include <optional>

namespace higgs::node {

/// What is known of the networks, and the question under way. Lives on its EpollSet's thread.
class HomeNetworks : public QObject
{
    Q_OBJECT

public:
    explicit HomeNetworks(EpollSet &epoll) : m_epoll(epoll) {}

    /// Unless that is known, or being asked. An answer holds for a while, as it costs the router
    /// hundreds of packets.
    void ask(const protocol::ServerInfo &server, const std::string &egress);
    /// The next question is asked in any case.
    void forget() { m_askedAt.reset(); }
    /// The same, and the one under way is ended.
    void stop();
    [[nodiscard]] bool isAsking() const { return m_inquiry != nullptr; }
    /// By all that is known, and this machine's routes but for `tunnel`, and its resolvers.
    /// InvalidArgument, with a sentence, when they are somebody's.
    [[nodiscard]] Result<void> check(const protocol::ServerInfo &server,
                                     const std::string &tunnel) const;

Q_SIGNALS:
    void answered();

private:
    EpollSet &m_epoll;
    std::unique_ptr<NetworkInquiry> m_inquiry;
    std::vector<IpPrefix> m_networks;
    std::optional<Monotonic> m_askedAt;
    std::string m_use;
};

} // namespace higgs::node
