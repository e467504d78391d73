// SPDX-License-Identifier: GPL-3.0-or-later
// What guests moved, by day of the place: the history for the owner, and the count that the monthly
// volume is held to. Amounts only. Pure; the daemon keeps it on disk.
#pragma once

#include "app-node/engine/sharing_policy.h"

#include <map>

namespace higgs::node {

struct DayUsage
{
    std::uint64_t rxBytes = 0; ///< from guests
    std::uint64_t txBytes = 0; ///< to guests
    std::uint64_t guests = 0;  ///< that came on this day

    friend bool operator==(const DayUsage &, const DayUsage &) = default;
};

/// Of bytes, wherever an amount is read or kept: a petabyte.
constexpr std::uint64_t MostVolume = 1'000'000'000'000'000;
/// A year and a month to compare with.
constexpr LocalDay KeptDays = 400;

class UsageLedger
{
public:
    void addTraffic(LocalDay today, std::uint64_t rxBytes, std::uint64_t txBytes);
    void addGuest(LocalDay today);
    /// For reading a file.
    void setDay(LocalDay day, const DayUsage &usage) { m_days[day] = usage; }

    [[nodiscard]] DayUsage on(LocalDay day) const;
    /// Both ways together, that day included; days in the future (a clock that was wrong) too.
    [[nodiscard]] std::uint64_t bytesSince(LocalDay day) const;
    [[nodiscard]] const std::map<LocalDay, DayUsage> &days() const { return m_days; }
    friend bool operator==(const UsageLedger &, const UsageLedger &) = default;

private:
    DayUsage &at(LocalDay today);

    std::map<LocalDay, DayUsage> m_days;
};

} // namespace higgs::node
