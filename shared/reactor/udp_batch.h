// SPDX-License-Identifier: GPL-3.0-or-later
// Many UDP datagrams in one system call, and trains of them in one message (udp(7): UDP_SEGMENT,
// UDP_GRO): the packet plane's way through a socket, connected or not.
#pragma once

#include "shared/base/datagram.h"
#include "shared/base/endpoint.h"

#include <memory>

struct mmsghdr;

namespace higgs {

/// Every socket of the data path asks for this much buffer in the kernel: at the default of 208 KB
/// a burst is lost inside the machine, before it has seen a wire.
constexpr int DataPathSocketBuffer = 4 * 1024 * 1024;

/// Asks for large buffers by force, or what is allowed without CAP_NET_ADMIN; false: they stay
/// small.
bool enlargeSocketBuffers(int fd);

/// Lets the kernel hand over trains; without it there are single datagrams.
void receiveTrains(int fd);

/// What datagrams are received into: large, so one for a thread, shared by its sockets, which are
/// read one after the other. What it hands out is valid until the next receive().
class UdpArrivals
{
public:
    UdpArrivals();
    ~UdpArrivals();
    UdpArrivals(const UdpArrivals &) = delete;
    UdpArrivals &operator=(const UdpArrivals &) = delete;

    /// One system call: the number of messages, each one datagram or a train from one sender; 0
    /// when there is nothing. An error that an ICMP message left on the socket is read off.
    std::size_t receive(int fd);
    /// The datagrams of all messages; what is over the bound is added to `dropped`.
    std::span<const ByteSpan> all(std::uint64_t &dropped);
    /// Of message `index` alone: who sent it, and what.
    [[nodiscard]] Endpoint sender(std::size_t index) const;
    std::span<const ByteSpan> datagrams(std::size_t index, std::uint64_t &dropped);

private:
    void split(std::size_t index, std::uint64_t &dropped);

    struct Storage;
    std::unique_ptr<Storage> m_storage;
    std::size_t m_messages = 0;
};

/// Sends for one socket. What the kernel does not take at once is dropped and counted: WireGuard's
/// peers are used to loss, not to waiting.
class UdpDepartures
{
public:
    /// To where the socket is connected, or to `to`. Nothing is allocated.
    void send(int fd, std::span<const ByteSpan> datagrams, const Endpoint *to = nullptr);
    /// Datagrams that were not taken, over the life.
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }

private:
    void send(int fd, std::span<mmsghdr> messages);

    std::uint64_t m_dropped = 0;
    bool m_segments = true; ///< UDP_SEGMENT works on this kernel and this way
};

} // namespace higgs
