// SPDX-License-Identifier: GPL-3.0-or-later
// Holds guests' datagrams to one rate and shares it fairly between them: a token bucket over a
// deficit round robin (RFC 7567's advice) of queues with CoDel (RFC 8289). A pure core.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/datagram.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace higgs::node {

/// What WireGuard adds to a packet: 16 bytes of header and 16 of authentication.
constexpr std::size_t WireguardOverhead = 32;

/// Bytes of the IP packet inside a datagram (with WireGuard's padding); 0 for handshakes and
/// keepalives, which no limit holds back.
std::size_t innerBytes(ByteSpan datagram);

/// A guest's queue holds this much at most; then the oldest goes.
constexpr std::size_t MaxQueuedBytes = 256UL * 1024UL;

/// Timers are late and the thread has other work: how much of what was missed is sent after. Much
/// keeps a rate exact, little keeps the queue of a line short that is no faster than the rate.
constexpr Milliseconds ExactCatchUp{100};
constexpr Milliseconds GentleCatchUp{10};

class FairShaper
{
public:
    using Flow = std::uint64_t;

    /// Where datagrams go on; called from offer() and release(), and must not call back.
    class Outlet
    {
    public:
        Outlet() = default;
        Outlet(const Outlet &) = delete;
        Outlet &operator=(const Outlet &) = delete;
        virtual ~Outlet() = default;
        virtual void deliver(Flow flow, std::span<const ByteSpan> datagrams) = 0;
        /// How many more the flow's way takes now. A flow without room is passed over, and costs
        /// the others nothing of their rate.
        [[nodiscard]] virtual std::size_t room(Flow) const { return DatagramSink::AnyNumber; }
        /// The flow waits: roomAgain() has to follow.
        virtual void awaitRoom(Flow) {}
    };

    /// Bytes a second, counted as UDP would count its payload (the packet without 28 bytes), which
    /// lies between what IP and what a program over TCP see, 2 % from each. None: no limit, and
    /// what is queued leaves with the next release().
    void setRate(Monotonic now, std::optional<double> bytesPerSecond,
                 Milliseconds catchUp = ExactCatchUp);
    [[nodiscard]] std::optional<double> rate() const { return m_rate; }

    /// Passes on what may go at once and keeps copies of the rest. Without a rate that is all,
    /// whatever the way's room: whoever offers has asked for it.
    void offer(Monotonic now, Flow flow, std::span<const ByteSpan> datagrams, Outlet &outlet);
    void release(Monotonic now, Outlet &outlet);
    /// The flow's way takes something again, or is another one.
    void roomAgain(Monotonic now, Flow flow);
    /// Whether a flow's datagrams would go straight on, to where room() is asked.
    [[nodiscard]] bool passes(Flow flow) const;
    /// When release() will have something to do; none: nothing is queued that has room.
    [[nodiscard]] std::optional<Monotonic> deadline() const;

    void removeFlow(Flow flow);
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }
    /// Nothing is left to do until more is offered, or there is room again.
    [[nodiscard]] bool isIdle() const { return m_round.empty(); }

private:
    struct Waiting
    {
        Monotonic since;
        Bytes datagram;
    };
    /// RFC 8289 section 5: the control law's memory.
    struct Codel
    {
        std::optional<Monotonic> firstAbove;
        Monotonic dropNext;
        unsigned count = 0;
        bool dropping = false;
    };
    struct Queue
    {
        std::deque<Waiting> waiting;
        std::size_t bytes = 0;
        double deficit = 0;
        Codel codel;
        bool parked = false; ///< not in the round: its way has no room
    };

    void accrue(Monotonic now);
    void enqueue(Monotonic now, Flow flow, ByteSpan datagram);
    void park(Flow flow, Outlet &outlet);
    [[nodiscard]] bool isParked(Flow flow) const;
    std::optional<Waiting> take(Queue &queue);
    std::optional<Waiting> takeByCodel(Monotonic now, Queue &queue);
    bool standsTooLong(Monotonic now, Queue &queue) const;
    void recycle(Bytes &&bytes);
    void drop(Waiting &&waiting);

    std::optional<double> m_rate;
    Milliseconds m_catchUp = ExactCatchUp;
    double m_credit = 0; ///< bytes; below 0 after a datagram that was larger than what was left
    Monotonic m_accrued{};
    std::map<Flow, Queue> m_queues;
    std::deque<Flow> m_round; ///< flows with something queued, and room on their way
    std::vector<Bytes> m_spare;
    std::uint64_t m_dropped = 0;
};

} // namespace higgs::node
