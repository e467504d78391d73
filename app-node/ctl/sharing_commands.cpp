// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of higgs-nodectl that look at sharing, and switch it.
#include "app-node/ctl/commands.h"
#include "app-node/ctl/status_text.h"

namespace higgs::node {

using control::BlockingControlClient;
using control::CommandLine;
using control::ExitFailed;
using control::ExitOk;
using control::Json;
using control::printJson;
using control::printLine;
using control::textMember;

namespace {

// Registration goes to the server, which may be slow to be reached.
constexpr Milliseconds SharingTimeout{20'000};
constexpr std::uint64_t LongestPauseMinutes = 10'080;
constexpr std::uint64_t MostDays = 400;
constexpr std::uint64_t MostHours = 48;
constexpr std::uint64_t MostLogLines = 1'000;
constexpr std::uint64_t DefaultLogLines = 100;
constexpr std::uint64_t MostGuestNumber = INT64_MAX;

/// Follows the status until the switch has come to rest.
int followSwitch(const CommandLine &line, BlockingControlClient &client, const Json &first, bool on)
{
    Json last = first;
    const auto followed =
        control::followStatus(client, first, SharingTimeout, [&last, on](const Json &status) {
            last = status;
            const std::string state = textMember(status, "state");
            return on ? state == "sharing" || state == "limited" || state == "problem"
                      : state == "off";
        });
    if (!followed)
        return failedWith(line, followed.error());
    if (!followed->has_value() || textMember(last, "state") == "problem") {
        const std::string problem = problemLine(last);
        return failedWith(
            line, {ErrorCode::Unavailable,
                   std::string(on ? "not sharing yet, still trying: " : "not switched off yet: ") +
                       (problem.empty() ? "see 'higgs-nodectl status'" : problem)});
    }
    if (line.has("json"))
        printJson(last);
    else
        printLine(on ? "Sharing is on." + limitSentence(last) : "Sharing is off.");
    return ExitOk;
}

int setSharing(const CommandLine &line, bool on)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(line, client.error());
    if (Result<Json> subscribed = client->call("subscribe", Json::object(), AnswerTimeout);
        !subscribed)
        return failedWith(line, subscribed.error());
    if (on && line.has("agree")) {
        const Result<Json> agreed = client->call("consent", {{"agreed", true}}, AnswerTimeout);
        if (!agreed)
            return failedWith(line, agreed.error());
    }
    const Result<Json> first = client->call("setSharing", {{"on", on}}, SharingTimeout);
    if (!first && first.error().detail.starts_with("consent_required"))
        return failedWith(line, {ErrorCode::Forbidden,
                                 "guests will use the Internet from your address: if you agree, "
                                 "'higgs-nodectl on --agree'"});
    if (!first)
        return failedWith(line, first.error());
    client->discardNotifications();
    return followSwitch(line, *client, *first, on);
}

} // namespace

int runStatus(const CommandLine &line)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(line, client.error());
    return control::showStatus(Program, *client, line.has("watch"), line.has("json"), statusText);
}

int runOn(const CommandLine &line)
{
    return setSharing(line, true);
}

int runOff(const CommandLine &line)
{
    return setSharing(line, false);
}

int runPause(const CommandLine &line)
{
    const std::string &length = line.positionals().at(1);
    Json params = {{"until", "tomorrow"}};
    if (length != "tomorrow") {
        const auto minutes = control::parseNumber("MINUTES", length, 1, LongestPauseMinutes);
        if (!minutes)
            return wrongUsage(line, minutes.error().detail);
        params = {{"minutes", *minutes}};
    }
    return show(line, callOnce(line, "pause", params),
                [](const Json &status) { return "Paused." + limitSentence(status); });
}

int runResume(const CommandLine &line)
{
    return show(line, callOnce(line, "resume"),
                [](const Json &) { return std::string("The pause is over."); });
}

int runGuests(const CommandLine &line)
{
    return show(line, callOnce(line, "guests"),
                [](const Json &guests) { return guestsText(guests, wallNow()); });
}

int runEndGuest(const CommandLine &line)
{
    const auto number =
        control::parseNumber("NUMBER", line.positionals().at(1), 1, MostGuestNumber);
    if (!number)
        return wrongUsage(line, number.error().detail);
    return show(line, callOnce(line, "endGuest", {{"number", *number}}),
                [](const Json &) { return std::string("The guest's session is ended."); });
}

int runHistory(const CommandLine &line)
{
    Json params = Json::object();
    if (const auto given = line.value("days")) {
        const auto days = control::parseNumber("--days", *given, 1, MostDays);
        if (!days)
            return wrongUsage(line, days.error().detail);
        params["days"] = *days;
    }
    const auto given = line.value("hours");
    if (given) {
        const auto hours = control::parseNumber("--hours", *given, 1, MostHours);
        if (!hours)
            return wrongUsage(line, hours.error().detail);
        params["hours"] = *hours;
    }
    return show(line, callOnce(line, "history", params), given ? hoursText : historyText);
}

int runSafety(const CommandLine &line)
{
    const Result<Json> safety = callOnce(line, "safety", {{"run", line.has("run")}}, TrialTimeout);
    const int code = show(line, safety, safetyText);
    if (code != ExitOk)
        return code;
    const std::string state = textMember(*safety, "state");
    return state == "failed" || state == "unknown" ? ExitFailed : code;
}

int runDiagnose(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "diagnose", Json::object(), TrialTimeout);
    const int code = show(line, answer, control::diagnosisText);
    return code == ExitOk && !control::flagMember(*answer, "ok") ? ExitFailed : code;
}

int runLog(const CommandLine &line)
{
    const auto lines = control::parseNumber(
        "--lines", line.value("lines").value_or(std::to_string(DefaultLogLines)), 1, MostLogLines);
    if (!lines)
        return wrongUsage(line, lines.error().detail);
    return show(line, callOnce(line, "log", {{"lines", *lines}}), logText);
}

} // namespace higgs::node
