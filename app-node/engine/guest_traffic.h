// SPDX-License-Identifier: GPL-3.0-or-later
// The guests' datagrams on their way between path and WireGuard: counted, held to the limits, fair
// between guests, and stopped when the volume is spent. Drives one FairShaper for each direction.
#pragma once

#include "app-node/engine/fair_shaper.h"

#include <QObject>
#include <QTimer>
#include <map>

namespace higgs::node {

class GuestTraffic;

/// Bytes of IP packets, seen from the home's Internet side.
struct TrafficCounts
{
    std::uint64_t up = 0;   ///< what guests sent to the Internet
    std::uint64_t down = 0; ///< what guests got from it

    friend bool operator==(const TrafficCounts &, const TrafficCounts &) = default;
};

struct GuestRates
{
    std::optional<double> upMbps; ///< none: unlimited
    std::optional<double> downMbps;

    friend bool operator==(const GuestRates &, const GuestRates &) = default;
};

/// What the counts were at a moment.
struct UseSample
{
    Monotonic at;
    TrafficCounts totals;
};

enum class TrafficDirection : std::uint8_t { Up, Down };

/// One guest's two sinks. Must die before the traffic.
class GuestLane
{
public:
    GuestLane(GuestTraffic &traffic, FairShaper::Flow number);
    ~GuestLane();
    GuestLane(const GuestLane &) = delete;
    GuestLane &operator=(const GuestLane &) = delete;

    /// For the path: what comes from the guest. For the device: what goes to the guest.
    DatagramSink &fromGuest() { return m_up; }
    DatagramSink &toGuest() { return m_down; }
    /// Where each goes on; null drops.
    void setDevice(DatagramSink *device) { m_up.setNext(device); }
    void setPath(DatagramSink *path) { m_down.setNext(path); }
    [[nodiscard]] TrafficCounts counts() const { return m_counts; }
    [[nodiscard]] FairShaper::Flow number() const { return m_number; }

private:
    friend class GuestTraffic;
    /// Held to a rate, it has room for any number: what is too much waits and is dropped in the
    /// shaper's queue, by CoDel, which a second queue before it would deceive. Else it has the room
    /// of what comes next.
    class End : public DatagramSink, private RoomWaiter
    {
    public:
        End(GuestLane &lane, TrafficDirection direction) : m_lane(lane), m_direction(direction) {}
        void take(std::span<const ByteSpan> datagrams) override;
        [[nodiscard]] std::size_t room() const override;
        void whenRoom(RoomWaiter &waiter) override;

        void setNext(DatagramSink *next);
        [[nodiscard]] DatagramSink *next() const { return m_next; }
        [[nodiscard]] std::size_t roomBeyond() const;
        void awaitRoomBeyond();
        /// Whoever waits asks again.
        void roomMayBe() { tellRoom(); }

    private:
        void roomAgain() override;

        GuestLane &m_lane;
        TrafficDirection m_direction;
        DatagramSink *m_next = nullptr;
    };

    End &end(TrafficDirection direction);

    GuestTraffic &m_traffic;
    FairShaper::Flow m_number;
    End m_up;
    End m_down;
    TrafficCounts m_counts;
};

/// Lives on the daemon's thread.
class GuestTraffic : public QObject
{
    Q_OBJECT

public:
    explicit GuestTraffic(QObject *parent = nullptr);
    ~GuestTraffic() override;

    /// Mbit/s of all guests together, each way; none: no limit. `catchUp`: as
    /// FairShaper::setRate(). Drops nobody and nothing.
    void setRates(std::optional<double> upMbps, std::optional<double> downMbps,
                  Milliseconds catchUp = ExactCatchUp);
    /// Bytes, both ways together, that may still pass; none: no limit. At the end everything is
    /// dropped and budgetSpent() comes, once for each setBudget().
    void setBudget(std::optional<std::uint64_t> bytes);

    [[nodiscard]] TrafficCounts totals() const { return m_totals; }
    /// Datagrams instead of bytes, handshakes included.
    [[nodiscard]] TrafficCounts packets() const { return m_packets; }
    [[nodiscard]] std::uint64_t dropped() const;

Q_SIGNALS:
    void budgetSpent();

private:
    friend class GuestLane;
    class Way : public FairShaper::Outlet
    {
    public:
        Way(GuestTraffic &traffic, TrafficDirection direction)
            : m_traffic(traffic), m_direction(direction)
        {}
        void deliver(FairShaper::Flow flow, std::span<const ByteSpan> datagrams) override;
        [[nodiscard]] std::size_t room(FairShaper::Flow flow) const override;
        void awaitRoom(FairShaper::Flow flow) override;
        FairShaper shaper;

    private:
        GuestTraffic &m_traffic;
        TrafficDirection m_direction;
    };

    Way &way(TrafficDirection direction);
    void take(GuestLane &lane, TrafficDirection direction, std::span<const ByteSpan> datagrams);
    void roomAgain(FairShaper::Flow flow, TrafficDirection direction);
    void pass(GuestLane &lane, TrafficDirection direction, std::span<const ByteSpan> datagrams);
    bool spend(std::uint64_t bytes);
    void releaseAll();
    void startTimer();

    Way m_up;
    Way m_down;
    std::map<FairShaper::Flow, GuestLane *> m_lanes;
    TrafficCounts m_totals;
    TrafficCounts m_packets;
    std::optional<std::uint64_t> m_budget;
    bool m_spent = false;
    QTimer m_timer;
    std::vector<ByteSpan> m_passing; ///< scratch of pass()
};

} // namespace higgs::node
