// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/usage_ledger.h"

namespace higgs::node {

DayUsage &UsageLedger::at(LocalDay today)
{
    m_days.erase(m_days.begin(), m_days.lower_bound(today - KeptDays));
    return m_days[today];
}

void UsageLedger::addTraffic(LocalDay today, std::uint64_t rxBytes, std::uint64_t txBytes)
{
    if (rxBytes == 0 && txBytes == 0)
        return;
    DayUsage &day = at(today);
    day.rxBytes += rxBytes;
    day.txBytes += txBytes;
}

void UsageLedger::addGuest(LocalDay today)
{
    ++at(today).guests;
}

DayUsage UsageLedger::on(LocalDay day) const
{
    const auto found = m_days.find(day);
    return found == m_days.end() ? DayUsage{} : found->second;
}

std::uint64_t UsageLedger::bytesSince(LocalDay day) const
{
    std::uint64_t bytes = 0;
    for (auto each = m_days.lower_bound(day); each != m_days.end(); ++each)
        bytes += each->second.rxBytes + each->second.txBytes;
    return bytes;
}

} // namespace higgs::node
