// SPDX-License-Identifier: GPL-3.0-or-later
// What waits for ends that do not read. Each queue is bounded by itself, and strangers can have
// many: beyond a sum, and one site beyond its share of it, those who take nothing keep nothing.
#include "server/cache/networks.h"
#include "server/relay/relay_thread.h"
#include "shared/net/net_buffers.h"

#include <algorithm>

namespace higgs::relay {

namespace {

// To look at all connections costs a millisecond or two where there are many.
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

bool isBlockedFor(RelayLeg &leg, Milliseconds time, Monotonic now)
{
    const std::optional<Monotonic> since = leg.stream().blockedSince();
    return since && now - *since >= time;
}

} // namespace

/// What waits for each site, and who of it has taken nothing for long.
RelayThread::Backlog RelayThread::backlog() const
{
    const Monotonic at = monotonicNow();
    Backlog found;
    for (const auto &[leg, owned] : m_legs) {
        const std::size_t waiting = leg->stream().waitingBytes();
        if (waiting == 0)
            continue;
        SiteBacklog &site = found.sites[server::siteOf(leg->stream().peer().address)];
        site.sum += waiting;
        found.sum += waiting;
        if (isBlockedFor(*leg, GivenUp, at))
            site.givenUp.push_back(leg);
    }
    return found;
}

/// While much waits in all, or for its site, a peer whose socket is full and for whom more than a
/// little waits gets no more.
bool RelayThread::hasRoomFor(RelayLeg &leg)
{
    if (m_buffers->taken() <= m_mostBacklog / Shares / 2)
        return true;
    watchBacklog();
    return m_crowded.empty() || !leg.stream().blockedSince() ||
           leg.stream().waitingBytes() <= Modest ||
           !m_crowded.contains(server::siteOf(leg.stream().peer().address));
}

/// What waits is dropped from the event loop, as connections may end by it.
void RelayThread::watchBacklog()
{
    // Sealed records are not in the queues: they are seen at the slower look.
    const bool isMuch = m_buffers->taken() > m_mostBacklog / Shares / 2;
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
    m_crowded.clear();
    const Backlog before = backlog();
    for (const auto &[address, site] : before.sites) {
        if (before.sum > m_mostBacklog || site.sum > m_mostBacklog / Shares)
            m_crowded.insert(address);
    }
    if (m_crowded.empty())
        return;
    const Monotonic at = monotonicNow();
    for (const auto &[leg, owned] : m_legs) {
        if (isBlockedFor(*leg, Stalled, at) &&
            m_crowded.contains(server::siteOf(leg->stream().peer().address)))
            leg->stream().dropWaiting();
    }
    endGivenUp(backlog());
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
        const std::size_t waiting = leg->stream().waitingBytes();
        left.sum -= std::min(left.sum, waiting);
        site.sum -= std::min(site.sum, waiting);
        closed(*leg, {protocol::ws_close::Abnormal,
                      {},
                      Error{ErrorCode::Timeout, "the peer accepts nothing"}});
    }
}

} // namespace higgs::relay
