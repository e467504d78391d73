// SPDX-License-Identifier: GPL-3.0-or-later
// What guests moved, by hour of UTC: the owner's answer to a provider that asks about a moment.
// Amounts only: who came and where they went is not kept. Pure; the daemon keeps it on disk.
#pragma once

#include "app-node/engine/usage_ledger.h"

namespace higgs::node {

/// Since 1970-01-01T00:00Z.
using UtcHour = std::int64_t;

UtcHour hourOf(WallTime time);

/// 2026-01-01: a clock that shows less was never set.
constexpr UtcHour FirstHour = 490'896;
/// With something in them, which is at least as long back as the days: providers ask months later.
constexpr std::size_t MostHours = 24 * KeptDays;

class HourLedger
{
public:
    /// Counts from now on, unless it does already; before that nothing is known.
    void begin(UtcHour now);
    void addTraffic(UtcHour now, std::uint64_t rxBytes, std::uint64_t txBytes);
    void addGuest(UtcHour now);
    /// For reading a file. More than MostHours of them: the oldest goes.
    void setHour(UtcHour hour, const DayUsage &usage);

    /// Nothing: of this hour it is not known.
    [[nodiscard]] std::optional<DayUsage> on(UtcHour hour, UtcHour now) const;
    [[nodiscard]] std::optional<UtcHour> begun() const { return m_begun; }
    [[nodiscard]] const std::map<UtcHour, DayUsage> &hours() const { return m_hours; }
    friend bool operator==(const HourLedger &, const HourLedger &) = default;

private:
    void add(UtcHour now, const DayUsage &more);

    std::optional<UtcHour> m_begun;
    std::map<UtcHour, DayUsage> m_hours;
};

} // namespace higgs::node
