// SPDX-License-Identifier: GPL-3.0-or-later
// When a home may share: the owner's limits, and the rule that says at a moment of local time
// whether they forbid it, why, and until when. Pure.
#pragma once

#include "shared/base/clock.h"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace higgs::node {

/// Seconds since 1970-01-01 00:00 by the wall clock of the place, whatever its time zone.
struct LocalTime
{
    std::int64_t seconds = 0;

    friend auto operator<=>(const LocalTime &, const LocalTime &) = default;
};

/// Days since 1970-01-01 of the place.
using LocalDay = std::int32_t;
LocalDay dayOf(LocalTime time);
LocalTime startOf(LocalDay day);
/// "2026-11-23" and back; nullopt for anything else.
std::string toText(LocalDay day);
std::optional<LocalDay> parseDay(std::string_view text);

constexpr std::size_t DaysPerWeek = 7;
constexpr std::size_t HoursPerDay = 24;

/// Bit 24 * weekday + hour, Monday first; set: may share.
class Schedule
{
public:
    /// All hours.
    Schedule() { m_hours.set(); }
    [[nodiscard]] bool allows(LocalTime time) const;
    void set(std::size_t weekday, std::size_t hour, bool allowed)
    {
        m_hours[weekday * HoursPerDay + hour] = allowed;
    }
    [[nodiscard]] bool at(std::size_t weekday, std::size_t hour) const
    {
        return m_hours[weekday * HoursPerDay + hour];
    }
    /// The start of the next hour that is allowed; nullopt: none ever is.
    [[nodiscard]] std::optional<LocalTime> nextAllowed(LocalTime now) const;
    friend bool operator==(const Schedule &, const Schedule &) = default;

private:
    std::bitset<DaysPerWeek * HoursPerDay> m_hours;
};

constexpr std::uint32_t MostResetDay = 28; ///< a day that every month has

struct NodeLimits
{
    std::uint32_t maxGuests = 10;
    std::uint32_t upMbps = 0; ///< all guests together; 0: no limit
    std::uint32_t downMbps = 0;
    std::uint64_t monthlyBytes = 0; ///< both ways together; 0: no limit
    std::uint32_t resetDay = 1;
    Schedule schedule;
    bool stopOnBattery = true;
    bool stopOnMetered = true;
    bool goodNeighbour = true;
    bool portMapping = true; ///< the router may be asked to open the UDP port

    friend bool operator==(const NodeLimits &, const NodeLimits &) = default;
};

/// The month that is counted: from the reset day, 00:00, to the next.
LocalDay periodStart(LocalDay today, std::uint32_t resetDay);
LocalDay periodEnd(LocalDay today, std::uint32_t resetDay);

enum class LimitReason : std::uint8_t {
    None,
    Full,        ///< guests at once; those here stay
    Maintenance, ///< the operator drains the node; those here stay
    // With these nothing is shared at all.
    Paused,
    Schedule,
    Volume,
    Battery,
    Metered,
};

std::string_view toString(LimitReason reason);

/// nullopt: cannot be known on this machine, and then forbids nothing.
struct Surroundings
{
    std::optional<bool> onBattery;
    std::optional<bool> metered;

    friend bool operator==(const Surroundings &, const Surroundings &) = default;
};

struct PolicyInputs
{
    LocalTime now;
    /// Until a moment, and a clock on the wall does not tell moments: it shows some hours twice.
    bool paused = false;
    std::uint64_t usedBytes = 0; ///< since periodStart()
    Surroundings surroundings;
};

struct PolicyVerdict
{
    LimitReason reason = LimitReason::None; ///< the first that holds
    std::optional<LocalTime> until;         ///< when it alone ends by itself, but for a pause

    friend bool operator==(const PolicyVerdict &, const PolicyVerdict &) = default;
};

PolicyVerdict judge(const NodeLimits &limits, const PolicyInputs &inputs);

} // namespace higgs::node
