// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of NodeEngine: the exit (device, policy, probe responder), the standing with the
// server, and the guests.
#pragma once

#include "app-node/engine/guest.h"
#include "app-node/engine/identity.h"
#include "app-node/engine/node_engine.h"
#include "app-node/engine/registration.h"
#include "shared/net/signal_link.h"
#include "shared/net/stun_binding.h"
#include "shared/net/stun_responder.h"
#include "shared/tunnel/exit_network.h"

#include <QTimer>
#include <map>

namespace higgs::node {

class NodeEngine::Private : public QObject
{
    Q_OBJECT

public:
    Private(NodeEngine &owner, EpollSet &epoll, NodeConfig config);
    ~Private() override;

    Result<void> start();
    void setSharing(bool on);
    void leave();
    void setLimits(const NodeLimits &limits);
    [[nodiscard]] NodeStatus status();

private:
    void switchOn();
    void switchOff();
    void resolveServer();
    void serverKnown(const protocol::ServerInfo &info);
    Result<void> openExit(const protocol::ServerInfo &info);
    void closeExit();
    void registered(bool pending);
    void openSignalLink();
    void offered(protocol::SessionConnect session);
    void guestEnded(const SessionId &session, const std::string &reason);
    void obey(protocol::NodeAction &action);
    void askMappedAddress();
    void mapped(const Endpoint &address);
    void setState(NodeState state, NodeProblem problem = NodeProblem::None,
                  std::string detail = {});
    [[nodiscard]] NodeFigures figures();
    void refreshStats();

    NodeEngine &m_owner;
    EpollSet &m_epoll;
    NodeConfig m_config;
    std::unique_ptr<Identity> m_identity;
    ExitNetwork m_exit;
    std::unique_ptr<ApiClient> m_api;
    std::unique_ptr<Registration> m_registration;
    std::vector<IpAddress> m_serverAddresses;
    protocol::ServerInfo m_server;

    std::unique_ptr<TunnelDevice> m_device;
    std::vector<std::unique_ptr<StunResponder>> m_responders;
    std::unique_ptr<SignalLink> m_signal;
    std::unique_ptr<StunBinding> m_stun;
    std::optional<Endpoint> m_mapped;
    std::map<SessionId, std::unique_ptr<Guest>> m_guests;

    NodeState m_state = NodeState::Off;
    NodeProblem m_problem = NodeProblem::None;
    std::string m_problemDetail;
    bool m_sharing = false;
    bool m_maintenance = false;
    bool m_signalUp = false;
    std::uint64_t m_generation = 0;
    std::uint64_t m_guestsTotal = 0;
    std::uint64_t m_guestsFailed = 0;
    std::uint64_t m_goneRxBytes = 0; ///< of guests that have left
    std::uint64_t m_goneTxBytes = 0;
    std::uint64_t m_dropped = 0;
    std::optional<Monotonic> m_statsAt;
    QTimer m_stunTimer;
    QTimer m_resolveTimer;
};

} // namespace higgs::node
