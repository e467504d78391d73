// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/commands.h"
#include "app-vpn/ctl/daemon_call.h"
#include "app-vpn/ctl/status_text.h"
#include "shared/base/ids.h"
#include "shared/control/place_text.h"
#include "shared/control/terminal.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace higgs::vpn {

using control::BlockingControlClient;
using control::CommandLine;
using control::ExitOk;
using control::hasMember;
using control::Json;
using control::printJson;
using control::printLine;
using control::textMember;

namespace {

constexpr Milliseconds DisconnectTimeout{30'000};
constexpr std::uint64_t DefaultWaitSeconds = 30;
constexpr std::uint64_t LongestWaitSeconds = 86'400;
constexpr std::uint64_t LongestPauseMinutes = 1440;

Result<Json> connectParams(const CommandLine &line)
{
    Json params = Json::object();
    if (line.positionals().size() > 1) {
        const std::string &given = line.positionals()[1];
        // What is no country here may be one for a daemon that is newer.
        const Result<protocol::PlaceCode> known = control::parsePlaceText(given);
        const std::string place = known ? known->text : given;
        const std::string country = place.substr(0, 2);
        const bool letters = country.size() == 2 &&
                             std::all_of(country.begin(), country.end(),
                                         [](unsigned char c) { return std::isalpha(c) != 0; });
        if (!letters || (place.size() > 2 && place[2] != '-'))
            return unexpected(ErrorCode::InvalidArgument,
                              "a country is two letters, such as DE, a region DE-BE: " + place);
        params["country"] = country;
        if (place.size() > 2)
            params["region"] = place;
    }
    if (const auto node = line.value("node")) {
        if (!isUuid(*node))
            return unexpected(ErrorCode::InvalidArgument, "--node must be a node's id (a UUID)");
        params["nodeId"] = *node;
    }
    if (const auto path = line.value("path")) {
        constexpr std::array<std::string_view, 4> Kinds = {"auto", "relay", "direct", "turn"};
        if (std::find(Kinds.begin(), Kinds.end(), *path) == Kinds.end())
            return unexpected(ErrorCode::InvalidArgument,
                              "--path must be auto, relay, direct or turn");
        params["path"] = *path;
    }
    if (const auto via = line.value("via"))
        params["via"] = *via;
    return params;
}

int reportConnected(const Json &status, Milliseconds took, bool json)
{
    if (json) {
        printJson(status);
        return ExitOk;
    }
    const std::string address = textMember(status, "exitIp");
    char seconds[32];
    std::snprintf(seconds, sizeof(seconds), "%.2f s", static_cast<double>(took.count()) / 1000);
    const std::string path = textMember(status, "path");
    printLine("Connected to " + control::countryText(textMember(status, "country")) +
              (path == "direct" ? " directly" : " by " + path) + " after " + seconds +
              (address.empty() ? "" : ": your address is now " + address));
    return ExitOk;
}

int waitConnected(BlockingControlClient &client, const Json &first, const CommandLine &line,
                  Seconds wait, Monotonic begun)
{
    // A blocked client goes on trying, slowly: somebody who names a time wants to wait for that.
    const bool patient = !line.value("wait").value_or("").empty();
    Json last = first;
    const auto followed = control::followStatus(client, first, wait, [&](const Json &status) {
        last = status;
        const std::string state = textMember(status, "state");
        return state == "connected" || state == "disconnected" || (state == "blocked" && !patient);
    });
    if (!followed)
        return failedWith(line, followed.error());
    const std::string state = textMember(last, "state");
    if (state == "connected" && hasMember(last, "switchFault"))
        return failedWith(line, {ErrorCode::Unavailable, switchFaultLine(last)});
    if (state == "connected")
        return reportConnected(last, std::chrono::floor<Milliseconds>(monotonicNow() - begun),
                               line.has("json"));
    std::string problem = problemLine(last);
    if (problem.empty())
        problem = state == "disconnected" ? "somebody disconnected" : "no answer so far";
    if (state == "disconnected")
        return failedWith(line, {ErrorCode::Unavailable, "not connected: " + problem});
    const auto took = std::chrono::round<Seconds>(monotonicNow() - begun);
    return failedWith(line, {ErrorCode::Timeout,
                             "not connected after " + std::to_string(took.count()) +
                                 " s, still trying, and nothing leaves this machine (" +
                                 "'higgs-vpnctl disconnect' gives the line back): " + problem});
}

/// Seconds, as --wait has them or by default.
Result<Seconds> waitTime(const CommandLine &line)
{
    const std::string seconds = line.value("wait").value_or("");
    if (seconds.empty())
        return Seconds(DefaultWaitSeconds);
    const Result<std::uint64_t> wait =
        control::parseNumber("--wait", seconds, 1, LongestWaitSeconds);
    if (!wait)
        return unexpected(wait.error());
    return Seconds(*wait);
}

/// Asks for a connection in some way, and waits for it if told to.
int beginConnection(const CommandLine &line, std::string_view method, const Json &params)
{
    const Result<Seconds> wait = waitTime(line);
    if (!wait)
        return wrongUsage(line, wait.error().detail);
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(line, client.error());
    const Monotonic begun = monotonicNow();
    // Before the request, so that no change of state is missed.
    if (Result<Json> subscribed = client->call("subscribe", Json::object(), AnswerTimeout);
        !subscribed)
        return failedWith(line, subscribed.error());
    // The daemon answers when its block stands, for which a busy machine needs its time: who said
    // how long to wait is not told of a failure before.
    const Milliseconds patience =
        line.has("wait") ? std::max<Milliseconds>(AnswerTimeout, *wait) : AnswerTimeout;
    const Result<Json> status = client->call(method, params, patience);
    if (!status)
        return failedWith(line, status.error());
    // What was told before the answer must not be taken for the outcome of the request.
    client->discardNotifications();
    if (line.has("wait"))
        return waitConnected(*client, *status, line, *wait, begun);
    return done(line, *status, "Connecting: 'higgs-vpnctl status --watch' shows how it goes.");
}

} // namespace

int runStatus(const CommandLine &line)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(line, client.error());
    return control::showStatus(Program, *client, line.has("watch"), line.has("json"),
                               [](const Json &status) { return statusText(status, wallNow()); });
}

