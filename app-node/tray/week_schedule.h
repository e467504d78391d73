// SPDX-License-Identifier: GPL-3.0-or-later
// The hours of a week in which the owner shares, Monday first, by the local clock. Pure.
#pragma once

#include <array>
#include <bitset>
#include <string>
#include <vector>

namespace higgs::node {

class WeekSchedule
{
public:
    static constexpr int Days = 7;
    static constexpr int Hours = 24;

    /// Every hour of the week.
    WeekSchedule();
    /// As on the control socket: 7 texts of 24 characters '0' or '1'. Anything else in them is "may
    /// not share"; without 7 texts it is every hour.
    static WeekSchedule of(const std::vector<std::string> &days);

    [[nodiscard]] bool allows(int day, int hour) const;
    void set(int day, int hour, bool on);
    /// The rectangle between two cells, both of them within.
    void fill(int day, int hour, int otherDay, int otherHour, bool on);
    void setAll(bool on);

    [[nodiscard]] int hours() const;
    [[nodiscard]] bool always() const { return hours() == Days * Hours; }
    [[nodiscard]] std::vector<std::string> texts() const;

    friend bool operator==(const WeekSchedule &, const WeekSchedule &) = default;

private:
    std::array<std::bitset<Hours>, Days> m_days;
};

} // namespace higgs::node
