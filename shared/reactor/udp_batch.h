// SPDX-License-Identifier: GPL-3.0-or-later
// Many UDP datagrams in one system call, and trains of them in one message (udp(7): UDP_SEGMENT,
// UDP_GRO): the packet plane's way through a socket, connected or not.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/datagram.h"
#include "shared/base/endpoint.h"

#include <memory>
#include <optional>

struct mmsghdr;
struct msghdr;

namespace higgs {

/// Every socket of the data path asks for this much buffer in the kernel: at the default of 208 KB
/// a burst is lost inside the machine, before it has seen a wire.
constexpr int DataPathSocketBuffer = 4 * 1024 * 1024;

/// Asks for large buffers by force, or what is allowed without CAP_NET_ADMIN; false: they stay
/// small.
bool enlargeSocketBuffers(int fd);

/// Lets the kernel hand over trains; without it there are single datagrams.
void receiveTrains(int fd);
/// Lets it tell when each came; what is there already is taken for new.
void stampArrivals(int fd);
/// Lets it tell how far each came and to which of our addresses, in both families.
void describeArrivals(int fd);

struct SocketQueue
{
    std::size_t bytes = 0;     ///< as the kernel counts what waits to be read: never too few
    std::uint64_t dropped = 0; ///< messages that found no place in it, over the socket's life
};
SocketQueue receiveQueue(int fd);
/// How long the first message that waits has waited; nullopt for none.
std::optional<std::chrono::nanoseconds> oldestArrival(int fd);

/// What datagrams are received into: large, so one for a thread, shared by its sockets, which are
/// read one after the other. What it hands out is valid until the next receive().
class UdpArrivals
{
public:
    UdpArrivals();
    ~UdpArrivals();
    UdpArrivals(const UdpArrivals &) = delete;
    UdpArrivals &operator=(const UdpArrivals &) = delete;

    /// Past this the system call's own cost has vanished.
    static constexpr std::size_t MostMessages = 64;

    /// One system call: the number of messages, each one datagram or a train from one sender; 0
    /// when there is nothing. An error that an ICMP message left on the socket is read off.
    std::size_t receive(int fd, std::size_t most = MostMessages);
    /// The datagrams of all messages; what is over the bound is added to `dropped`, as is what has
    /// waited in a socket with stampArrivals() for longer than `longest`.
    std::span<const ByteSpan> all(std::uint64_t &dropped,
                                  std::optional<std::chrono::nanoseconds> longest = {});
    /// Of message `index` alone: who sent it, and what.
    [[nodiscard]] Endpoint sender(std::size_t index) const;
    std::span<const ByteSpan> datagrams(std::size_t index, std::uint64_t &dropped);
    /// The same of a socket with describeArrivals(): the address that it was sent to, and what is
    /// left of the sender's hop limit; null and nullopt where the kernel does not say.
    [[nodiscard]] IpAddress receiver(std::size_t index) const;
    [[nodiscard]] std::optional<unsigned> hopLimit(std::size_t index) const;

private:
    void split(std::size_t index, std::uint64_t &dropped);

    struct Storage;
    std::unique_ptr<Storage> m_storage;
    std::size_t m_messages = 0;
};

/// Sends for one socket. What the kernel does not take at once is dropped and counted: whoever
/// wants to lose nothing looks at isFull() before.
class UdpDepartures
{
public:
    /// To where the socket is connected, or to `to`. Nothing is allocated.
    void send(int fd, std::span<const ByteSpan> datagrams, const Endpoint *to = nullptr);
    /// The socket took no more the last time, and has not been writable since.
    [[nodiscard]] bool isFull() const { return m_full; }
    /// EPOLLOUT came.
    void writable() { m_full = false; }
    /// Datagrams that were not taken, over the life.
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }

private:
    void send(int fd, std::span<mmsghdr> messages);
    void sendSingly(int fd, const msghdr &train);

    std::uint64_t m_dropped = 0;
    bool m_full = false;
    bool m_segments = true; ///< UDP_SEGMENT works on this kernel
    bool m_trained = false; ///< it did once
};

} // namespace higgs
