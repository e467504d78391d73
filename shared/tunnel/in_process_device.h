// SPDX-License-Identifier: GPL-3.0-or-later
// A TunnelDevice whose WireGuard is our own core: trains of packets from the TUN are sealed where
// they lie and go to the path in one call, and back. No socket, no other process, no copy of a
// packet that leaves.
#pragma once

#include "shared/tunnel/boot_timer.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/train_tun.h"
#include "shared/tunnel/uapi_socket.h"
#include "shared/wireguard/core.h"

#include <QTimer>
#include <map>

namespace higgs {

/// With one peer the TUN is read as far as its path has room, and what waits there for longer than
/// a moment goes; with several none is held up for another, and a full path drops its oldest.
class InProcessDevice final : public TunnelDevice,
                              private EpollSource,
                              private TurnEnd,
                              private RoomWaiter
{
    Q_OBJECT

public:
    static Result<std::unique_ptr<TunnelDevice>> open(EpollSet &epoll, const DeviceConfig &config);
    ~InProcessDevice() override;

    Result<DatagramSink *> addPeer(const PeerConfig &peer, DatagramSink &output) override;
    Result<void> setPeerOutput(const PublicKey &key, DatagramSink *output) override;
    Result<void> removePeer(const PublicKey &key) override;
    Result<void> forgetKeys(const PublicKey &key) override;
    Result<PeerStats> peerStats(const PublicKey &key) override;
    Result<std::vector<PeerStats>> allPeerStats() override;
    [[nodiscard]] std::uint64_t dropped() const override;
    [[nodiscard]] TunnelKind kind() const override { return TunnelKind::InProcess; }
    [[nodiscard]] const std::string &interfaceName() const override { return m_name; }

private:
    /// What came from a peer's path goes to the core under an address of its own, so that each
    /// path has its own share of handshakes under load.
    class Lane;

    InProcessDevice(EpollSet &epoll, const DeviceConfig &config, TrainTun tun);

    void ready(std::uint32_t events) override;
    void turnEnded() override;
    void roomAgain() override;
    void fromTun();
    void patienceEnded();
    bool sealTrain(std::size_t most);
    void fromPath(Lane &lane, std::span<const ByteSpan> datagrams);
    void openTrain(Lane &lane, std::span<const ByteSpan> datagrams);
    void drain();
    void arm();
    [[nodiscard]] std::size_t room() const;
    void hold();
    void goOn();
    [[nodiscard]] Lane *laneOf(wireguard::PeerId peer) const;
    PeerStats statsOf(const PublicKey &key, const Lane &lane) const;
    SecretText tellAll(bool toRoot) const;

    EpollSet &m_epoll;
    std::string m_name;
    TrainTun m_tun;
    wireguard::Core m_core;
    std::map<PublicKey, std::unique_ptr<Lane>> m_lanes;
    std::map<wireguard::PeerId, Lane *> m_byPeer;
    BootTimer m_timer; ///< what the core has to do at a time
    QTimer m_patience; ///< while the only path has no room
    UapiSocket m_uapi;
    bool m_holds = false;
    bool m_dead = false;
    std::uint64_t m_dropped = 0; ///< of lanes that are gone, and of what is nobody's

    std::size_t m_roomSize; ///< of one packet with what is before and behind it
    Bytes m_outgoingBytes;
    Bytes m_incomingBytes;
    // Kept for their memory.
    std::vector<PacketRoom> m_rooms;
    std::vector<wireguard::OutgoingPacket> m_outgoing;
    std::vector<ByteSpan> m_train;
    std::vector<MutableByteSpan> m_datagrams;
    std::vector<wireguard::IncomingPacket> m_incoming;
    std::vector<MutableByteSpan> m_written;
};

} // namespace higgs
