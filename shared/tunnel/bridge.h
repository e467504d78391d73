// SPDX-License-Identifier: GPL-3.0-or-later
// The bridge between a path and a WireGuard device that speaks UDP: one loopback socket for each
// peer, so that WireGuard sees one endpoint that never changes, whatever the path does.
#pragma once

#include "shared/reactor/epoll_set.h"
#include "shared/reactor/udp_batch.h"
#include "shared/tunnel/owned_fd.h"

#include <memory>

namespace higgs {

/// Take() sends datagrams to WireGuard; what WireGuard sends goes to the output, a batch at a time.
/// Nothing is allocated per datagram. What the kernel does not take at once is dropped and counted:
/// WireGuard's peers are used to loss, not to waiting.
class Bridge : public DatagramSink, private EpollSource
{
public:
    /// The arrivals are the device's, shared by its bridges.
    static Result<std::unique_ptr<Bridge>>
    open(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals, std::uint16_t wireguardPort);
    ~Bridge() override;

    void take(std::span<const ByteSpan> datagrams) override;

    void setOutput(DatagramSink *output) { m_output = output; }
    /// The endpoint that WireGuard must have for the peer: 127.0.0.1 and this port.
    [[nodiscard]] std::uint16_t localPort() const { return m_localPort; }
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped + m_departures.dropped(); }

private:
    Bridge(EpollSet &epoll, std::shared_ptr<UdpArrivals> arrivals, OwnedFd socket);
    void ready(std::uint32_t events) override;

    EpollSet &m_epoll;
    std::shared_ptr<UdpArrivals> m_arrivals;
    OwnedFd m_socket;
    DatagramSink *m_output = nullptr;
    std::uint16_t m_localPort = 0;
    UdpDepartures m_departures;
    std::uint64_t m_dropped = 0; ///< that came from WireGuard
};

} // namespace higgs
