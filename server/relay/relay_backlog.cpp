// SPDX-License-Identifier: GPL-3.0-or-later
// What waits for ends that do not read. Each queue is bounded by itself, and strangers can have
// many: beyond a sum, and one site beyond its share of it, those who take nothing keep nothing.
#include "server/relay/relay_thread.h"

#include <algorithm>
#include <malloc.h>
#include <unordered_set>
#include <utility>

namespace higgs::relay {

namespace {

constexpr Milliseconds LookInterval{50};
constexpr std::size_t Modest = 16 * 1024;
// The part of all that may wait for one site: a home whose line is full, or a part of a carrier's
// users.
constexpr std::size_t Shares = 4;
constexpr Milliseconds SlowInterval{500};
// A good line takes something all the time; a bad one has a retransmission in this.
constexpr Milliseconds Stalled{100};
// What has been sealed or begun can only go with its connection.
constexpr Milliseconds GivenUp{1000};
// It costs a millisecond.
constexpr Seconds TrimInterval{5};

bool isBlockedFor(RelayLeg &leg, Milliseconds time, Monotonic now)
{
    const std::optional<Monotonic> since = leg.stream().blockedSince();
    return since && now - *since >= time;
}

} // namespace

/// What waits for each site, and who of it has taken nothing for long.
RelayThread::Backlog RelayThread::backlog()
{
    const Monotonic at = monotonicNow();
    Backlog found;
    const std::vector<RelayLeg *> legs(m_backlogged.begin(), m_backlogged.end());
    for (RelayLeg *const leg : legs) {
        countWaiting(*leg, leg->stream().waitingBytes());
        if (leg->waitingTold == 0)
            continue;
        SiteBacklog &site = found.sites[leg->site];
        site.sum += leg->waitingTold;
        found.sum += leg->waitingTold;
        if (isBlockedFor(*leg, GivenUp, at))
            site.givenUp.push_back(leg);
    }
    return found;
}

/// What has left since the latest look is not known: the sums are never too small, but for what
/// was sealed since.
void RelayThread::countWaiting(RelayLeg &leg, std::size_t bytes)
{
    if (leg.waitingTold == bytes)
        return;
    if (leg.waitingTold == 0)
        m_backlogged.insert(&leg);
    if (bytes == 0) {
        m_backlogged.erase(&leg);
        m_counters.drop(DropReason::SlowReader, leg.takeDropped());
    }
    m_waitingSum += bytes - leg.waitingTold;
    std::size_t &site = m_waitingOfSites[leg.site];
    site += bytes - std::exchange(leg.waitingTold, bytes);
    if (site == 0)
        m_waitingOfSites.erase(leg.site);
}

/// While much waits in all, or for its site, a peer whose socket is full gets no more than a
/// little.
bool RelayThread::hasRoomFor(RelayLeg &leg, std::size_t bytes)
{
    if (!leg.stream().blockedSince() || leg.stream().waitingBytes() + bytes <= Modest)
        return true;
    const auto site = m_waitingOfSites.find(leg.site);
    return m_waitingSum <= m_mostBacklog &&
           (site == m_waitingOfSites.end() || site->second <= m_mostBacklog / Shares);
}

/// What waits is dropped from the event loop, as connections may end by it.
void RelayThread::watchBacklog()
{
    // What was sealed since the latest look is not known: it is seen at the slower one.
    const bool isMuch = m_waitingSum > m_mostBacklog / Shares / 2;
    const Monotonic at = monotonicNow();
    if (m_reliefQueued || at - m_relievedAt < (isMuch ? LookInterval : SlowInterval))
        return;
    m_relievedAt = at;
    m_reliefQueued = true;
    QMetaObject::invokeMethod(this, &RelayThread::relieve, Qt::QueuedConnection);
}

void RelayThread::relieve()
{
    m_reliefQueued = false;
    dropOld();
    const Backlog before = backlog();
    std::unordered_set<IpAddress> crowded;
    for (const auto &[address, site] : before.sites) {
        // Before nobody of it gets anything.
        if (before.sum > m_mostBacklog / 4 * 3 || site.sum > m_mostBacklog / Shares / 4 * 3)
            crowded.insert(address);
    }
    if (crowded.empty()) {
        giveMemoryBack(before.sum);
        return;
    }
    m_trimDue = true;
    const Monotonic at = monotonicNow();
    for (RelayLeg *const leg : m_backlogged) {
        if (isBlockedFor(*leg, Stalled, at) && crowded.contains(leg->site))
            leg->stream().dropWaiting();
    }
    endGivenUp(backlog());
}

/// A peer that takes nothing gets nothing old later.
void RelayThread::dropOld()
{
    for (RelayLeg *const leg : m_backlogged) {
        leg->stream().dropOld();
        m_counters.drop(DropReason::SlowReader, leg->takeDropped());
    }
}

/// What many queues held is given back to the system: the allocator keeps it by itself.
void RelayThread::giveMemoryBack(std::size_t waiting)
{
    const Monotonic at = monotonicNow();
    if (!m_trimDue || waiting > m_mostBacklog / Shares / 4 || at - m_trimmedAt < TrimInterval)
        return;
    m_trimDue = false;
    m_trimmedAt = at;
    ::malloc_trim(0);
}

/// Until it is enough, of the site for which most waits first.
void RelayThread::endGivenUp(Backlog left)
{
    while (!left.sites.empty()) {
        const auto most = std::max_element(
            left.sites.begin(), left.sites.end(),
            [](const auto &a, const auto &b) { return a.second.sum < b.second.sum; });
        SiteBacklog &site = most->second;
        if (left.sum <= m_mostBacklog && site.sum <= m_mostBacklog / Shares)
            return;
        if (site.givenUp.empty()) {
            left.sites.erase(most);
            continue;
        }
        RelayLeg *const leg = site.givenUp.back();
        site.givenUp.pop_back();
        // It may have ended with another's session.
        if (!m_legs.contains(leg))
            continue;
        const std::size_t waiting = leg->waitingTold;
        left.sum -= std::min(left.sum, waiting);
        site.sum -= std::min(site.sum, waiting);
        closed(*leg, {protocol::ws_close::Abnormal,
                      {},
                      Error{ErrorCode::Timeout, "the peer accepts nothing"}});
    }
}

} // namespace higgs::relay
