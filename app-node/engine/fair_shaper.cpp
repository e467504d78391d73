// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/fair_shaper.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace higgs::node {

namespace {

constexpr std::uint8_t TransportMessage = 4; // WireGuard, section 5.4.6
constexpr double UncountedHeaders = 28;      // IPv4 and UDP
constexpr double Quantum = 3'000;            // two full packets a turn
/// After a pause nobody gets more at once than a packet or two, or what bridges the moments in
/// which a fast sender's queue runs empty because the machine has other work.
constexpr double IdleBurst = 3'000;
constexpr double IdleSeconds = 0.004;
constexpr Milliseconds ReleaseStep{2};
constexpr Milliseconds CodelTarget{15};
constexpr Milliseconds CodelInterval{100};
/// A way that took nothing for longer gets nothing so old, as a relay's own queue would not.
constexpr Milliseconds LongestParked{100};
constexpr std::size_t FullPacket = 1'500;
constexpr std::size_t MaxSpare = 512;

double cost(ByteSpan datagram)
{
    return std::max(1.0, static_cast<double>(innerBytes(datagram)) - UncountedHeaders);
}

} // namespace

std::size_t innerBytes(ByteSpan datagram)
{
    if (datagram.size() <= WireguardOverhead || datagram[0] != TransportMessage)
        return 0;
    return datagram.size() - WireguardOverhead;
}

void FairShaper::setRate(Monotonic now, std::optional<double> bytesPerSecond, Milliseconds catchUp)
{
    accrue(now);
    m_rate = bytesPerSecond;
    m_catchUp = catchUp;
    m_accrued = now;
    m_credit = std::min(m_credit, IdleBurst);
}

void FairShaper::accrue(Monotonic now)
{
    if (!m_rate)
        return;
    const double seconds = std::chrono::duration<double>(now - m_accrued).count();
    const double catchUp = std::chrono::duration<double>(m_catchUp).count();
    const double most =
        std::max(IdleBurst, *m_rate * (m_round.empty() ? std::min(IdleSeconds, catchUp) : catchUp));
    m_credit = std::min(m_credit + std::max(0.0, seconds) * *m_rate, most);
    m_accrued = now;
}

bool FairShaper::isParked(Flow flow) const
{
    const auto found = m_queues.find(flow);
    return found != m_queues.end() && found->second.parked;
}

bool FairShaper::passes(Flow flow) const
{
    return !m_rate && m_round.empty() && !isParked(flow);
}

void FairShaper::offer(Monotonic now, Flow flow, std::span<const ByteSpan> datagrams,
                       Outlet &outlet)
{
    if (passes(flow)) {
        outlet.deliver(flow, datagrams);
        return;
    }
    accrue(now);
    const bool parked = isParked(flow);
    std::size_t room = parked ? 0 : outlet.room(flow);
    std::vector<ByteSpan> passing;
    passing.reserve(datagrams.size());
    for (const ByteSpan datagram : datagrams) {
        if (innerBytes(datagram) == 0) {
            passing.push_back(datagram);
        } else if (m_round.empty() && m_credit > 0 && room > 0) {
            m_credit -= cost(datagram);
            --room;
            passing.push_back(datagram);
        } else {
            enqueue(now, flow, datagram);
        }
    }
    if (!passing.empty())
        outlet.deliver(flow, passing);
}

void FairShaper::enqueue(Monotonic now, Flow flow, ByteSpan datagram)
{
    Queue &queue = m_queues[flow];
    while (!queue.waiting.empty() && queue.bytes + datagram.size() > MaxQueuedBytes) {
        if (auto oldest = take(queue))
            drop(std::move(*oldest));
    }
    if (!queue.parked && queue.waiting.empty() &&
        std::find(m_round.begin(), m_round.end(), flow) == m_round.end()) {
        queue.deficit = 0;
        m_round.push_back(flow);
    }
    Bytes copy;
    if (!m_spare.empty()) {
        copy = std::move(m_spare.back());
        m_spare.pop_back();
    }
    copy.assign(datagram.begin(), datagram.end());
    queue.bytes += copy.size();
    queue.waiting.push_back({now, std::move(copy)});
}

/// Out of the round, in which it was the first.
void FairShaper::park(Flow flow, Outlet &outlet)
{
    m_queues[flow].parked = true;
    outlet.awaitRoom(flow);
}

void FairShaper::roomAgain(Monotonic now, Flow flow)
{
    const auto found = m_queues.find(flow);
    if (found == m_queues.end() || !std::exchange(found->second.parked, false))
        return;
    Queue &queue = found->second;
    while (!queue.waiting.empty() && now - queue.waiting.front().since > LongestParked) {
        if (auto oldest = take(queue))
            drop(std::move(*oldest));
    }
    if (!queue.waiting.empty())
        m_round.push_back(flow);
}

