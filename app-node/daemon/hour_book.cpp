// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/daemon/hour_book.h"

#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/base/regular_file.h"

#include <algorithm>

namespace higgs::node {

using protocol::Json;

namespace {

/// Of the longest ledger, with its largest figures.
constexpr std::size_t MaxFile = 1'048'576;
constexpr mode_t OwnerOnly = 0600;
constexpr std::int64_t LastHour = 70'389'527; // of the year 9999
constexpr std::int64_t MsPerHour = 3'600'000;

std::optional<UtcHour> readHour(const Json &value)
{
    if (!value.is_number_integer())
        return std::nullopt;
    const auto hour = value.get<std::int64_t>();
    return hour >= FirstHour && hour <= LastHour ? std::optional(hour) : std::nullopt;
}

bool isAmount(const Json &value)
{
    return value.is_number_unsigned() && value.get<std::uint64_t>() <= MostVolume;
}

std::uint64_t amountFor(std::uint64_t bytes)
{
    return std::min(bytes, MostVolume);
}

} // namespace

Result<HourLedger> hoursFromText(std::string_view text)
{
    const Unexpected damaged = unexpected(ErrorCode::Malformed, "the hours are damaged");
    const Result<Json> file = protocol::parseJson(text, {.bytes = MaxFile});
    if (!file || !file->is_object())
        return damaged;
    const auto begun = file->find("begun");
    const auto hours = file->find("hours");
    if (begun == file->end() || (!begun->is_null() && !readHour(*begun)) || hours == file->end() ||
        !hours->is_array() || hours->size() > MostHours)
        return damaged;
    HourLedger ledger;
    if (!begun->is_null())
        ledger.begin(*readHour(*begun));
    for (const Json &each : *hours) {
        const bool whole = each.is_array() && each.size() == 4 && readHour(each[0]) &&
                           std::all_of(each.begin() + 1, each.end(), isAmount);
        if (!whole)
            return damaged;
        ledger.setHour(*readHour(each[0]),
                       {each[1].get<std::uint64_t>(), each[2].get<std::uint64_t>(),
                        each[3].get<std::uint64_t>()});
    }
    return ledger;
}

std::string hoursToText(const HourLedger &ledger)
{
    Json hours = Json::array();
    for (const auto &[hour, moved] : ledger.hours())
        hours.push_back(Json::array(
            {hour, amountFor(moved.rxBytes), amountFor(moved.txBytes), amountFor(moved.guests)}));
    Json file{{"begun", nullptr}, {"hours", hours}};
    if (ledger.begun())
        file["begun"] = *ledger.begun();
    return protocol::dumpJson(file) + "\n";
}

Json hourJson(const HourLedger &ledger, WallTime at, WallTime now)
{
    const UtcHour hour = hourOf(at);
    const std::optional<DayUsage> moved = ledger.on(hour, hourOf(now));
    Json answer{{"from", hour * MsPerHour},
                {"to", (hour + 1) * MsPerHour},
                {"known", moved.has_value()},
                {"knownSince", nullptr}};
    if (ledger.begun())
        answer["knownSince"] = *ledger.begun() * MsPerHour;
    if (moved) {
        answer["rxBytes"] = moved->rxBytes;
        answer["txBytes"] = moved->txBytes;
        answer["guests"] = moved->guests;
    }
    return answer;
}

Json hoursJson(const HourLedger &ledger, WallTime now, UtcHour count)
{
    const UtcHour last = hourOf(now);
    const auto &all = ledger.hours();
    Json hours = Json::array();
    for (auto each = all.upper_bound(last - count); each != all.upper_bound(last); ++each)
        hours.push_back({{"from", each->first * MsPerHour},
                         {"rxBytes", each->second.rxBytes},
                         {"txBytes", each->second.txBytes},
                         {"guests", each->second.guests}});
    return hours;
}

HourBook::HourBook(const std::string &dataDir) : m_path(dataDir + "/hours.json")
{
    const Result<std::string> text = readRegularFile(m_path, MaxFile);
    if (!text && text.error().code == ErrorCode::NotFound)
        return;
    if (const auto ledger = text ? hoursFromText(*text) : unexpected(text.error())) {
        m_kept = *ledger;
        return;
    }
    const Result<std::string> beside = replaceKeeping(m_path, hoursToText({}), OwnerOnly);
    log::warning("noded", "the hours cannot be read: they are counted anew",
                 {{"kept", beside ? *beside : beside.error().detail}});
}

void HourBook::keep(const HourLedger &ledger, Monotonic now, bool last)
{
    // An hour in which something begins is written down at once: a power loss may make it less, but
    // not nothing.
    const bool begins =
        ledger.begun() != m_kept.begun() || ledger.hours().size() != m_kept.hours().size();
    const bool due = last || begins || !m_written || now - *m_written >= Pause;
    if (!due || ledger == m_kept || !ledger.begun())
        return;
    m_written = now; // also where it fails: a full disk is not asked all the time
    if (const auto done = replaceFile(m_path, hoursToText(ledger), OwnerOnly); done)
        m_kept = ledger;
    else
        log::sampled(log::Level::Warning, "noded", "cannot keep the hours", "",
                     {{"error", done.error().detail}});
}

} // namespace higgs::node
