// SPDX-License-Identifier: GPL-3.0-or-later
// A TunnelDevice whose WireGuard is somebody else's (the kernel's, wireguard-go's): configured by
// `wg`, its packets fetched and brought by one bridge for each peer.
#pragma once

#include "shared/tunnel/bridge.h"
#include "shared/tunnel/child_process.h"
#include "shared/tunnel/device.h"

#include <map>

namespace higgs {

class BridgedDevice final : public TunnelDevice
{
    Q_OBJECT

public:
    /// `kind` is Kernel or WireguardGo; the name is free.
    static Result<std::unique_ptr<TunnelDevice>> open(EpollSet &epoll, TunnelKind kind,
                                                      const DeviceConfig &config);
    ~BridgedDevice() override;

    Result<DatagramSink *> addPeer(const PeerConfig &peer, DatagramSink &output) override;
    Result<void> setPeerOutput(const PublicKey &key, DatagramSink *output) override;
    Result<void> removePeer(const PublicKey &key) override;
    Result<void> forgetKeys(const PublicKey &key) override;
    Result<PeerStats> peerStats(const PublicKey &key) override;
    Result<std::vector<PeerStats>> allPeerStats() override;
    [[nodiscard]] std::uint64_t dropped() const override;
    [[nodiscard]] TunnelKind kind() const override { return m_kind; }
    [[nodiscard]] const std::string &interfaceName() const override { return m_name; }

private:
    BridgedDevice(EpollSet &epoll, TunnelKind kind, std::string name);
    Result<void> create();
    Result<std::vector<PeerStats>> dumpPeers();
    Result<std::string> askWireguard(const std::vector<std::string> &arguments);
    Result<void> configure(const DeviceConfig &config);

    EpollSet &m_epoll;
    TunnelKind m_kind;
    std::string m_name;
    bool m_created = false;
    bool m_hangs = false;     ///< a question to WireGuard was not answered in time
    std::uint16_t m_port = 0; ///< WireGuard's UDP port, reachable from loopback only
    std::unique_ptr<ChildProcess> m_wireguardGo;
    std::shared_ptr<UdpArrivals> m_arrivals;
    struct Peer
    {
        PeerConfig config;
        std::unique_ptr<Bridge> bridge;
        PeerStats before{}; ///< what WireGuard counted until forgetKeys()
    };
    std::map<PublicKey, Peer> m_peers;
    std::uint64_t m_dropped = 0; ///< by those that are gone
};

/// The nftables table that lets only loopback reach WireGuard's port; pure.
std::string portGuardTable(const std::string &interfaceName);
/// The interface of a table of that name; empty for another table's. Pure.
std::string guardedInterface(std::string_view table);
std::string portGuardRuleset(const std::string &interfaceName, std::uint16_t port);

/// As `wg` tells it.
Result<std::uint16_t> wireguardPort(const std::string &interfaceName);

/// The whole of the arguments of `wg` for a peer: endpoint, allowed IPs and keepalive in one call,
/// since a handshake begun without an endpoint costs five seconds. Pure.
std::vector<std::string> wgPeerArguments(const std::string &interfaceName, const PeerConfig &peer,
                                         std::uint16_t bridgePort);

} // namespace higgs
