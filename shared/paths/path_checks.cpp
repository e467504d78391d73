// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/path_checks.h"

#include <algorithm>
#include <utility>

namespace higgs {

using namespace checks;
using protocol::CandidateType;
using protocol::StunTransactionId;

namespace {

constexpr std::uint64_t NumbersKept = 64;
constexpr double RttWeight = 0.25;

double milliseconds(Monotonic::duration duration)
{
    return std::chrono::duration<double, std::milli>(duration).count();
}

Milliseconds patience(const std::optional<double> &rttMs)
{
    const auto two = Milliseconds(static_cast<std::int64_t>(2 * rttMs.value_or(UnknownRttMs)));
    return std::clamp(two, ShortestPatience, LongestPatience);
}

} // namespace

PathChecks::PathChecks(Monotonic now, bool decides, std::uint64_t firstNumber)
    : m_decides(decides), m_number(firstNumber), m_unprovenAt(now), m_searchEnds(now + SearchTime)
{}

// --- Targets -------------------------------------------------------------------------------------

PathChecks::Target *PathChecks::find(const CheckWay &way)
{
    const auto found = std::find_if(m_targets.begin(), m_targets.end(),
                                    [&](const Target &each) { return each.is.way() == way; });
    return found != m_targets.end() ? &*found : nullptr;
}

/// Of the same family, and by a TURN server of the other end's or not.
bool PathChecks::isToldLike(const CheckTarget &target) const
{
    return std::any_of(m_targets.begin(), m_targets.end(), [&target](const Target &each) {
        return each.told && each.is.via == target.via &&
               each.is.address.address.family() == target.address.address.family() &&
               (each.is.type == CandidateType::Relay) == (target.type == CandidateType::Relay);
    });
}

void PathChecks::told(Monotonic now, std::span<const CheckTarget> targets)
{
    m_wasTold = true;
    const std::optional<CheckTarget> inUse = chosen();
    const bool wasToldLike = inUse && isToldLike(*inUse);
    for (Target &each : m_targets)
        each.told = false;
    bool isNew = false;
    std::size_t count = 0;
    for (const CheckTarget &target : targets) {
        if (++count > MaxTold) {
            ++m_counters.beyond;
            continue;
        }
        Target *known = find(target.way());
        if (known == nullptr) {
            m_targets.push_back({.is = target, .since = now, .next = now});
            known = &m_targets.back();
            known->quick = target.knock ? Knocks : QuickProbes;
            isNew = true;
        }
        known->is.type = target.type;
        known->is.knock = target.knock;
        known->told = true;
    }
    // A way that was found stays one, also when it was never told.
    std::erase_if(m_targets, [this](const Target &each) {
        if (each.told || each.trusted || isChosen(each))
            return false;
        forget(each);
        return true;
    });
    // Who answers from one set of addresses after the other would have us probe all of them.
    keepSeen(MaxSeen);
    if (isNew)
        m_searchEnds = std::max(m_searchEnds, now + SearchTime);
    for (Target &each : m_targets)
        each.waning = each.waning && !isToldLike(each.is);
    if (wasToldLike && !isToldLike(*inUse))
        wane(now);
}

/// The other end has lost the family that the way in use is of, or says so: fewer probes decide,
/// and of the client's datagrams by another path the first one.
void PathChecks::wane(Monotonic now)
{
    Target &target = *find(*m_chosen);
    target.waning = true;
    target.quick = QuickProbes;
    target.next = now;
    m_usedAt = {};
}

void PathChecks::forget(const Target &target)
{
    for (const Pending &each : target.pending)
        m_forgotten.push_back(each.transaction);
}

/// Of those that nobody tells only so many stay, beside the chosen way: the oldest go.
void PathChecks::keepSeen(std::size_t most)
{
    const auto older = [this](const Target &a, const Target &b) {
        const auto rank = [this](const Target &each) {
            return std::pair(each.told || isChosen(each), each.since);
        };
        return rank(a) < rank(b);
    };
    while (std::count_if(m_targets.begin(), m_targets.end(), [](const Target &each) {
               return !each.told;
           }) > static_cast<std::ptrdiff_t>(most)) {
        const auto oldest = std::min_element(m_targets.begin(), m_targets.end(), older);
        ++m_counters.beyond;
        forget(*oldest);
        m_targets.erase(oldest);
    }
}

/// An address that a request came from. The oldest makes place.
PathChecks::Target *PathChecks::see(Monotonic now, const CheckWay &way)
{
    if (Target *known = find(way))
        return known;
    keepSeen(MaxSeen - 1);
    // Nothing by itself: it goes on asking, and each of its requests gets a probe.
    m_targets.push_back({.is = {way.address, CandidateType::Srflx, way.via},
                         .since = now,
                         .next = now,
                         .quick = 0});
    return &m_targets.back();
}

void PathChecks::gone(Monotonic now, std::uint32_t via)
{
    std::erase_if(m_targets, [&](const Target &each) {
        if (each.is.via != via)
            return false;
        forget(each);
        return true;
    });
    if (m_chosen && m_chosen->via == via) {
        m_died = true;
        take(now, std::nullopt);
        hurry(now);
        choose(now);
    }
}

void PathChecks::noRoute(Monotonic now, const CheckWay &to)
{
    Target *target = find(to);
    if (target == nullptr)
        return;
    forget(*target);
    target->pending.clear();
    target->missed = target->answers = 0;
    if (!isChosen(*target))
        return;
    take(now, std::nullopt);
    hurry(now);
    choose(now);
}

void PathChecks::hurry(Monotonic now)
{
    for (Target &each : m_targets) {
        if (!goesOn(each))
            continue;
        each.quick = QuickProbes;
        each.next = now;
    }
    m_searchEnds = now + SearchTime;
}

void PathChecks::woke(Monotonic now)
{
    for (Target &each : m_targets) {
        forget(each);
        each.pending.clear();
        each.missed = each.answers = 0;
    }
    m_died = false; // nobody says that it was the way's fault
    m_firstFound.reset();
    m_cameAt.reset();
    take(now, std::nullopt);
    hurry(now);
}

// --- Requests ------------------------------------------------------------------------------------

/// Is probed again and again.
bool PathChecks::goesOn(const Target &target)
{
    return target.proven || (target.told && !target.is.knock);
}

Milliseconds PathChecks::pace(Monotonic now, const Target &target) const
{
    if (target.quick > 0)
        return QuickInterval;
    if (!m_chosen)
        return SearchInterval;
    if (!isChosen(target)) {
        // A straight way is worth looking for still.
        const bool couldBeStraight = !target.is.isTurn() && chosen()->isTurn();
        return couldBeStraight ? SearchInterval : SpareInterval;
    }
    return target.missed > 0 || isSuspect(now) ? UrgentInterval : SteadyInterval;
}

std::vector<PathChecks::Probe> PathChecks::due(Monotonic now)
{
    advance(now);
    // Whoever only answers misses nothing when nothing comes: its router may have forgotten it.
    const bool fellSilent = m_chosen && m_cameAt && now - *m_cameAt >= SilentAfter;
    if (fellSilent)
        m_cameAt.reset();
    std::vector<Probe> probes;
    for (Target &each : m_targets) {
        if (isChosen(each) && fellSilent)
            each.next = now;
        if (isChosen(each) && isSuspect(now))
            each.next = std::min(each.next, urgent(now, each));
        if (now < each.next)
            continue;
        if (!each.proven && !takeUnproven(now)) {
            each.next = now + pace(now, each);
            ++m_counters.withheld;
            continue;
        }
        probes.push_back({each.is.way(), ++m_number, m_decides && isChosen(each), each.getsFull()});
        each.triedAt = now;
        const Milliseconds wait = pace(now, each);
        if (each.quick > 0)
            --each.quick;
        each.next = goesOn(each) || each.quick > 0 ? now + wait : Monotonic::max();
    }
    return probes;
}

void PathChecks::sent(Monotonic now, const CheckWay &to, const StunTransactionId &transaction)
{
    Target *target = find(to);
    if (target == nullptr) {
        m_forgotten.push_back(transaction);
        return;
    }
    target->pending.push_back({transaction, now, target->getsFull()});
    if (target->pending.size() > MaxPending) {
        m_forgotten.push_back(target->pending.front().transaction);
        target->pending.pop_front();
    }
}

std::vector<StunTransactionId> PathChecks::takeForgotten()
{
    return std::exchange(m_forgotten, {});
}

Monotonic PathChecks::deadline(Monotonic now) const
{
    Monotonic next = now + SpareInterval;
    if (!m_chosen && now < m_searchEnds)
        next = std::min(next, m_searchEnds);
    for (const Target &each : m_targets) {
        next = std::min(next, each.next);
        if (!isChosen(each))
            continue;
        if (m_waitsSince && !isSuspect(now))
            next = std::min(next, *m_waitsSince + SuspectAfter);
        if (m_cameAt)
            next = std::min(next, *m_cameAt + SilentAfter);
        if (isSuspect(now))
            next = std::min(next, urgent(now, each));
        for (const Pending &probe : each.pending) {
            if (!probe.missed)
                next = std::min(next, probe.at + patience(each.rttMs));
        }
    }
    return std::max(next, now);
}

// --- What comes ----------------------------------------------------------------------------------

bool PathChecks::asked(Monotonic now, const CheckWay &from, std::uint64_t number, bool nominated,
                       bool full)
{
    if (number > m_highest) {
        const std::uint64_t step = number - m_highest;
        m_recent = step < NumbersKept ? (m_recent << step) | 1U : 1U;
        m_highest = number;
    } else {
        const std::uint64_t below = m_highest - number;
        const bool known = below >= NumbersKept || ((m_recent >> below) & 1U) != 0;
        if (known) {
            ++m_counters.repeated;
            return false;
        }
        m_recent |= std::uint64_t{1} << below;
    }
    Target *target = see(now, from);
    const bool isFirst = !std::exchange(target->trusted, true);
    target->heardAt = now;
    target->asksFull = full;
    if (!m_decides && nominated && number > m_nomination) {
        m_nomination = number;
        m_nominated = from;
        m_usedAt = now;
    }
    // The way is open from there: now is the moment to prove the other direction.
    // Not of each of many: the other end probes for each of ours, and so on, and of so many answers
    // none would come in time.
    if (target->answers == 0) {
        target->next =
            isFirst ? now : std::min(target->next, std::max(now, target->triedAt + QuickInterval));
        if (isFirst && goesOn(*target))
            target->quick = QuickProbes;
    }
    choose(now);
    return true;
}

bool PathChecks::mayAnswer(const CheckWay &from) const
{
    return std::any_of(m_targets.begin(), m_targets.end(), [&](const Target &each) {
        return each.is.way() == from && (each.told || each.proven);
    });
}

void PathChecks::answered(Monotonic now, const CheckWay &from, const StunTransactionId &transaction)
{
    Target *target = find(from);
    if (target == nullptr)
        return;
    const auto asked =
        std::find_if(target->pending.begin(), target->pending.end(),
                     [&](const Pending &each) { return each.transaction == transaction; });
    if (asked == target->pending.end())
        return;
    const bool full = asked->full;
    const double took = milliseconds(now - asked->at);
    target->rttMs = target->rttMs ? *target->rttMs + RttWeight * (took - *target->rttMs) : took;
    target->trips.push_back(took);
    if (target->trips.size() > LatestTrips)
        target->trips.pop_front();
    // Those before it are lost or late; neither says anything more.
    for (auto each = target->pending.begin(); each != asked; ++each)
        m_forgotten.push_back(each->transaction);
    m_forgotten.push_back(transaction);
    target->pending.erase(target->pending.begin(), asked + 1);
    target->trusted = target->proven = true;
    target->missed = 0;
    target->answeredAt = target->heardAt = now;
    target->answers += full ? 1 : 0;
    target->wide = target->wide || full;
    if (!full) {
        // Datagrams are larger; it has its quick probes for that.
        target->quick = QuickProbes;
        target->next = now;
    } else if (isChosen(*target)) {
        target->quick = 0;
        target->next = std::max(target->next, now + UrgentInterval);
        m_waitsSince.reset();
    } else if (target->answers < AnswersAfterDeath) {
        target->next = std::min(target->next, now + QuickInterval);
    }
    choose(now);
}

// --- Judgement -----------------------------------------------------------------------------------

void PathChecks::judge(Monotonic now, Target &target)
{
    while (!target.pending.empty() && target.pending.front().missed &&
           now - target.pending.front().at >= LatestAnswer) {
        m_forgotten.push_back(target.pending.front().transaction);
        target.pending.pop_front();
    }
    for (Pending &each : target.pending) {
        if (each.missed || now - each.at < patience(target.rttMs))
            continue;
        each.missed = true;
        if (target.missed++ == 0) {
            target.firstMissed = each.at;
            if (isChosen(target))
                target.next = std::min(target.next, now);
        }
        const bool ends = m_died || target.missed >= DeadProbes;
        if (ends && !isChosen(target))
            target.answers = 0;
    }
}

bool PathChecks::isWay(const Target &target) const
{
    const unsigned needed = m_died && !isChosen(target) ? AnswersAfterDeath : 1;
    return target.answers >= needed && target.missed < DeadProbes;
}

void PathChecks::advance(Monotonic now)
{
    for (Target &each : m_targets) {
        judge(now, each);
        const bool silent = each.missed >= DeadProbes && now - each.firstMissed >= DeadTime;
        if (each.answers > 0 && (silent || (each.waning && each.missed >= WaningProbes))) {
            each.answers = 0;
            each.quick = QuickProbes; // it may be back in a moment, or elsewhere
        }
    }
    choose(now);
}

} // namespace higgs
