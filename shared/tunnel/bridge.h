// SPDX-License-Identifier: GPL-3.0-or-later
// The bridge between a path and a WireGuard device that speaks UDP: one loopback socket for each
// peer, so that WireGuard sees one endpoint that never changes, whatever the path does.
#pragma once

#include "shared/base/datagram.h"
#include "shared/reactor/epoll_set.h"
#include "shared/tunnel/owned_fd.h"

#include <memory>

struct mmsghdr;

namespace higgs {

/// What datagrams are received into: large, so one for a device, shared by its bridges, which run
/// one after the other on one thread.
class BridgeBuffers;
std::shared_ptr<BridgeBuffers> makeBridgeBuffers();

/// Every socket of the data path asks for this much buffer in the kernel: at the default of 208 KB
/// a burst is lost inside the machine, before it has seen a wire.
constexpr int DataPathSocketBuffer = 4 * 1024 * 1024;

/// SO_RCVBUFFORCE and SO_SNDBUFFORCE, or what is allowed without them (logged once).
void enlargeSocketBuffers(int fd);

/// Take() sends datagrams to WireGuard; what WireGuard sends goes to the output, a batch at a time.
/// Nothing is allocated per datagram. What the kernel does not take at once is dropped and counted:
/// WireGuard's peers are used to loss, not to waiting.
class Bridge : public DatagramSink, private EpollSource
{
public:
    static Result<std::unique_ptr<Bridge>>
    open(EpollSet &epoll, std::shared_ptr<BridgeBuffers> buffers, std::uint16_t wireguardPort);
    ~Bridge() override;

    void take(std::span<const ByteSpan> datagrams) override;

    void setOutput(DatagramSink *output) { m_output = output; }
    /// The endpoint that WireGuard must have for the peer: 127.0.0.1 and this port.
    [[nodiscard]] std::uint16_t localPort() const { return m_localPort; }
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }

private:
    Bridge(EpollSet &epoll, std::shared_ptr<BridgeBuffers> buffers, OwnedFd socket);
    void ready(std::uint32_t events) override;
    void send(std::span<mmsghdr> messages);

    EpollSet &m_epoll;
    std::shared_ptr<BridgeBuffers> m_buffers;
    OwnedFd m_socket;
    DatagramSink *m_output = nullptr;
    std::uint16_t m_localPort = 0;
    std::uint64_t m_dropped = 0;
    bool m_segments = true; ///< UDP_SEGMENT works on this kernel
};

} // namespace higgs
