// SPDX-License-Identifier: GPL-3.0-or-later
// The seam of the packet plane: whatever takes datagrams takes them in batches, as spans, and says
// how many more it has room for.
#pragma once

#include "shared/base/bytes.h"

#include <limits>
#include <vector>

namespace higgs {

/// The largest datagram that any path carries: one relay message (specification 2.2).
constexpr std::size_t MaxDatagramSize = 65535;
/// A full one of an ordinary path, by which bytes of room are counted as datagrams.
constexpr std::size_t UsualDatagramSize = 1500;
/// The most datagrams that the kernel hands over, or takes, as one (udp(7), UDP_SEGMENT). They are
/// 64 KB at most, also where they are larger than usual.
constexpr std::size_t MaxTrain = 64;

class RoomWaiters;

/// Whoever found a sink full, and goes on when there is room. It waits at one place at a time, and
/// takes itself off the list when it dies.
class RoomWaiter
{
public:
    RoomWaiter() = default;
    RoomWaiter(const RoomWaiter &) = delete;
    RoomWaiter &operator=(const RoomWaiter &) = delete;
    virtual ~RoomWaiter() { stopWaiting(); }

    /// Once for each wait. Arranges to go on and no more: it neither gives datagrams nor deletes
    /// anything, as the sink is at work.
    virtual void roomAgain() = 0;

    [[nodiscard]] bool isWaiting() const { return m_place != nullptr; }
    void stopWaiting();

private:
    friend class RoomWaiters;
    RoomWaiters *m_place = nullptr;
};

/// Those who wait at one place. When it dies nobody is told.
class RoomWaiters
{
public:
    RoomWaiters() = default;
    RoomWaiters(const RoomWaiters &) = delete;
    RoomWaiters &operator=(const RoomWaiters &) = delete;
    ~RoomWaiters();

    /// Twice is the same as once.
    void add(RoomWaiter &waiter);
    /// Tells each, in the order in which they came; who waits again meanwhile is told the next
    /// time.
    void tell();
    [[nodiscard]] bool isEmpty() const { return m_waiting.empty(); }

private:
    friend class RoomWaiter;
    std::vector<RoomWaiter *> m_waiting;
};

/// `bytes` of room as datagrams, each of which takes `overhead` beside itself: none, if a train
/// might not fit.
constexpr std::size_t datagramsIn(std::size_t bytes, std::size_t overhead = 0)
{
    const std::size_t count = bytes / (UsualDatagramSize + overhead);
    return count < MaxTrain ? 0 : count;
}

/// A place that datagrams go to: a path to the other end, or a WireGuard device. Both directions
/// of the packet plane are chains of these. Called on the owner's thread; must not block; the spans
/// are valid only during the call.
///
/// Whoever reads a socket that only one peer fills asks for room(), and lets the socket be the
/// queue while there is none. Whoever reads for several must not wait for one of them. What is
/// given beyond the room is taken all the same: then a full queue drops its oldest and counts, it
/// never grows.
class DatagramSink
{
public:
    static constexpr std::size_t AnyNumber = std::numeric_limits<std::size_t>::max();

    DatagramSink() = default;
    DatagramSink(const DatagramSink &) = delete;
    DatagramSink &operator=(const DatagramSink &) = delete;
    virtual ~DatagramSink() = default;

    /// Deletes nobody: what follows from it comes from the event loop.
    virtual void take(std::span<const ByteSpan> datagrams) = 0;

    /// How many more it takes now without dropping any: none, or a train at least. A sink that
    /// drops everything, as nobody is behind it, has room for any number.
    [[nodiscard]] virtual std::size_t room() const { return AnyNumber; }
    /// To be asked when there was none; roomAgain() follows, when there is some or the question
    /// has become another one.
    virtual void whenRoom(RoomWaiter &waiter) { m_waiters.add(waiter); }

protected:
    void tellRoom() { m_waiters.tell(); }
    [[nodiscard]] bool isAwaited() const { return !m_waiters.isEmpty(); }

private:
    RoomWaiters m_waiters;
};

} // namespace higgs
