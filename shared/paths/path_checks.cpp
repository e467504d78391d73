// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/path_checks.h"

#include <algorithm>
#include <utility>

namespace higgs {

using namespace checks;
using protocol::CandidateType;
using protocol::StunTransactionId;

namespace {

/// A way that is better by less than this, and by less than a fifth, is not worth a change.
constexpr double WorthMs = 10;
/// IPv4 has routers' tables on its way, that time out and fill.
constexpr double IPv4Ms = 20;
/// So long after the first answer the best is still looked for, whatever a change is worth.
constexpr Milliseconds SettleTime{2'000};
constexpr std::uint64_t NumbersKept = 64;
constexpr double RttWeight = 0.25;
constexpr double UnknownRttMs = 300;

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

PathChecks::Target *PathChecks::find(const Endpoint &address)
{
    const auto found = std::find_if(m_targets.begin(), m_targets.end(),
                                    [&](const Target &each) { return each.is.address == address; });
    return found != m_targets.end() ? &*found : nullptr;
}

void PathChecks::told(Monotonic now, std::span<const CheckTarget> targets)
{
    m_wasTold = true;
    for (Target &each : m_targets)
        each.told = false;
    bool isNew = false;
    std::size_t count = 0;
    for (const CheckTarget &target : targets) {
        if (++count > MaxTold) {
            ++m_counters.beyond;
            continue;
        }
        Target *known = find(target.address);
        if (known == nullptr) {
            m_targets.push_back({.is = target, .since = now, .next = now});
            known = &m_targets.back();
            isNew = true;
        }
        known->is.type = target.type;
        known->told = true;
    }
    // A way that was found stays one, also when it was never told.
    std::erase_if(m_targets, [this](const Target &each) {
        if (each.told || each.trusted || each.is.address == m_chosen)
            return false;
        forget(each);
        return true;
    });
    // Who answers from one set of addresses after the other would have us probe all of them.
    keepSeen(MaxSeen);
    if (isNew)
        m_searchEnds = std::max(m_searchEnds, now + SearchTime);
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
            return std::pair(each.told || each.is.address == m_chosen, each.since);
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
PathChecks::Target *PathChecks::see(Monotonic now, const Endpoint &address)
{
    if (Target *known = find(address))
        return known;
    keepSeen(MaxSeen - 1);
    // Nothing by itself: it goes on asking, and each of its requests gets a probe.
    m_targets.push_back(
        {.is = {address, CandidateType::Srflx}, .since = now, .next = now, .quick = 0});
    return &m_targets.back();
}

void PathChecks::hurry(Monotonic now)
{
    for (Target &each : m_targets) {
        if (!each.told && !each.proven)
            continue;
        each.quick = QuickProbes;
        each.next = now;
    }
    m_searchEnds = now + SearchTime;
}

// --- Requests ------------------------------------------------------------------------------------

bool PathChecks::isSuspect(Monotonic now) const
{
    return m_waitsSince && now - *m_waitsSince >= SuspectAfter;
}

Milliseconds PathChecks::pace(Monotonic now, const Target &target) const
{
    if (target.quick > 0)
        return QuickInterval;
    if (!m_chosen)
        return SearchInterval;
    if (target.is.address != m_chosen)
        return SpareInterval;
    return target.missed > 0 || isSuspect(now) ? UrgentInterval : SteadyInterval;
}

/// When a way under suspicion is probed: at once, if nothing waits for an answer yet.
Monotonic PathChecks::urgent(Monotonic now, const Target &target) const
{
    return target.pending.empty() ? now : target.pending.back().at + UrgentInterval;
}

std::vector<PathChecks::Probe> PathChecks::due(Monotonic now)
{
    advance(now);
    std::vector<Probe> probes;
    for (Target &each : m_targets) {
        if (each.is.address == m_chosen && isSuspect(now))
            each.next = std::min(each.next, urgent(now, each));
        if (now < each.next)
            continue;
        if (!each.proven && !takeUnproven(now)) {
            each.next = now + pace(now, each);
            ++m_counters.withheld;
            continue;
        }
        probes.push_back({each.is.address, ++m_number, m_decides && each.is.address == m_chosen});
        each.next = each.told || each.proven ? now + pace(now, each) : Monotonic::max();
        if (each.quick > 0)
            --each.quick;
    }
    return probes;
}

bool PathChecks::takeUnproven(Monotonic now)
{
    const auto more = (now - m_unprovenAt) / UnprovenInterval;
    m_unprovenAt += more * UnprovenInterval;
    m_unproven =
        static_cast<unsigned>(std::min<decltype(more + 0)>(UnprovenBurst, m_unproven + more));
    if (m_unproven == 0)
        return false;
    --m_unproven;
    return true;
}

void PathChecks::sent(Monotonic now, const Endpoint &to, const StunTransactionId &transaction)
{
    Target *target = find(to);
    if (target == nullptr) {
        m_forgotten.push_back(transaction);
        return;
    }
    target->pending.push_back({transaction, now});
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
        if (each.is.address != m_chosen)
            continue;
        if (m_waitsSince && !isSuspect(now))
            next = std::min(next, *m_waitsSince + SuspectAfter);
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

bool PathChecks::asked(Monotonic now, const Endpoint &from, std::uint64_t number, bool nominated)
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
    if (!m_decides && nominated && number > m_nomination) {
        m_nomination = number;
        m_nominated = from;
        m_usedAt = now;
    }
    // The way is open from there: now is the moment to prove the other direction.
    if (target->answers == 0) {
        target->next = now;
        if (isFirst && (target->told || target->proven))
            target->quick = QuickProbes;
    }
    choose(now);
    return true;
}

bool PathChecks::mayAnswer(const Endpoint &from) const
{
    return std::any_of(m_targets.begin(), m_targets.end(), [&](const Target &each) {
        return each.is.address == from && (each.told || each.proven);
    });
}

void PathChecks::answered(Monotonic now, const Endpoint &from, const StunTransactionId &transaction)
{
    Target *target = find(from);
    if (target == nullptr)
        return;
    const auto asked =
        std::find_if(target->pending.begin(), target->pending.end(),
                     [&](const Pending &each) { return each.transaction == transaction; });
    if (asked == target->pending.end())
        return;
    const double took = milliseconds(now - asked->at);
    target->rttMs = target->rttMs ? *target->rttMs + RttWeight * (took - *target->rttMs) : took;
    // Those before it are lost or late; neither says anything more.
    for (auto each = target->pending.begin(); each != asked; ++each)
        m_forgotten.push_back(each->transaction);
    m_forgotten.push_back(transaction);
    target->pending.erase(target->pending.begin(), asked + 1);
    target->trusted = target->proven = true;
    target->missed = 0;
    ++target->answers;
    if (target->is.address == m_chosen) {
        target->quick = 0;
        target->next = std::max(target->next, now + UrgentInterval);
        m_waitsSince.reset();
    } else if (target->answers < AnswersAfterDeath) {
        target->next = std::min(target->next, now + QuickInterval);
    }
    choose(now);
}

void PathChecks::trafficSent(Monotonic now)
{
    if (m_chosen && !m_waitsSince)
        m_waitsSince = now;
}

void PathChecks::trafficCame(Monotonic now)
{
    m_usedAt = now;
    m_waitsSince.reset();
}

void PathChecks::trafficElsewhere(Monotonic now)
{
    if (m_decides || !m_chosen || now - m_usedAt < LeftAfter)
        return;
    m_nominated.reset();
    take(now, std::nullopt);
    hurry(now);
}

// --- Judgement -----------------------------------------------------------------------------------

void PathChecks::judge(Monotonic now, Target &target)
{
    for (Pending &each : target.pending) {
        if (each.missed || now - each.at < patience(target.rttMs))
            continue;
        each.missed = true;
        if (target.missed++ == 0) {
            target.firstMissed = each.at;
            if (target.is.address == m_chosen)
                target.next = std::min(target.next, now);
        }
        const bool ends = m_died || target.missed >= DeadProbes;
        if (ends && target.is.address != m_chosen)
            target.answers = 0;
    }
}

bool PathChecks::isWay(const Target &target) const
{
    const bool chosen = target.is.address == m_chosen;
    const unsigned needed = m_died && !chosen ? AnswersAfterDeath : 1;
    return target.answers >= needed && target.missed < DeadProbes;
}

void PathChecks::advance(Monotonic now)
{
    for (Target &each : m_targets) {
        judge(now, each);
        if (each.answers > 0 && each.missed >= DeadProbes && now - each.firstMissed >= DeadTime) {
            each.answers = 0;
            each.quick = QuickProbes; // it may be back in a moment, or elsewhere
        }
    }
    choose(now);
}

double PathChecks::score(const Target &target) const
{
    double score = target.rttMs.value_or(UnknownRttMs);
    if (target.is.address.address.isV4())
        score += IPv4Ms;
    return score;
}

void PathChecks::choose(Monotonic now)
{
    Target *current = m_chosen ? find(*m_chosen) : nullptr;
    if (current != nullptr && current->answers == 0) {
        m_died = true;
        current = nullptr;
        take(now, std::nullopt);
        hurry(now);
    }
    if (!m_decides) {
        Target *wanted = m_nominated ? find(*m_nominated) : nullptr;
        if (wanted != nullptr && wanted != current && isWay(*wanted))
            take(now, wanted->is.address);
        return;
    }
    Target *best = current;
    for (Target &each : m_targets) {
        if (&each == current || !isWay(each))
            continue;
        const bool settling = !m_died && m_firstFound && now - *m_firstFound < SettleTime;
        const bool stays = best == current && current != nullptr && !settling;
        const double worth = stays ? std::max(WorthMs, score(*current) / 5) : 0;
        const bool known = current == nullptr || each.answers >= AnswersAfterDeath;
        if (known && (best == nullptr || score(each) + worth < score(*best)))
            best = &each;
    }
    if (best != current)
        take(now, best->is.address);
}

void PathChecks::take(Monotonic now, std::optional<Endpoint> address)
{
    m_chosen = address;
    m_waitsSince.reset();
    if (!address)
        return;
    if (!m_firstFound)
        m_firstFound = now;
    Target &taken = *find(*address);
    taken.quick = 0;
    taken.next = now; // so that the node is told at once
}

CheckState PathChecks::state(Monotonic now) const
{
    if (m_chosen)
        return CheckState::Found;
    return now < m_searchEnds ? CheckState::Searching : CheckState::None;
}

std::optional<CheckTarget> PathChecks::chosen() const
{
    if (!m_chosen)
        return std::nullopt;
    for (const Target &each : m_targets) {
        if (each.is.address == *m_chosen)
            return each.is;
    }
    return std::nullopt;
}

std::optional<double> PathChecks::rttMs() const
{
    for (const Target &each : m_targets) {
        if (each.is.address == m_chosen)
            return each.rttMs;
    }
    return std::nullopt;
}

std::vector<Endpoint> PathChecks::trusted() const
{
    std::vector<Endpoint> trusted;
    for (const Target &each : m_targets) {
        if (each.trusted)
            trusted.push_back(each.is.address);
    }
    return trusted;
}

} // namespace higgs
