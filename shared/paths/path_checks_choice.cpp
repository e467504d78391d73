// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the ways that answer is taken.
#include "shared/paths/path_checks.h"

#include <algorithm>
#include <limits>

namespace higgs {

using namespace checks;

namespace {

/// A way that is better by less than this, and by less than a fifth, is not worth a change.
constexpr double WorthMs = 10;
/// IPv4 has routers' tables on its way, that time out and fill.
constexpr double IPv4Ms = 20;
/// So does whatever leaves the network that both ends are in.
constexpr double OutsideMs = 20;
/// So long after the first answer the best is still looked for, whatever a change is worth.
constexpr Milliseconds SettleTime{2'000};

/// A straight way before every one by TURN, and among those the newest allocation's: the older ones
/// are about to end. Lower is better.
std::uint32_t rankOf(const CheckTarget &target)
{
    return target.via == 0 ? 0 : std::numeric_limits<std::uint32_t>::max() - target.via;
}

} // namespace

double PathChecks::score(const Target &target) const
{
    const auto &trips = target.trips;
    double score = trips.empty() ? UnknownRttMs : *std::min_element(trips.begin(), trips.end());
    if (target.is.address.address.isV4())
        score += IPv4Ms;
    if (target.is.type != protocol::CandidateType::Host)
        score += OutsideMs;
    return score;
}

/// What answers while the one in use does not is worth more, whatever its distance.
bool PathChecks::standsIn(const Target &one, const Target &current)
{
    return rankOf(one.is) == rankOf(current.is) && current.missed > 0 && one.missed == 0 &&
           one.answeredAt > current.firstMissed;
}

/// Whether the one is to take the other's place.
bool PathChecks::isBetter(Monotonic now, const Target &one, const Target &other) const
{
    if (rankOf(one.is) != rankOf(other.is))
        return rankOf(one.is) < rankOf(other.is);
    const bool settling = !m_died && m_firstFound && now - *m_firstFound < SettleTime;
    const bool stays = isChosen(other) && !settling;
    const double worth = stays ? std::max(WorthMs, score(other) / 5) : 0;
    return score(one) + worth < score(other);
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
            take(now, wanted->is.way());
        return;
    }
    Target *best = current;
    for (Target &each : m_targets) {
        if (&each == current || !isWay(each))
            continue;
        if (current != nullptr && standsIn(each, *current)) {
            take(now, each.is.way());
            return;
        }
        const bool known = current == nullptr || each.answers >= AnswersAfterDeath;
        if (known && (best == nullptr || isBetter(now, each, *best)))
            best = &each;
    }
    if (best != current)
        take(now, best->is.way());
}

void PathChecks::take(Monotonic now, std::optional<CheckWay> way)
{
    m_chosen = way;
    m_waitsSince.reset();
    if (!way)
        return;
    if (!m_firstFound)
        m_firstFound = now;
    Target &taken = *find(*way);
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
        if (isChosen(each))
            return each.is;
    }
    return std::nullopt;
}

std::optional<double> PathChecks::rttMs() const
{
    for (const Target &each : m_targets) {
        if (isChosen(each))
            return each.rttMs;
    }
    return std::nullopt;
}

std::vector<CheckWay> PathChecks::trusted() const
{
    std::vector<const Target *> heard;
    for (const Target &each : m_targets) {
        if (each.trusted)
            heard.push_back(&each);
    }
    const auto rank = [this](const Target *each) {
        return std::pair(isChosen(*each), each->heardAt);
    };
    std::sort(heard.begin(), heard.end(),
              [&rank](const Target *a, const Target *b) { return rank(a) > rank(b); });
    heard.resize(std::min(heard.size(), MaxTrusted));
    std::vector<CheckWay> trusted;
    for (const Target *each : heard)
        trusted.push_back(each->is.way());
    return trusted;
}

bool PathChecks::isProven(const CheckWay &way) const
{
    return std::any_of(m_targets.begin(), m_targets.end(),
                       [&](const Target &each) { return each.is.way() == way && each.proven; });
}

} // namespace higgs
