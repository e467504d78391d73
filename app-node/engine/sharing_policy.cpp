// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/sharing_policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace higgs::node {

namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t SecondsPerHour = 3'600;
constexpr std::int64_t SecondsPerDay = 24 * SecondsPerHour;
constexpr LocalDay FirstMonday = 4; // 1970-01-05
constexpr std::size_t DayTextSize = 10;
/// What is left and smaller than a packet is spent, too.
constexpr std::uint64_t VolumeSlack = 2'048;

std::int64_t floorDivide(std::int64_t value, std::int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

std::size_t weekdayOf(LocalDay date)
{
    const int since = (date - FirstMonday) % static_cast<int>(DaysPerWeek);
    return static_cast<std::size_t>(since < 0 ? since + static_cast<int>(DaysPerWeek) : since);
}

std::size_t hourOf(LocalTime time)
{
    const std::int64_t inDay = time.seconds - startOf(dayOf(time)).seconds;
    return static_cast<std::size_t>(inDay / SecondsPerHour);
}

year_month_day dateOf(LocalDay date)
{
    return year_month_day(sys_days(days(date)));
}

LocalDay dayNumber(year_month_day date)
{
    return static_cast<LocalDay>(sys_days(date).time_since_epoch().count());
}

} // namespace

LocalDay dayOf(LocalTime time)
{
    return static_cast<LocalDay>(floorDivide(time.seconds, SecondsPerDay));
}

LocalTime startOf(LocalDay date)
{
    return {std::int64_t{date} * SecondsPerDay};
}

std::string toText(LocalDay date)
{
    const year_month_day parts = dateOf(date);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(parts.year()),
                  static_cast<unsigned>(parts.month()), static_cast<unsigned>(parts.day()));
    return text.data();
}

std::optional<LocalDay> parseDay(std::string_view text)
{
    if (text.size() != DayTextSize || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    const auto part = [text](std::size_t from, std::size_t size) {
        unsigned value = 0;
        const char *end = text.data() + from + size;
        const auto parsed = std::from_chars(text.data() + from, end, value);
        return parsed.ec == std::errc() && parsed.ptr == end ? value : 0U;
    };
    const year_month_day date(year(static_cast<int>(part(0, 4))), month(part(5, 2)),
                              day(part(8, 2)));
    if (!date.ok() || static_cast<int>(date.year()) < 1970)
        return std::nullopt;
    return dayNumber(date);
}

bool Schedule::allows(LocalTime time) const
{
    return at(weekdayOf(dayOf(time)), hourOf(time));
}

std::optional<LocalTime> Schedule::nextAllowed(LocalTime now) const
{
    LocalTime hour{floorDivide(now.seconds, SecondsPerHour) * SecondsPerHour};
    for (std::size_t i = 0; i < DaysPerWeek * HoursPerDay; ++i) {
        hour.seconds += SecondsPerHour;
        if (allows(hour))
            return hour;
    }
    return std::nullopt;
}

LocalDay periodStart(LocalDay today, std::uint32_t resetDay)
{
    year_month_day date = dateOf(today);
    if (static_cast<unsigned>(date.day()) < resetDay)
        date -= months(1);
    return dayNumber(year_month_day(date.year(), date.month(), day(resetDay)));
}

LocalDay periodEnd(LocalDay today, std::uint32_t resetDay)
{
    const year_month_day start = dateOf(periodStart(today, resetDay)) + months(1);
    return dayNumber(start);
}

std::string_view toString(LimitReason reason)
{
    switch (reason) {
    case LimitReason::None:
        return "none";
    case LimitReason::Full:
        return "full";
    case LimitReason::Maintenance:
        return "maintenance";
    case LimitReason::Paused:
        return "paused";
    case LimitReason::Schedule:
        return "schedule";
    case LimitReason::Volume:
        return "volume";
    case LimitReason::Battery:
        return "battery";
    case LimitReason::Metered:
        return "metered";
    }
    return "none";
}

PolicyVerdict judge(const NodeLimits &limits, const PolicyInputs &inputs)
{
    if (inputs.paused)
        return {LimitReason::Paused, std::nullopt};
    if (limits.stopOnBattery && inputs.surroundings.onBattery == true)
        return {LimitReason::Battery, std::nullopt};
    if (limits.stopOnMetered && inputs.surroundings.metered == true)
        return {LimitReason::Metered, std::nullopt};
    if (!limits.schedule.allows(inputs.now))
        return {LimitReason::Schedule, limits.schedule.nextAllowed(inputs.now)};
    const std::uint64_t left =
        limits.monthlyBytes - std::min(limits.monthlyBytes, inputs.usedBytes);
    if (limits.monthlyBytes != 0 && left < VolumeSlack)
        return {LimitReason::Volume, startOf(periodEnd(dayOf(inputs.now), limits.resetDay))};
    return {};
}

} // namespace higgs::node
