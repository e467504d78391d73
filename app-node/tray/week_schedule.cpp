// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/week_schedule.h"

#include <algorithm>

namespace higgs::node {

namespace {

bool within(int day, int hour)
{
    return day >= 0 && day < WeekSchedule::Days && hour >= 0 && hour < WeekSchedule::Hours;
}

} // namespace

WeekSchedule::WeekSchedule()
{
    setAll(true);
}

WeekSchedule WeekSchedule::of(const std::vector<std::string> &days)
{
    WeekSchedule schedule;
    if (days.size() != Days)
        return schedule;
    schedule.setAll(false);
    for (std::size_t day = 0; day < Days; ++day) {
        for (std::size_t hour = 0; hour < std::min<std::size_t>(days[day].size(), Hours); ++hour)
            schedule.m_days[day][hour] = days[day][hour] == '1';
    }
    return schedule;
}

bool WeekSchedule::allows(int day, int hour) const
{
    return within(day, hour) &&
           m_days[static_cast<std::size_t>(day)][static_cast<std::size_t>(hour)];
}

void WeekSchedule::set(int day, int hour, bool on)
{
    if (within(day, hour))
        m_days[static_cast<std::size_t>(day)][static_cast<std::size_t>(hour)] = on;
}

void WeekSchedule::fill(int day, int hour, int otherDay, int otherHour, bool on)
{
    for (int each = std::min(day, otherDay); each <= std::max(day, otherDay); ++each) {
        for (int at = std::min(hour, otherHour); at <= std::max(hour, otherHour); ++at)
            set(each, at, on);
    }
}

void WeekSchedule::setAll(bool on)
{
    for (auto &day : m_days)
        on ? day.set() : day.reset();
}

int WeekSchedule::hours() const
{
    std::size_t sum = 0;
    for (const auto &day : m_days)
        sum += day.count();
    return static_cast<int>(sum);
}

std::vector<std::string> WeekSchedule::texts() const
{
    std::vector<std::string> list;
    for (const auto &day : m_days) {
        std::string text;
        for (std::size_t hour = 0; hour < Hours; ++hour)
            text += day[hour] ? '1' : '0';
        list.push_back(std::move(text));
    }
    return list;
}

} // namespace higgs::node
