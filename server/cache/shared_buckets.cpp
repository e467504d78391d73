// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/shared_buckets.h"

namespace higgs::server {

bool isShared(RateClass rateClass)
{
    return rateClass != RateClass::Work && rateClass != RateClass::Probe;
}

void SpentSums::note(RateClass rateClass, const IpAddress &address, double tokens)
{
    if (!isShared(rateClass) || tokens <= 0)
        return;
    const Key key{subscriberOf(address.unmapped()), rateClass};
    const auto known = m_noted.find(key);
    if (known != m_noted.end())
        known->second += tokens;
    else if (m_noted.size() < MostNoted)
        m_noted.emplace(key, tokens);
}

std::vector<SpentTokens> SpentSums::take(Monotonic now)
{
    if (!m_swept)
        m_swept = now;
    const bool isSweep = now - *m_swept >= SweepTime;
    if (isSweep)
        m_swept = now;
    std::vector<SpentTokens> told;
    for (auto each = m_noted.begin(); each != m_noted.end();) {
        const double burst = m_limits.of(each->first.rateClass).burst;
        const bool isTold = each->second >= (isSweep ? ToldLate : ToldSoon) * burst;
        if (isTold && told.size() == MostTold)
            break;
        if (isTold)
            told.push_back({each->first.subscriber, each->first.rateClass, each->second});
        each = isTold || isSweep ? m_noted.erase(each) : std::next(each);
    }
    return told;
}

std::optional<Seconds> SharedBuckets::take(Monotonic now, RateClass rateClass,
                                           const IpAddress &address, double cost)
{
    const auto wait = m_own.take(now, rateClass, address, cost);
    if (!wait && !m_isAlone)
        m_spent.note(rateClass, address, cost);
    return wait;
}

void SharedBuckets::charge(Monotonic now, RateClass rateClass, const IpAddress &address,
                           double cost)
{
    m_own.charge(now, rateClass, address, cost);
    if (!m_isAlone)
        m_spent.note(rateClass, address, cost);
}

void SharedBuckets::spentElsewhere(Monotonic now, const SpentTokens &spent)
{
    if (isShared(spent.rateClass))
        m_own.charge(now, spent.rateClass, spent.subscriber, spent.tokens);
}

} // namespace higgs::server
