// SPDX-License-Identifier: GPL-3.0-or-later
// The bridge between a path and a WireGuard device that speaks UDP: one loopback socket for each
// peer, so that WireGuard sees one endpoint that never changes, whatever the path does.
#pragma once

#include "shared/reactor/epoll_set.h"
#include "shared/reactor/udp_batch.h"
#include "shared/tunnel/owned_fd.h"

#include <QTimer>
#include <memory>

namespace higgs {

/// While the output is full WireGuard's datagrams wait in the bridge's socket, and for no longer
/// than this: then the oldest goes. A path's own queue is some milliseconds at speed; both together
/// may cost who shares the tunnel little delay.
constexpr Milliseconds MaxBridgeWait{10};

struct BridgeOptions
{
    std::uint16_t wireguardPort = 0; ///< on loopback
    /// WireGuard sends several datagrams as one message, as wireguard-go does, and the kernel not.
    bool trains = false;
    Milliseconds longestWait = MaxBridgeWait;
};

/// Take() sends datagrams to WireGuard; what WireGuard sends goes to the output, a batch at a time,
/// as far as that has room: a full path holds up its own peer, whose socket nobody else uses.
/// Nothing is allocated per datagram.
class Bridge : public DatagramSink, private EpollSource, private RoomWaiter
{
public:
    /// The arrivals are the device's, shared by its bridges.
    static Result<std::unique_ptr<Bridge>>
    open(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals, const BridgeOptions &options);
    ~Bridge() override;

    /// What the kernel does not take is dropped and counted.
    void take(std::span<const ByteSpan> datagrams) override;
    /// None from when the kernel took no more until it does again.
    [[nodiscard]] std::size_t room() const override;

    void setOutput(DatagramSink *output);
    /// The endpoint that WireGuard must have for the peer: 127.0.0.1 and this port.
    [[nodiscard]] std::uint16_t localPort() const { return m_localPort; }
    /// Both ways, and in the kernel's queue.
    [[nodiscard]] std::uint64_t dropped() const;

private:
    Bridge(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals, OwnedFd socket,
           const BridgeOptions &options);
    void ready(std::uint32_t events) override;
    void roomAgain() override;
    void read();
    [[nodiscard]] std::size_t messagesFor(std::size_t room) const;
    [[nodiscard]] std::chrono::nanoseconds longestWait() const;
    void waitForRoom();
    void goOn();
    void dropOldest();
    void updateInterest();

    EpollSet &m_epoll;
    std::shared_ptr<UdpArrivals> m_arrivals;
    OwnedFd m_socket;
    BridgeOptions m_options;
    DatagramSink *m_output = nullptr;
    std::uint16_t m_localPort = 0;
    UdpDepartures m_departures;
    QTimer m_patience;
    std::uint32_t m_interest = 0;
    bool m_holds = false;        ///< reads nothing, for want of room
    bool m_behind = false;       ///< held, and has not come to young ones since
    std::uint64_t m_dropped = 0; ///< that came from WireGuard
};

} // namespace higgs
