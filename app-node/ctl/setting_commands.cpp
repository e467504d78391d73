// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of higgs-nodectl that change what is kept.
#include "app-node/ctl/commands.h"
#include "app-node/ctl/status_text.h"
#include "shared/control/join.h"
#include "shared/control/terminal_input.h"
#include "shared/protocol/connection_limit.h"

#include <algorithm>
#include <array>

namespace higgs::node {

using control::CommandLine;
using control::Json;
using control::textMember;

namespace {

constexpr std::uint64_t MostGuests = protocol::MaxConnectionsLimit;
constexpr std::uint64_t MostMbps = 1'000'000;
constexpr std::uint64_t MostVolume = 1'000'000'000'000'000;
constexpr std::uint64_t MostResetDay = 28;
constexpr std::size_t LongestAccessKey = 4'096;
constexpr std::array<std::string_view, 7> Weekdays = {"mon", "tue", "wed", "thu",
                                                      "fri", "sat", "sun"};
constexpr std::uint64_t HoursPerDay = 24;

struct NumberOption
{
    const char *option;
    const char *member;
    std::uint64_t least;
    std::uint64_t most;
};
constexpr std::array Numbers = {NumberOption{"max-guests", "maxGuests", 1, MostGuests},
                                NumberOption{"up-mbps", "upMbps", 0, MostMbps},
                                NumberOption{"down-mbps", "downMbps", 0, MostMbps},
                                NumberOption{"reset-day", "resetDay", 1, MostResetDay}};

struct SwitchOption
{
    const char *option;
    const char *member;
    std::string_view yes;
    std::string_view no;
};
constexpr std::array Switches = {SwitchOption{"battery", "stopOnBattery", "stop", "share"},
                                 SwitchOption{"metered", "stopOnMetered", "stop", "share"},
                                 SwitchOption{"good-neighbour", "goodNeighbour", "on", "off"},
                                 SwitchOption{"port-mapping", "portMapping", "on", "off"}};

/// "500G", "1.5" is refused: a number, and K, M, G or T of a thousand.
Result<std::uint64_t> parseSize(std::string text)
{
    std::uint64_t unit = 1;
    constexpr std::string_view Units = "KMGT";
    const std::size_t found = text.empty() ? std::string_view::npos : Units.find(text.back());
    if (found != std::string_view::npos) {
        text.pop_back();
        for (std::size_t i = 0; i <= found; ++i)
            unit *= 1'000;
    }
    const auto number = control::parseNumber("--monthly", text, 0, MostVolume / unit);
    if (!number)
        return unexpected(number.error());
    return *number * unit;
}

Result<Json> limitParams(const CommandLine &line)
{
    Json params = Json::object();
    for (const NumberOption &each : Numbers) {
        const auto given = line.value(each.option);
        if (!given)
            continue;
        const auto number =
            control::parseNumber(std::string("--") + each.option, *given, each.least, each.most);
        if (!number)
            return unexpected(number.error());
        params[each.member] = *number;
    }
    for (const SwitchOption &each : Switches) {
        const auto given = line.value(each.option);
        if (!given)
            continue;
        if (*given != each.yes && *given != each.no)
            return unexpected(ErrorCode::InvalidArgument, std::string("--") + each.option +
                                                              " must be " + std::string(each.yes) +
                                                              " or " + std::string(each.no));
        params[each.member] = *given == each.yes;
    }
    if (const auto given = line.value("monthly")) {
        const auto size = parseSize(*given);
        if (!size)
            return unexpected(size.error());
        params["monthlyBytes"] = *size;
    }
    return params;
}

/// "mon-fri", "sat", "all": first and last day.
Result<std::pair<std::size_t, std::size_t>> parseDays(const std::string &text)
{
    if (text == "all")
        return std::pair{std::size_t{0}, Weekdays.size() - 1};
    const std::size_t dash = text.find('-');
    const auto day = [](std::string_view name) {
        return static_cast<std::size_t>(std::find(Weekdays.begin(), Weekdays.end(), name) -
                                        Weekdays.begin());
    };
    const std::size_t first = day(std::string_view(text).substr(0, dash));
    const std::size_t last =
        dash == std::string::npos ? first : day(std::string_view(text).substr(dash + 1));
    if (first >= Weekdays.size() || last >= Weekdays.size() || first > last)
        return unexpected(ErrorCode::InvalidArgument,
                          "DAYS must be all, mon ... sun, or a range such as mon-fri");
    return std::pair{first, last};
}

/// "9-17": from the first hour up to the second; "22-6" goes over midnight.
Result<std::pair<std::uint64_t, std::uint64_t>> parseHours(const std::string &text)
{
    const std::size_t dash = text.find('-');
    const auto from = control::parseNumber("HOURS", text.substr(0, dash), 0, HoursPerDay - 1);
    if (!from)
        return unexpected(from.error());
    if (dash == std::string::npos)
        return std::pair{*from, *from + 1};
    const auto to = control::parseNumber("HOURS", text.substr(dash + 1), 0, HoursPerDay);
    if (!to)
        return unexpected(to.error());
    return std::pair{*from, *to};
}

bool coversHour(std::pair<std::uint64_t, std::uint64_t> hours, std::uint64_t hour)
{
    const auto [from, to] = hours;
    return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

} // namespace

int runLimits(const CommandLine &line)
{
    const Result<Json> params = limitParams(line);
    if (!params)
        return wrongUsage(line, params.error().detail);
    return show(line, callOnce(line, "limits", *params), limitsText);
}

int runSchedule(const CommandLine &line)
{
    const auto &words = line.positionals();
    if (words.size() != 1 && words.size() != 4)
        return wrongUsage(line, "schedule DAYS HOURS on|off, such as: schedule mon-fri 9-17 off");
    if (words.size() == 1)
        return show(line, callOnce(line, "limits"), scheduleText);
    const auto days = parseDays(words[1]);
    const auto hours = parseHours(words[2]);
    if (!days || !hours)
        return wrongUsage(line, (days ? hours.error() : days.error()).detail);
    if (words[3] != "on" && words[3] != "off")
        return wrongUsage(line, "schedule DAYS HOURS must end in on or off");
    Result<Json> limits = callOnce(line, "limits");
    if (!limits)
        return failedWith(line, limits.error());
    Json schedule = memberOf(*limits, "schedule");
    if (!schedule.is_array() || schedule.size() != Weekdays.size())
        return failedWith(line, {ErrorCode::Malformed, "higgs-noded told no schedule"});
    for (std::size_t day = days->first; day <= days->second; ++day) {
        std::string text = schedule[day].is_string() ? schedule[day].get<std::string>() : "";
        text.resize(HoursPerDay, '1');
        for (std::size_t hour = 0; hour < HoursPerDay; ++hour) {
            if (coversHour(*hours, hour))
                text[hour] = words[3] == "on" ? '1' : '0';
        }
        schedule[day] = text;
    }
    return show(line, callOnce(line, "limits", {{"schedule", schedule}}), scheduleText);
}

int runSet(const CommandLine &line)
{
    const auto &words = line.positionals();
    if (words.size() == 2)
        return wrongUsage(line, "set KEY VALUE: country CC, or region RR");
    Json params = Json::object();
    if (words.size() == 3)
        params = {{"key", words[1]}, {"value", words[2]}};
    return show(line, callOnce(line, "set", params), [](const Json &settings) {
        return "country " + textMember(settings, "country") + "\nregion " +
               textMember(settings, "region");
    });
}

namespace {

int showAnsweredServer(const CommandLine &line, const Result<Json> &status)
{
    return show(line, status, [](const Json &answer) {
        const Json server = memberOf(answer, "server");
        if (!server.is_object())
            return std::string("No server is configured.");
        const std::string trust = textMember(server, "pin");
        return textMember(server, "host") + ":" +
               std::to_string(control::countMember(server, "port")) +
               (trust.empty() ? ", trusted by the system's authorities" : "\npin " + trust);
    });
}

} // namespace

int runServer(const CommandLine &line)
{
    const auto &words = line.positionals();
    const auto pin = line.value("pin");
    if (words.size() == 1 && pin)
        return wrongUsage(line, "--pin belongs to a URL");
    Json params = Json::object();
    if (words.size() == 2)
        params["url"] = words[1];
    if (pin)
        params["pin"] = *pin;
    return showAnsweredServer(
        line, callOnce(line, words.size() == 1 ? "status" : "configureServer", params));
}

int runJoin(const CommandLine &line)
{
    const Result<control::Invitation> invitation = control::acceptedInvitation(
        line, [&line] { return callOnce(line, "status", Json::object()); });
    if (!invitation && invitation.error().code == ErrorCode::InvalidArgument)
        return wrongUsage(line, invitation.error().detail);
    if (!invitation)
        return failedWith(line, invitation.error());
    Json params = control::serverParams(*invitation);
    const Result<Json> answer = callOnce(line, "configureServer", params);
    control::wipeMember(params, "accessKey");
    return showAnsweredServer(line, answer);
}

int runAccessKey(const CommandLine &line)
{
    const bool forget = line.has("forget");
    Json params = {{"key", ""}};
    if (!forget) {
        const Result<SecretText> key = control::readSecretLine("Access key: ", LongestAccessKey);
        if (!key)
            return failedWith(line, key.error());
        params["key"] = key->reveal();
    }
    const Result<Json> answer = callOnce(line, "setAccessKey", params);
    control::wipeMember(params, "key");
    return show(line, answer, [forget](const Json &) {
        return std::string(forget ? "The access key is forgotten."
                                  : "The access key is set until the daemon ends; it is not "
                                    "written down.");
    });
}

} // namespace higgs::node
