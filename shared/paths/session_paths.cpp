// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/session_paths.h"

#include "shared/crypto/keys.h"
#include "shared/net/host_resolver.h"

#include <algorithm>
#include <utility>

namespace higgs {

SessionPaths::SessionPaths(SessionPathsOptions options, QObject *parent)
    : QObject(parent),
      m_options(std::move(options)),
      m_backoff(m_options.retry ? m_options.retry->base : Milliseconds(0),
                m_options.retry ? m_options.retry->cap : Milliseconds(0))
{
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &SessionPaths::dial);
    m_choiceTimer.setSingleShot(true);
    connect(&m_choiceTimer, &QTimer::timeout, this, &SessionPaths::waitedLong);
}

SessionPaths::~SessionPaths()
{
    for (Member &member : m_members) {
        member.path->setReceiver(nullptr);
        if (!m_closing)
            continue;
        // The last word outlives us: the path goes when it has left.
        Path *path = member.path.release();
        path->disconnect(this);
        connect(path, &Path::changed, path, [path](const PathChange &change) {
            if (change.phase == PathPhase::Closed)
                path->deleteLater();
        });
    }
}

void SessionPaths::start()
{
    resume();
}

void SessionPaths::resume()
{
    m_stopped = m_closing = false;
    m_noneSince.reset();
    m_backoff.reset();
    dial();
}

void SessionPaths::tryNow()
{
    if (!m_stopped && !m_closing && !carries())
        dial();
}

void SessionPaths::close()
{
    m_closing = true;
    m_retryTimer.stop();
    m_choiceTimer.stop();
    ++m_attempt;
    for (const Member &member : m_members)
        member.path->close();
}

void SessionPaths::stop()
{
    m_stopped = true;
    m_retryTimer.stop();
    m_choiceTimer.stop();
    ++m_attempt;
}

void SessionPaths::setReceiver(DatagramSink *receiver)
{
    m_receiver = receiver;
    for (const Member &member : m_members)
        member.path->setReceiver(receiver);
}

void SessionPaths::take(std::span<const ByteSpan> datagrams)
{
    if (m_inUse != nullptr)
        m_inUse->take(datagrams);
}

std::size_t SessionPaths::room() const
{
    return m_inUse != nullptr ? m_inUse->room() : AnyNumber;
}

void SessionPaths::whenRoom(RoomWaiter &waiter)
{
    DatagramSink::whenRoom(waiter);
    if (m_inUse != nullptr)
        m_inUse->whenRoom(*this);
}

/// The room is another path's from now on.
void SessionPaths::use(Path *path)
{
    if (std::exchange(m_inUse, path) == path)
        return;
    stopWaiting();
    tellRoom();
}

void SessionPaths::dial()
{
    m_retryTimer.stop();
    const std::uint64_t attempt = ++m_attempt;
    if (m_options.relay.addresses) {
        openRelay(m_options.relay.addresses());
        return;
    }
    resolveHost(m_options.relay.host,
                {this, [this, attempt](const Result<std::vector<IpAddress>> &addresses) {
                     if (attempt != m_attempt || carries())
                         return;
                     if (addresses)
                         openRelay(*addresses);
                     else
                         noneLeft({PathEnd::NoAddress, addresses.error().detail});
                 }});
}

void SessionPaths::openRelay(const std::vector<IpAddress> &addresses)
{
    drop();
    auto endpoints = m_options.relay.check(addresses, m_options.relay.port);
    if (!endpoints) {
        const bool refused = endpoints.error().code == ErrorCode::Forbidden;
        noneLeft({refused ? PathEnd::NotAllowed : PathEnd::NoAddress, endpoints.error().detail});
        return;
    }
    add(m_options.relay.make(std::move(*endpoints)));
}

void SessionPaths::add(std::unique_ptr<Path> path)
{
    Path *added = path.get();
    connect(added, &Path::changed, this,
            [this, added](const PathChange &change) { pathChanged(added, change); });
    added->setReceiver(m_receiver);
    const Monotonic now = monotonicNow();
    m_members.push_back({std::move(path), {added->type(), PathPhase::Opening, now}});
    choose(now); // a better one may be looked for from now on
    added->open();
}

/// Of a path in whose signal we may stand.
void SessionPaths::retire(std::unique_ptr<Path> path)
{
    if (m_inUse == path.get())
        use(nullptr);
    path->setReceiver(nullptr);
    path->disconnect(this);
    path.release()->deleteLater();
}

void SessionPaths::drop()
{
    for (Member &member : m_members)
        retire(std::move(member.path));
    m_members.clear();
    m_choiceTimer.stop();
}

void SessionPaths::pathChanged(const Path *path, const PathChange &change)
{
    const auto found =
        std::find_if(m_members.begin(), m_members.end(),
                     [path](const Member &member) { return member.path.get() == path; });
    if (found == m_members.end())
        return;
    if (change.phase == PathPhase::Closed) {
        pathClosed(static_cast<std::size_t>(found - m_members.begin()), change.close);
        return;
    }
    const Monotonic now = monotonicNow();
    const auto took = std::chrono::ceil<Milliseconds>(now - found->facts.since);
    found->facts.phase = change.phase;
    found->facts.since = now;
    const bool carried = carries();
    choose(now);
    if (m_stopped || m_closing || carried || !carries())
        return; // who was told of the loss hears of nothing before resume()
    m_noneSince.reset();
    m_backoff.reset();
    Q_EMIT opened(took);
}

void SessionPaths::pathClosed(std::size_t place, const PathClose &close)
{
    retire(std::move(m_members[place].path));
    m_members.erase(m_members.begin() + static_cast<std::ptrdiff_t>(place));
    if (close.end == PathEnd::SessionOver)
        drop(); // whichever path was told, it holds for all
    choose(monotonicNow());
    if (!carries() && !opens())
        noneLeft(close);
}

void SessionPaths::choose(Monotonic now)
{
    std::vector<PathFacts> facts;
    for (const Member &member : m_members)
        facts.push_back(member.facts);
    const PathChoice choice = choosePath(now, facts, m_options.rules);
    use(choice.path ? m_members[*choice.path].path.get() : nullptr);
    if (choice.path) {
        m_type = facts[*choice.path].type;
        m_reason = choice.reason;
    }
    m_choiceTimer.stop();
    if (choice.until)
        m_choiceTimer.start(std::chrono::ceil<Milliseconds>(*choice.until - now));
}

void SessionPaths::waitedLong()
{
    choose(monotonicNow());
    if (!carries() && !opens())
        noneLeft({PathEnd::PeerGone, "the other end left"});
}

bool SessionPaths::opens() const
{
    return std::any_of(m_members.begin(), m_members.end(), [](const Member &member) {
        return member.facts.phase == PathPhase::Opening;
    });
}

void SessionPaths::noneLeft(const PathClose &why)
{
    if (m_stopped)
        return;
    if (m_options.retry && !m_closing && why.end != PathEnd::SessionOver) {
        const Monotonic now = monotonicNow();
        if (!m_noneSince)
            m_noneSince = now;
        if (now - *m_noneSince < m_options.retry->forgetAfter) {
            m_retryTimer.start(m_backoff.next(randomUnit()));
            Q_EMIT interrupted();
            return;
        }
    }
    stop();
    Q_EMIT lost(why);
}

} // namespace higgs