int runCountries(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "countries", Json::object(), ServerTimeout);
    if (!answer)
        return failedWith(line, answer.error());
    if (line.has("json"))
        printJson(*answer);
    else
        printLine(countriesText(*answer));
    return ExitOk;
}

int runConnect(const CommandLine &line)
{
    const Result<Json> params = connectParams(line);
    if (!params)
        return wrongUsage(line, params.error().detail);
    return beginConnection(line, "connect", *params);
}

int runBack(const CommandLine &line)
{
    return beginConnection(line, "cancelSwitch", Json::object());
}

int runResume(const CommandLine &line)
{
    return beginConnection(line, "resume", Json::object());
}

int runDisconnect(const CommandLine &line)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(line, client.error());
    if (Result<Json> subscribed = client->call("subscribe", Json::object(), AnswerTimeout);
        !subscribed)
        return failedWith(line, subscribed.error());
    const Result<Json> status = client->call("disconnect", Json::object(), DisconnectTimeout);
    if (!status)
        return failedWith(line, status.error());
    client->discardNotifications();
    const auto followed =
        control::followStatus(*client, *status, DisconnectTimeout, [](const Json &each) {
            return textMember(each, "state") != "disconnecting";
        });
    if (!followed)
        return failedWith(line, followed.error());
    if (!followed->has_value())
        return failedWith(line, {ErrorCode::Timeout, "still not disconnected: 'higgs-vpnctl "
                                                     "restore-network' gives the machine back"});
    const std::string state = textMember(**followed, "state");
    if (textMember(**followed, "problem") == "not_restored")
        return failedWith(line,
                          {ErrorCode::System,
                           (state == "disconnected" ? "disconnected, but " : "not disconnected: ") +
                               problemLine(**followed)});
    if (state != "disconnected" && !isLockedDown(**followed))
        return failedWith(line, {ErrorCode::Unavailable, "not disconnected: see 'higgs-vpnctl "
                                                         "status'"});
    const std::string sentence =
        isLockedDown(**followed)
            ? "Disconnected. Lockdown is on, so nothing leaves this machine: 'higgs-vpnctl "
              "set lockdown off' opens the line."
            : "Disconnected: the network is as it was, your traffic is not protected.";
    return done(line, **followed, sentence + noteOf(*status));
}

int runPause(const CommandLine &line)
{
    const Result<std::uint64_t> minutes =
        control::parseNumber("MINUTES", line.positionals()[1], 1, LongestPauseMinutes);
    if (!minutes)
        return wrongUsage(line, minutes.error().detail);
    const Result<Json> status = callOnce(line, "pause", {{"minutes", *minutes}}, DisconnectTimeout);
    if (!status)
        return failedWith(line, status.error());
    const std::string until = pauseEnd(*status);
    return done(line, *status,
                "Paused" + (until.empty() ? "" : " until " + until) +
                    ": traffic goes out unprotected. 'higgs-vpnctl resume' ends it.");
}

} // namespace higgs::vpn
