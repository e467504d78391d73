// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/guest_traffic.h"

#include <algorithm>

namespace higgs::node {

namespace {

constexpr double BytesPerMegabit = 125'000;

std::optional<double> bytesPerSecond(std::optional<double> mbps)
{
    return mbps ? std::optional(*mbps * BytesPerMegabit) : std::nullopt;
}

} // namespace

GuestLane::GuestLane(GuestTraffic &traffic, FairShaper::Flow number)
    : m_traffic(traffic),
      m_number(number),
      m_up(*this, TrafficDirection::Up),
      m_down(*this, TrafficDirection::Down)
{
    m_traffic.m_lanes.emplace(number, this);
}

GuestLane::~GuestLane()
{
    m_traffic.m_up.shaper.removeFlow(m_number);
    m_traffic.m_down.shaper.removeFlow(m_number);
    m_traffic.m_lanes.erase(m_number);
}

void GuestLane::End::take(std::span<const ByteSpan> datagrams)
{
    m_lane.m_traffic.take(m_lane, m_direction, datagrams);
}

GuestLane::End &GuestLane::end(TrafficDirection direction)
{
    return direction == TrafficDirection::Up ? m_up : m_down;
}

std::size_t GuestLane::End::room() const
{
    const bool passes = m_lane.m_traffic.way(m_direction).shaper.passes(m_lane.m_number);
    return passes ? roomBeyond() : AnyNumber;
}

void GuestLane::End::whenRoom(RoomWaiter &waiter)
{
    DatagramSink::whenRoom(waiter);
    awaitRoomBeyond();
}

void GuestLane::End::setNext(DatagramSink *next)
{
    m_next = next;
    stopWaiting();
    roomAgain();
}

std::size_t GuestLane::End::roomBeyond() const
{
    return m_next != nullptr ? m_next->room() : AnyNumber;
}

void GuestLane::End::awaitRoomBeyond()
{
    if (m_next != nullptr)
        m_next->whenRoom(*this);
}

void GuestLane::End::roomAgain()
{
    m_lane.m_traffic.roomAgain(m_lane.m_number, m_direction);
    tellRoom();
}

GuestTraffic::GuestTraffic(QObject *parent)
    : QObject(parent), m_up(*this, TrafficDirection::Up), m_down(*this, TrafficDirection::Down)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &GuestTraffic::releaseAll);
}

GuestTraffic::~GuestTraffic() = default;

void GuestTraffic::setRates(std::optional<double> upMbps, std::optional<double> downMbps,
                            Milliseconds catchUp)
{
    const Monotonic now = monotonicNow();
    m_up.shaper.setRate(now, bytesPerSecond(upMbps), catchUp);
    m_down.shaper.setRate(now, bytesPerSecond(downMbps), catchUp);
    for (const auto &[number, lane] : m_lanes) {
        lane->m_up.roomMayBe();
        lane->m_down.roomMayBe();
    }
    startTimer();
}

void GuestTraffic::setBudget(std::optional<std::uint64_t> bytes)
{
    m_budget = bytes;
    m_spent = false;
}

std::uint64_t GuestTraffic::dropped() const
{
    return m_up.shaper.dropped() + m_down.shaper.dropped();
}

GuestTraffic::Way &GuestTraffic::way(TrafficDirection direction)
{
    return direction == TrafficDirection::Up ? m_up : m_down;
}

void GuestTraffic::take(GuestLane &lane, TrafficDirection direction,
                        std::span<const ByteSpan> datagrams)
{
    Way &taken = way(direction);
    taken.shaper.offer(monotonicNow(), lane.m_number, datagrams, taken);
    if (!taken.shaper.isIdle() && !m_timer.isActive())
        startTimer();
}

void GuestTraffic::Way::deliver(FairShaper::Flow flow, std::span<const ByteSpan> datagrams)
{
    const auto lane = m_traffic.m_lanes.find(flow);
    if (lane != m_traffic.m_lanes.end())
        m_traffic.pass(*lane->second, m_direction, datagrams);
}

std::size_t GuestTraffic::Way::room(FairShaper::Flow flow) const
{
    const auto lane = m_traffic.m_lanes.find(flow);
    return lane != m_traffic.m_lanes.end() ? lane->second->end(m_direction).roomBeyond()
                                           : DatagramSink::AnyNumber;
}

void GuestTraffic::Way::awaitRoom(FairShaper::Flow flow)
{
    const auto lane = m_traffic.m_lanes.find(flow);
    if (lane != m_traffic.m_lanes.end())
        lane->second->end(m_direction).awaitRoomBeyond();
}

/// Only notes it: what waits in the shaper leaves by the timer.
void GuestTraffic::roomAgain(FairShaper::Flow flow, TrafficDirection direction)
{
    Way &told = way(direction);
    told.shaper.roomAgain(monotonicNow(), flow);
    if (!told.shaper.isIdle() && !m_timer.isActive())
        startTimer();
}

bool GuestTraffic::spend(std::uint64_t bytes)
{
    if (!m_budget)
        return true;
    if (bytes <= *m_budget) {
        *m_budget -= bytes;
        return true;
    }
    if (!m_spent) {
        m_spent = true;
        QMetaObject::invokeMethod(this, &GuestTraffic::budgetSpent, Qt::QueuedConnection);
    }
    return false;
}

void GuestTraffic::pass(GuestLane &lane, TrafficDirection direction,
                        std::span<const ByteSpan> datagrams)
{
    const bool up = direction == TrafficDirection::Up;
    std::uint64_t bytes = 0;
    m_passing.clear();
    for (const ByteSpan datagram : datagrams) {
        const std::size_t inner = innerBytes(datagram);
        if (inner != 0 && !spend(inner))
            continue;
        bytes += inner;
        m_passing.push_back(datagram);
    }
    (up ? m_totals.up : m_totals.down) += bytes;
    (up ? m_packets.up : m_packets.down) += m_passing.size();
    (up ? lane.m_counts.up : lane.m_counts.down) += bytes;
    DatagramSink *next = lane.end(direction).next();
    if (next != nullptr && !m_passing.empty())
        next->take(m_passing);
}

void GuestTraffic::releaseAll()
{
    const Monotonic now = monotonicNow();
    for (Way *each : {&m_up, &m_down})
        each->shaper.release(now, *each);
    startTimer();
}

void GuestTraffic::startTimer()
{
    std::optional<Monotonic> first;
    for (const Way *each : {&m_up, &m_down}) {
        const auto deadline = each->shaper.deadline();
        if (deadline && (!first || *deadline < *first))
            first = deadline;
    }
    if (!first)
        return;
    const auto wait = std::chrono::ceil<Milliseconds>(*first - monotonicNow());
    m_timer.start(std::max(wait, Milliseconds(1)));
}

} // namespace higgs::node
