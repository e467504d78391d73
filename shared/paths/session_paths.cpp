// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/session_paths.h"

#include "shared/crypto/keys.h"

#include <algorithm>
#include <utility>

namespace higgs {

namespace {

/// How a relay is tried again that another path stands in for, where the owner says nothing else.
constexpr PathRetry StandIn{
    .base = Milliseconds(1'000), .cap = Milliseconds(30'000), .forgetAfter = Milliseconds::max()};

/// A relay whose place another has taken is heard for so long: the server closes it after a second.
constexpr Milliseconds LeavingTime{5'000};

} // namespace

SessionPaths::SessionPaths(SessionPathsOptions options, QObject *parent)
    : QObject(parent),
      m_options(std::move(options)),
      m_backoff(m_options.retry.value_or(StandIn).base, m_options.retry.value_or(StandIn).cap)
{
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &SessionPaths::dial);
    m_choiceTimer.setSingleShot(true);
    connect(&m_choiceTimer, &QTimer::timeout, this, &SessionPaths::waitedLong);
    m_leavingTimer.setSingleShot(true);
    m_leavingTimer.setInterval(LeavingTime);
    connect(&m_leavingTimer, &QTimer::timeout, this, &SessionPaths::endLeaving);
}

SessionPaths::~SessionPaths()
{
    endLeaving();
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
    m_stopped = m_closing = m_awaitsPeer = false;
    m_noneSince.reset();
    m_backoff.reset();
    dropRelay();
    dial();
    if (!carries())
        return;
    QMetaObject::invokeMethod(
        this,
        [this, attempt = m_attempt] {
            if (attempt == m_attempt && carries())
                carriesAgain(Milliseconds(0));
        },
        Qt::QueuedConnection);
}

void SessionPaths::awaitPeer(bool awaits)
{
    m_awaitsPeer = awaits;
    if (awaits) {
        m_stopped = m_closing = false;
        m_noneSince.reset();
        m_backoff.reset();
    }
    choose(monotonicNow());
    if (awaits && relay() == nullptr)
        dial();
}

void SessionPaths::hurry()
{
    for (const Member &member : m_members)
        member.path->hurry();
}

/// The relay alone can tell the server and the other end.
void SessionPaths::close()
{
    m_closing = true;
    m_retryTimer.stop();
    m_choiceTimer.stop();
    ++m_attempt;
    for (Member &member : m_members) {
        if (member.path->type() != protocol::PathType::Relay)
            retire(std::move(member.path));
    }
    std::erase_if(m_members, [](const Member &member) { return !member.path; });
    endLeaving();
    dropOpeningRelay(); // the standing one says it
    for (const Member &member : m_members)
        member.path->close();
    if (m_members.empty())
        QMetaObject::invokeMethod(
            this,
            [this] {
                noneLeft({PathEnd::SessionOver, "closed"});
            },
            Qt::QueuedConnection);
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
    for (const std::vector<Member> *each : {&m_members, &m_leaving}) {
        for (const Member &member : *each)
            member.path->setReceiver(receiver != nullptr ? member.arrival.get() : nullptr);
    }
}

void SessionPaths::Arrival::take(std::span<const ByteSpan> datagrams)
{
    if (m_paths.m_inUse != nullptr && m_paths.m_inUse != &m_path)
        m_paths.m_inUse->cameByAnother();
    m_paths.m_receiver->take(datagrams);
}

void SessionPaths::take(std::span<const ByteSpan> datagrams)
{
    if (m_inUse != nullptr)
        m_inUse->take(datagrams);
    else
        m_dropped += datagrams.size();
}

std::uint64_t SessionPaths::dropped() const
{
    std::uint64_t sum = m_dropped;
    for (const std::vector<Member> *each : {&m_members, &m_leaving}) {
        for (const Member &member : *each)
            sum += member.path->dropped();
    }
    return sum;
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

// The room is another path's from now on.
void SessionPaths::use(Path *path)
{
    if (std::exchange(m_inUse, path) == path)
        return;
    stopWaiting();
    tellRoom();
}

void SessionPaths::add(std::unique_ptr<Path> path)
{
    Path *added = path.get();
    enter(std::move(path));
    const Member *carrier = relay();
    if (carrier != nullptr && carrier->facts.phase == PathPhase::Open)
        added->tellAnew();
}

void SessionPaths::enter(std::unique_ptr<Path> path, const ServerPlace &at)
{
    Path *added = path.get();
    connect(added, &Path::changed, this,
            [this, added](const PathChange &change) { changed(added, change); });
    connect(added, &Path::wantsToTell, this, &SessionPaths::tellEnd);
    connect(added, &Path::told, this,
            [this, added](const protocol::RelayControl &control) { tellOthers(added, control); });
    connect(added, &Path::quiet, this, &SessionPaths::relayQuiet);
    connect(added, &Path::silent, this, [this, added] { leaveSilent(added); });
    connect(added, &Path::reasonChanged, this, [this] { choose(monotonicNow()); });
    const Monotonic now = monotonicNow();
    m_members.push_back({std::make_unique<Arrival>(*this, *added),
                         std::move(path),
                         {added->type(), PathPhase::Opening, now},
                         at});
    if (m_receiver != nullptr)
        added->setReceiver(m_members.back().arrival.get());
    choose(now); // a better one may be looked for from now on
    added->open();
}

void SessionPaths::tellEnd(const protocol::RelayControl &control)
{
    const Member *carrier = relay();
    if (carrier != nullptr && carrier->facts.phase != PathPhase::Opening)
        carrier->path->tell(control);
}

void SessionPaths::tellOthers(const Path *from, const protocol::RelayControl &control)
{
    for (const Member &member : m_members) {
        if (member.path.get() != from)
            member.path->hear(control);
    }
}

/// Of a path in whose signal we may stand.
void SessionPaths::retire(std::unique_ptr<Path> path)
{
    if (m_inUse == path.get())
        use(nullptr);
    m_dropped += path->dropped();
    path->setReceiver(nullptr);
    path->detach();
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

void SessionPaths::changed(const Path *path, const PathChange &change)
{
    const auto isIt = [path](const Member &member) { return member.path.get() == path; };
    const auto left = std::find_if(m_leaving.begin(), m_leaving.end(), isIt);
    if (left != m_leaving.end() && change.phase == PathPhase::Closed) {
        retire(std::move(left->path));
        m_leaving.erase(left);
        return;
    }
    const auto found = std::find_if(m_members.begin(), m_members.end(), isIt);
    if (found == m_members.end())
        return;
    if (change.phase == PathPhase::Closed) {
        closed(static_cast<std::size_t>(found - m_members.begin()), change.close);
        return;
    }
    const Monotonic now = monotonicNow();
    const auto took = std::chrono::ceil<Milliseconds>(now - found->facts.since);
    found->facts.phase = change.phase;
    found->facts.since = now;
    const bool ofRelay = isRelay(found->facts);
    const bool carried = carries();
    const bool renewed = ofRelay && change.phase == PathPhase::Open && leaveOtherRelays(path);
    choose(now);
    if (ofRelay && change.phase == PathPhase::Open) {
        m_backoff.reset();
        if (m_options.relay.fleet != nullptr)
            m_options.relay.fleet->stood(m_relayAt);
        for (const Member &member : m_members)
            member.path->tellAnew();
    }
    // Without the other end no other way stands for long either.
    if (ofRelay && change.phase == PathPhase::Quiet)
        hurry();
    if (m_stopped || m_closing)
        return; // who was told of the loss hears of nothing before resume()
    if (ofRelay && change.phase == PathPhase::Open)
        Q_EMIT relayStands();
    if (renewed)
        Q_EMIT relayRenewed();
    if (!carried && carries())
        carriesAgain(took);
    else if (carried && !carries() && !opens() && relay() == nullptr)
        noneLeft({PathEnd::Broke, "no path carries"});
    else
        endIfNoWay();
}

void SessionPaths::carriesAgain(Milliseconds took)
{
    m_noneSince.reset();
    m_backoff.reset();
    Q_EMIT opened(took);
}

/// The person wants one kind alone, and there is no way of it.
void SessionPaths::endIfNoWay()
{
    if (!m_options.rules.only || carries())
        return;
    const bool none = std::any_of(m_members.begin(), m_members.end(), [this](const Member &member) {
        return member.facts.type == *m_options.rules.only && member.facts.phase == PathPhase::Idle;
    });
    if (!none)
        return;
    const std::optional<Error> why = fault();
    noneLeft({PathEnd::NoWay, "no such way to the other end was found" +
                                  (why ? ": " + why->detail : std::string())});
}

std::optional<Error> SessionPaths::fault() const
{
    for (const Member &member : m_members) {
        if (std::optional<Error> found = member.path->fault())
            return found;
    }
    return std::nullopt;
}

void SessionPaths::closed(std::size_t place, const PathClose &close)
{
    const bool ofRelay = isRelay(m_members[place].facts);
    const ServerPlace at = m_members[place].at;
    retire(std::move(m_members[place].path));
    m_members.erase(m_members.begin() + static_cast<std::ptrdiff_t>(place));
    PathClose why = close;
    if (ofRelay)
        noteEnd(at, why);
    if (why.end == PathEnd::Replaced && relay() == nullptr)
        why.end = PathEnd::SessionOver; // and not by us
    if (why.end == PathEnd::SessionOver)
        drop(); // whichever path was told, it holds for all
    choose(monotonicNow());
    const bool comes = relay() != nullptr && relay()->facts.phase == PathPhase::Opening;
    if (carries() && ofRelay && !comes)
        relayFailed(why);
    else if (!carries() && !opens())
        noneLeft(why);
}

void SessionPaths::choose(Monotonic now)
{
    std::vector<PathFacts> facts;
    for (Member &member : m_members) {
        member.facts.type = member.path->type(); // a way by UDP may be one by TURN by now
        member.facts.reason = member.path->reason();
        facts.push_back(member.facts);
    }
    PathRules rules = m_options.rules;
    if (m_awaitsPeer)
        rules.quietGrace = Milliseconds(0); // so that it carries again when the other end is back
    const PathChoice choice = choosePath(now, facts, rules);
    use(choice.path ? m_members[*choice.path].path.get() : nullptr);
    m_choiceTimer.stop();
    if (choice.until)
        m_choiceTimer.start(std::chrono::ceil<Milliseconds>(*choice.until - now));
    if (!choice.path)
        return;
    const protocol::PathType type = std::exchange(m_type, facts[*choice.path].type);
    const protocol::PathReason reason = std::exchange(m_reason, choice.reason);
    if (type != m_type || reason != m_reason)
        Q_EMIT pathChanged();
}

void SessionPaths::waitedLong()
{
    choose(monotonicNow());
    if (!carries() && !opens())
        noneLeft({PathEnd::PeerGone, "the other end left"});
}

bool SessionPaths::opens() const
{
    return std::any_of(m_members.begin(), m_members.end(), [this](const Member &member) {
        return member.facts.phase == PathPhase::Opening &&
               (member.facts.type == protocol::PathType::Relay || m_options.rules.only);
    });
}

/// A relay that lets everybody in and sends them away again is not dialled all the time.
void SessionPaths::retryLater()
{
    const Monotonic now = monotonicNow();
    // Another server at once, each of them once.
    const Milliseconds wait = std::max(
        hasAnother() ? Milliseconds(0) : m_backoff.next(randomUnit()), m_retries.wait(now));
    (void)m_retries.take(now + wait);
    m_retryTimer.start(wait);
}

void SessionPaths::noneLeft(const PathClose &why)
{
    if (m_stopped)
        return;
    const bool isOver = why.end == PathEnd::SessionOver || why.end == PathEnd::PeerGone;
    if (m_options.retry && !m_closing && !isOver) {
        const Monotonic now = monotonicNow();
        if (!m_noneSince)
            m_noneSince = now;
        if (now - *m_noneSince < m_options.retry->forgetAfter) {
            retryLater();
            Q_EMIT interrupted();
            return;
        }
    }
    stop();
    Q_EMIT lost(why);
}

} // namespace higgs