void FairShaper::release(Monotonic now, Outlet &outlet)
{
    accrue(now);
    std::vector<Waiting> leaving;
    std::vector<ByteSpan> spans;
    while (!m_round.empty() && (!m_rate || m_credit > 0)) {
        const Flow flow = m_round.front();
        Queue &queue = m_queues[flow];
        m_round.pop_front();
        const std::size_t room = outlet.room(flow);
        if (queue.deficit <= 0)
            queue.deficit += Quantum;
        while (leaving.size() < room && queue.deficit > 0 && (!m_rate || m_credit > 0)) {
            auto next = takeByCodel(now, queue);
            if (!next)
                break;
            const double price = cost(next->datagram);
            queue.deficit -= price;
            m_credit -= price;
            leaving.push_back(std::move(*next));
        }
        const bool full = leaving.size() == room;
        if (!queue.waiting.empty() && !full) {
            // Who was stopped by the rate and not by its share goes on with it the next time.
            if (queue.deficit > 0)
                m_round.push_front(flow);
            else
                m_round.push_back(flow);
        }
        for (const Waiting &each : leaving)
            spans.emplace_back(each.datagram);
        if (!spans.empty())
            outlet.deliver(flow, spans);
        for (Waiting &each : leaving)
            recycle(std::move(each.datagram));
        leaving.clear();
        spans.clear();
        if (!full || queue.waiting.empty())
            continue;
        if (outlet.room(flow) == 0)
            park(flow, outlet);
        else
            m_round.push_back(flow);
    }
    if (!m_rate)
        m_credit = 0;
}

std::optional<Monotonic> FairShaper::deadline() const
{
    if (m_round.empty())
        return std::nullopt;
    if (!m_rate || m_credit > 0)
        return m_accrued;
    const auto wait = std::chrono::duration<double>((1 - m_credit) / *m_rate);
    return m_accrued + std::max<Monotonic::duration>(
                           ReleaseStep, std::chrono::duration_cast<Monotonic::duration>(wait));
}

void FairShaper::removeFlow(Flow flow)
{
    m_queues.erase(flow);
    std::erase(m_round, flow);
}

std::optional<FairShaper::Waiting> FairShaper::take(Queue &queue)
{
    if (queue.waiting.empty())
        return std::nullopt;
    Waiting first = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    queue.bytes -= first.datagram.size();
    return first;
}

bool FairShaper::standsTooLong(Monotonic now, Queue &queue) const
{
    Codel &codel = queue.codel;
    if (queue.waiting.empty() || now - queue.waiting.front().since < CodelTarget ||
        queue.bytes <= FullPacket) {
        codel.firstAbove.reset();
        return false;
    }
    if (!codel.firstAbove) {
        codel.firstAbove = now + CodelInterval;
        return false;
    }
    return now >= *codel.firstAbove;
}

std::optional<FairShaper::Waiting> FairShaper::takeByCodel(Monotonic now, Queue &queue)
{
    const auto controlLaw = [](Monotonic from, unsigned count) {
        const auto step = std::chrono::duration<double, std::milli>(
            static_cast<double>(CodelInterval.count()) / std::sqrt(static_cast<double>(count)));
        return from + std::chrono::duration_cast<Monotonic::duration>(step);
    };
    Codel &codel = queue.codel;
    bool tooLong = standsTooLong(now, queue);
    if (codel.dropping && !tooLong)
        codel.dropping = false;
    while (codel.dropping && now >= codel.dropNext && tooLong) {
        if (auto first = take(queue))
            drop(std::move(*first));
        ++codel.count;
        tooLong = standsTooLong(now, queue);
        if (!tooLong)
            codel.dropping = false;
        else
            codel.dropNext = controlLaw(codel.dropNext, codel.count);
    }
    if (!codel.dropping && tooLong) {
        if (auto first = take(queue))
            drop(std::move(*first));
        codel.dropping = true;
        const bool recently = codel.count > 2 && now - codel.dropNext < 8 * CodelInterval;
        codel.count = recently ? codel.count - 2 : 1;
        codel.dropNext = controlLaw(now, codel.count);
    }
    return take(queue);
}

void FairShaper::drop(Waiting &&waiting)
{
    ++m_dropped;
    recycle(std::move(waiting.datagram));
}

void FairShaper::recycle(Bytes &&bytes)
{
    if (m_spare.size() < MaxSpare)
        m_spare.push_back(std::move(bytes));
}

} // namespace higgs::node
