// SPDX-License-Identifier: GPL-3.0-or-later
// What waits for ends that do not read. Each queue is bounded by itself, and strangers can have
// many: beyond a sum, those who take nothing keep nothing.
#include "server/cache/networks.h"
#include "server/relay/relay_thread.h"
#include "shared/net/net_buffers.h"

#include <algorithm>

namespace higgs::relay {

namespace {

// To look at all connections costs a millisecond or two where there are many.
constexpr Milliseconds LookInterval{50};
constexpr std::size_t Modest = 16 * 1024;
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

std::size_t RelayThread::backlog() const
{
    std::size_t sum = 0;
    for (const auto &[leg, owned] : m_legs)
        sum += leg->stream().waitingBytes();
    return sum;
}

/// While much waits in all, a peer whose socket is full and for whom more than a little waits gets
/// no more.
bool RelayThread::hasRoomFor(RelayLeg &leg)
{
    if (m_buffers->taken() <= m_mostBacklog / 2)
        return true;
    watchBacklog();
    return !m_isOverloaded || !leg.stream().blockedSince() || leg.stream().waitingBytes() <= Modest;
}

/// What waits is dropped from the event loop, as connections may end by it.
void RelayThread::watchBacklog()
{
    // Sealed records are not in the queues: they are seen at the slower look.
    const bool isMuch = m_buffers->taken() > m_mostBacklog / 2;
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
    m_isOverloaded = backlog() > m_mostBacklog;
    if (!m_isOverloaded)
        return;
    const Monotonic at = monotonicNow();
    for (const auto &[leg, owned] : m_legs) {
        if (isBlockedFor(*leg, Stalled, at))
            leg->stream().dropWaiting();
    }
    if (const std::size_t left = backlog(); left > m_mostBacklog)
        endStalled(left);
}

/// Those who have taken nothing for long, of the site for which most waits.
void RelayThread::endStalled(std::size_t backlog)
{
    const Monotonic at = monotonicNow();
    struct Site
    {
        std::size_t sum = 0;
        std::vector<RelayLeg *> legs;
    };
    std::unordered_map<IpAddress, Site> sites;
    for (const auto &[leg, owned] : m_legs) {
        if (!isBlockedFor(*leg, GivenUp, at))
            continue;
        Site &site = sites[server::siteOf(leg->stream().peer().address)];
        site.sum += leg->stream().waitingBytes();
        site.legs.push_back(leg);
    }
    while (backlog > m_mostBacklog && !sites.empty()) {
        const auto most =
            std::max_element(sites.begin(), sites.end(), [](const auto &a, const auto &b) {
                return a.second.sum < b.second.sum;
            });
        for (RelayLeg *leg : most->second.legs) {
            // One may have ended with another's session.
            if (!m_legs.contains(leg))
                continue;
            backlog -= std::min(backlog, leg->stream().waitingBytes());
            closed(*leg, {protocol::ws_close::Abnormal,
                          {},
                          Error{ErrorCode::Timeout, "the peer accepts nothing"}});
        }
        sites.erase(most);
    }
}

} // namespace higgs::relay
