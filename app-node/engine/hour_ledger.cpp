// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/hour_ledger.h"

#include <algorithm>

namespace higgs::node {

UtcHour hourOf(WallTime time)
{
    return std::chrono::floor<std::chrono::hours>(Milliseconds(time.ms)).count();
}

void HourLedger::begin(UtcHour now)
{
    if (!m_begun && now >= FirstHour)
        m_begun = now;
}

void HourLedger::setHour(UtcHour hour, const DayUsage &usage)
{
    m_hours[hour] = usage;
    if (m_hours.size() <= MostHours)
        return;
    // By number and not by age: a clock that was years ahead for a moment takes nothing away.
    m_hours.erase(m_hours.begin());
    if (m_begun)
        m_begun = std::max(*m_begun, m_hours.begin()->first);
}

void HourLedger::add(UtcHour now, const DayUsage &more)
{
    if (now < FirstHour)
        return;
    begin(now);
    const auto found = m_hours.find(now);
    DayUsage usage = found == m_hours.end() ? DayUsage{} : found->second;
    usage.rxBytes += more.rxBytes;
    usage.txBytes += more.txBytes;
    usage.guests += more.guests;
    setHour(now, usage);
}

void HourLedger::addTraffic(UtcHour now, std::uint64_t rxBytes, std::uint64_t txBytes)
{
    if (rxBytes != 0 || txBytes != 0)
        add(now, {rxBytes, txBytes, 0});
}

void HourLedger::addGuest(UtcHour now)
{
    add(now, {0, 0, 1});
}

std::optional<DayUsage> HourLedger::on(UtcHour hour, UtcHour now) const
{
    const auto found = m_hours.find(hour);
    if (found != m_hours.end())
        return found->second;
    if (!m_begun || hour < *m_begun || hour > now)
        return std::nullopt;
    return DayUsage{};
}

} // namespace higgs::node
