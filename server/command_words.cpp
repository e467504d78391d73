// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/command_words.h"

#include <array>
#include <charconv>
#include <ctime>

namespace higgs::server {

namespace {

std::optional<Seconds> unboundedDurationOf(const std::string &text)
{
    std::int64_t count = 0;
    const char *const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, count);
    if (parsed.ec != std::errc() || parsed.ptr + 1 != end || count < 1 || count > 1'000'000'000)
        return std::nullopt;
    switch (*parsed.ptr) {
    case 's':
        return Seconds(count);
    case 'm':
        return std::chrono::minutes(count);
    case 'h':
        return std::chrono::hours(count);
    case 'd':
        return std::chrono::hours(24 * count);
    default:
        return std::nullopt;
    }
}

std::string timeText(WallTime time, const char *form)
{
    const auto seconds = static_cast<std::time_t>(time.ms / 1000);
    std::tm parts{};
    std::array<char, 32> text{};
    if (gmtime_r(&seconds, &parts) == nullptr)
        return "?";
    return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
}

} // namespace

std::optional<Seconds> durationOfWord(const std::string &text)
{
    const auto duration = unboundedDurationOf(text);
    return duration && *duration <= LongestWordedDuration ? duration : std::nullopt;
}

std::optional<std::uint32_t> numberOfWord(const std::string &text, std::uint32_t most)
{
    std::uint32_t number = 0;
    const char *const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number > most)
        return std::nullopt;
    return number;
}

std::optional<std::pair<std::string_view, std::string>> pairOfWord(const std::string &word)
{
    const std::size_t parting = word.find('=');
    if (parting == std::string::npos || parting == 0)
        return std::nullopt;
    return std::pair(std::string_view(word).substr(0, parting), word.substr(parting + 1));
}

std::optional<Moment> momentOfWord(std::string_view word, WallTime now)
{
    if (word.ends_with('Z'))
        word.remove_suffix(1);
    const std::string today = dayText(now) + 'T';
    const bool bare = word.size() == 5 || word.size() == 8;
    const std::string whole = bare ? today + std::string(word) : std::string(word);
    constexpr std::string_view Form = "0000-00-00T00:00:00";
    const bool seconds = whole.size() == Form.size();
    if (!seconds && whole.size() != Form.size() - 3)
        return std::nullopt;
    std::array<int, 6> parts{};
    std::size_t part = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (Form[i] != '0') {
            if (whole[i] != Form[i] && !(Form[i] == 'T' && whole[i] == ' '))
                return std::nullopt;
            ++part;
        } else if (whole[i] < '0' || whole[i] > '9') {
            return std::nullopt;
        } else {
            parts[part] = parts[part] * 10 + (whole[i] - '0');
        }
    }
    const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                          std::chrono::month(static_cast<unsigned>(parts[1])),
                                          std::chrono::day(static_cast<unsigned>(parts[2]))};
    if (!day.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59)
        return std::nullopt;
    constexpr std::int64_t DayMs = 86'400'000;
    const std::int64_t clock = ((parts[3] * 60 + parts[4]) * 60 + parts[5]) * std::int64_t{1000};
    std::int64_t begin = std::chrono::sys_days(day).time_since_epoch().count() * DayMs + clock;
    if (bare && begin > now.ms)
        begin -= DayMs;
    return Moment{{begin}, {begin + (seconds ? 999 : 59'999)}};
}

std::string dayText(WallTime time)
{
    return timeText(time, "%Y-%m-%d");
}

std::string secondText(WallTime time)
{
    return timeText(time, "%Y-%m-%d %H:%M:%S");
}

} // namespace higgs::server
