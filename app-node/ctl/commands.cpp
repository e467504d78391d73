// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/ctl/commands.h"

#include "app-node/ctl/status_text.h"
#include "shared/control/terminal.h"

#include <array>

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

constexpr Milliseconds AnswerTimeout{10'000};
// Registration goes to the server, which may be slow to be reached.
constexpr Milliseconds SharingTimeout{20'000};
constexpr std::uint64_t MostGuests = 10'000; // capabilities.maxConnections on the wire
constexpr std::uint64_t MostMbps = 1'000'000;

Result<BlockingControlClient> openClient(const CommandLine &line)
{
    return control::openDaemon(line.value("control").value_or(std::string(DefaultControlSocket)),
                               "higgs-noded",
                               "'systemctl start higgs-noded' or 'higgs-noded --server URL'");
}

int failedWith(const Error &error)
{
    return control::failed(Program, error.detail);
}

Result<Json> callOnce(const CommandLine &line, std::string_view method,
                      const Json &params = Json::object())
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return unexpected(client.error());
    return client->call(method, params, AnswerTimeout);
}

int runStatus(const CommandLine &line)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(client.error());
    return control::showStatus(Program, *client, line.has("watch"), line.has("json"), statusText);
}

int setSharing(const CommandLine &line, bool on)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(client.error());
    if (Result<Json> subscribed = client->call("subscribe", Json::object(), AnswerTimeout);
        !subscribed)
        return failedWith(subscribed.error());
    const Result<Json> first = client->call("setSharing", {{"on", on}}, AnswerTimeout);
    if (!first)
        return failedWith(first.error());
    client->discardNotifications();
    Json last = *first;
    const auto followed =
        control::followStatus(*client, *first, SharingTimeout, [&last, on](const Json &status) {
            last = status;
            const std::string state = textMember(status, "state");
            return on ? state == "sharing" || state == "limited" || state == "problem"
                      : state == "off";
        });
    if (!followed)
        return failedWith(followed.error());
    if (!followed->has_value() || textMember(last, "state") == "problem") {
        const std::string problem = problemLine(last);
        return control::failed(
            Program,
            std::string(on ? "not sharing yet, still trying: " : "not switched off yet: ") +
                (problem.empty() ? "see 'higgs-nodectl status'" : problem));
    }
    if (line.has("json"))
        printJson(last);
    else
        printLine(on ? "Sharing is on." : "Sharing is off.");
    return ExitOk;
}

int runOn(const CommandLine &line)
{
    return setSharing(line, true);
}

int runOff(const CommandLine &line)
{
    return setSharing(line, false);
}

int runLimits(const CommandLine &line)
{
    struct Limit
    {
        const char *option;
        const char *member;
        std::uint64_t least;
        std::uint64_t most;
    };
    constexpr std::array Limits = {Limit{"max-guests", "maxGuests", 1, MostGuests},
                                   Limit{"up-mbps", "upMbps", 0, MostMbps},
                                   Limit{"down-mbps", "downMbps", 0, MostMbps}};
    Json params = Json::object();
    for (const Limit &limit : Limits) {
        const std::optional<std::string> given = line.value(limit.option);
        if (!given)
            continue;
        const Result<std::uint64_t> number =
            control::parseNumber(std::string("--") + limit.option, *given, limit.least, limit.most);
        if (!number)
            return control::usageError(Program, number.error().detail);
        params[limit.member] = *number;
    }
    const Result<Json> limits = callOnce(line, "limits", params);
    if (!limits)
        return failedWith(limits.error());
    if (line.has("json"))
        printJson(*limits);
    else
        printLine(limitsText(*limits));
    return ExitOk;
}

int runGuests(const CommandLine &line)
{
    const Result<Json> guests = callOnce(line, "guests");
    if (!guests)
        return failedWith(guests.error());
    if (line.has("json"))
        printJson(*guests);
    else
        printLine(guestsText(*guests, wallNow()));
    return ExitOk;
}

int runDiagnose(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "diagnose");
    if (!answer)
        return failedWith(answer.error());
    if (line.has("json"))
        printJson(*answer);
    else
        printLine(control::diagnosisText(*answer));
    return control::flagMember(*answer, "ok") ? ExitOk : ExitFailed;
}

constexpr std::array<std::string_view, 1> StatusOptions = {"watch"};
constexpr std::array<std::string_view, 3> LimitOptions = {"max-guests", "up-mbps", "down-mbps"};

constexpr std::array Commands = {
    control::Command{"status", "", "show the state and the figures", StatusOptions, 0, 0,
                     runStatus},
    control::Command{"on", "", "share this connection", {}, 0, 0, runOn},
    control::Command{"off", "", "stop sharing, and let the guests go", {}, 0, 0, runOff},
    control::Command{"limits", "", "show or change the limits", LimitOptions, 0, 0, runLimits},
    control::Command{"guests", "", "list the guests of the moment", {}, 0, 0, runGuests},
    control::Command{"diagnose", "", "check what sharing needs", {}, 0, 0, runDiagnose},
};

} // namespace

std::span<const control::Command> commands()
{
    return Commands;
}

} // namespace higgs::node
