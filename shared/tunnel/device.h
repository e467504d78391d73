// SPDX-License-Identifier: GPL-3.0-or-later
// One WireGuard interface and its peers, whoever moves the packets: this process, the kernel, or
// wireguard-go.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/datagram.h"
#include "shared/base/endpoint.h"
#include "shared/crypto/keys.h"
#include "shared/tunnel/interface_address.h"

#include <QObject>
#include <memory>
#include <optional>

namespace higgs {

class EpollSet;

enum class TunnelKind {
    Auto,        ///< the kernel's if it has one, else our own; wireguard-go if that cannot be
    InProcess,   ///< our own core on a TUN device, in this process
    Kernel,      ///< `ip link add type wireguard`
    WireguardGo, ///< a wireguard-go child process on a TUN device
};

/// "auto", "in-process", "kernel" or "wireguard-go", as on the command line.
Result<TunnelKind> parseTunnelKind(std::string_view text);
const char *toString(TunnelKind kind);

/// The MTU that fits a WireGuard datagram into 1,500 bytes of IPv6.
constexpr int DefaultTunnelMtu = 1420;

struct DeviceConfig
{
    std::string interfaceName;
    PrivateKey privateKey;
    std::vector<InterfaceAddress> addresses;
    int mtu = DefaultTunnelMtu;
};

struct PeerConfig
{
    PublicKey key;
    std::vector<IpPrefix> allowedIps;
    Seconds keepalive{0}; ///< 0: none
};

struct PeerStats
{
    PublicKey key;
    std::uint64_t rxBytes = 0;             ///< decrypted from this peer
    std::uint64_t txBytes = 0;             ///< encrypted for this peer
    std::optional<WallTime> lastHandshake; ///< none: no handshake has completed yet
    std::uint64_t droppedDatagrams = 0;    ///< between path and WireGuard, both directions
};

/// Lives on the thread of its EpollSet; every call there. Configuration calls block for the few
/// milliseconds that `wg` takes. Destruction takes the interface away.
class TunnelDevice : public QObject
{
    Q_OBJECT

public:
    ~TunnelDevice() override = default;

    /// Encrypted datagrams that WireGuard has for this peer go to `output`, in batches; the sink
    /// returned takes those that came from the path. It belongs to the device and lives until
    /// removePeer(). `output` must outlive the peer, or be replaced. A known key: AlreadyExists.
    virtual Result<DatagramSink *> addPeer(const PeerConfig &peer, DatagramSink &output) = 0;
    /// From now on to another path; nullptr: dropped and counted.
    virtual Result<void> setPeerOutput(const PublicKey &key, DatagramSink *output) = 0;
    virtual Result<void> removePeer(const PublicKey &key) = 0;
    /// The next packet to this peer begins a handshake, whatever was begun before and waits for an
    /// answer, or whatever keys stand; the figures go on. As the kernel's WireGuard does it by
    /// itself when a machine goes to sleep. NotFound for an unknown key.
    virtual Result<void> forgetKeys(const PublicKey &key) = 0;

    /// NotFound for an unknown key.
    virtual Result<PeerStats> peerStats(const PublicKey &key) = 0;
    virtual Result<std::vector<PeerStats>> allPeerStats() = 0;

    /// droppedDatagrams of all peers there ever were. Costs a question to the kernel for each peer.
    [[nodiscard]] virtual std::uint64_t dropped() const = 0;
    [[nodiscard]] virtual TunnelKind kind() const = 0; ///< never Auto
    [[nodiscard]] virtual const std::string &interfaceName() const = 0;

Q_SIGNALS:
    /// The device died under us (wireguard-go was killed): the interface is gone. Emitted once; the
    /// device may be deleted from the slot by deleteLater() only.
    void failed(const higgs::Error &error);

protected:
    TunnelDevice() = default;
};

/// Makes the interface, gives it key, addresses and MTU, and brings it up. A stale tunnel interface
/// of a crashed predecessor with this name is removed first; any other kind of interface with this
/// name is AlreadyExists and stays untouched. Must run on a thread that lives as long as the
/// device: wireguard-go dies with it.
Result<std::unique_ptr<TunnelDevice>> openTunnelDevice(EpollSet &epoll, TunnelKind kind,
                                                       const DeviceConfig &config);

/// Removes what a crashed predecessor left under this name: the tunnel interface and the guard of
/// its UDP port. Nothing there is success.
Result<void> removeStaleDevice(const std::string &interfaceName);

} // namespace higgs
