// SPDX-License-Identifier: GPL-3.0-or-later
// The node's engine: registers, keeps its signal link, and turns every offered session into one
// WireGuard peer behind the exit policy. Switched on only by its owner; fails closed.
#pragma once

#include "app-node/engine/node_status.h"
#include "shared/net/server_trust.h"
#include "shared/tunnel/device.h"

#include <QObject>
#include <memory>

namespace higgs {
class EpollSet;
}

namespace higgs::node {

struct NodeConfig
{
    std::string serverHost; ///< name or address, without brackets
    std::uint16_t serverPort = 3000;
    ServerTrust trust;
    SecretText accessKey; ///< empty: none
    std::string dataDir;  ///< exists, writable, 0700; holds identity.key (0600) and node-id
    std::string country;  ///< ISO 3166-1 alpha-2, upper case
    std::string region;   ///< "DE-BE", may be empty
    std::string interfaceName = "higgs-exit0";
    std::uint16_t udpPort = 0;   ///< of the public UDP socket; 0: any
    std::string egressInterface; ///< empty: the one with the default route
    std::vector<IpPrefix> exitAllow;
    NodeLimits limits;
    TunnelKind tunnel = TunnelKind::Auto;
    UsageLedger usage;                   ///< what was moved before this start
    HourLedger hours;                    ///< the same by hour
    std::optional<WallTime> pausedUntil; ///< of a pause before this start
    std::string systemRoot;              ///< /sys is looked for below it; empty but in tests
    Seconds clockOffset{0};              ///< added to the clock that limits go by; 0 but in tests
};

/// Lives on the daemon's thread. Every call returns at once; see statusChanged().
class NodeEngine : public QObject
{
    Q_OBJECT

public:
    NodeEngine(EpollSet &epoll, NodeConfig config, QObject *parent = nullptr);
    /// Takes everything away: peers, interface, exit rules, forwarding as it was.
    ~NodeEngine() override;

    /// Removes what a crashed predecessor left and reads or makes the identity. Permission, System
    /// or InvalidArgument when the node cannot work on this machine.
    Result<void> start();

    void setSharing(bool on);
    /// Ends sharing, and takes away whatever an exit may have left; says what could not be undone.
    Result<void> restoreNetwork();
    /// Forbidden while sharing is on.
    Result<void> setServer(std::string host, std::uint16_t port, ServerTrust trust);
    void setAccessKey(SecretText key);
    /// Registers anew; both are checked by the caller.
    void setPlace(std::string country, std::string region);
    /// Nothing is shared until then, though the owner goes on wanting it; nullopt ends a pause.
    void pause(std::optional<WallTime> until);
    /// NotFound when it has gone.
    Result<void> endGuest(std::uint64_t number);
    /// The self-test, now: through the rules in force, or through rules put up for it alone. What
    /// it finds stops sharing. Blocks for a second at most.
    Result<ExitSafety> attackHome();
    /// Switches sharing off for good; leftServer() when the server has heard of it, or three
    /// seconds later. Without it the server offers this node until its heartbeats are missed.
    void leave();
    /// Applies without dropping guests; also told to the server.
    void setLimits(const NodeLimits &limits);

    [[nodiscard]] const NodeConfig &config() const;
    [[nodiscard]] NodeStatus status() const;
    /// With everything that was moved up to now.
    [[nodiscard]] const UsageLedger &usage() const;
    [[nodiscard]] const HourLedger &hours() const;
    /// The day that is counted on now.
    [[nodiscard]] LocalDay today() const;
    /// The next moment that the place's clock shows this hour, by the clock that limits go by.
    [[nodiscard]] WallTime nextMorning() const;

Q_SIGNALS:
    void statusChanged();
    void leftServer();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace higgs::node
