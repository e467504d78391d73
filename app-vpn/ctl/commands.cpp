// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/commands.h"

#include "app-vpn/ctl/status_text.h"
#include "shared/base/ids.h"
#include "shared/control/control_socket.h"
#include "shared/control/terminal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstring>
#include <unistd.h>

namespace higgs::vpn {

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
// The daemon asks the server, which may itself be slow to be reached.
constexpr Milliseconds ServerTimeout{30'000};
constexpr Milliseconds DisconnectTimeout{30'000};
constexpr std::uint64_t DefaultWaitSeconds = 30;
constexpr std::uint64_t LongestWaitSeconds = 86'400;

std::string socketPath(const CommandLine &line)
{
    return line.value("control").value_or(std::string(DefaultControlSocket));
}

Result<BlockingControlClient> openClient(const CommandLine &line)
{
    return control::openDaemon(socketPath(line), "higgs-vpnd",
                               "'systemctl start higgs-vpnd' or 'higgs-vpnd --server URL'");
}

int failedWith(const Error &error)
{
    return control::failed(Program, error.detail);
}

Result<Json> callOnce(const CommandLine &line, std::string_view method, const Json &params,
                      Milliseconds timeout)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return unexpected(client.error());
    return client->call(method, params, timeout);
}

int runStatus(const CommandLine &line)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(client.error());
    return control::showStatus(Program, *client, line.has("watch"), line.has("json"),
                               [](const Json &status) { return statusText(status, wallNow()); });
}

int runCountries(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "countries", Json::object(), ServerTimeout);
    if (!answer)
        return failedWith(answer.error());
    if (line.has("json"))
        printJson(*answer);
    else
        printLine(countriesText(*answer));
    return ExitOk;
}

Result<Json> connectParams(const CommandLine &line)
{
    Json params = Json::object();
    if (line.positionals().size() > 1) {
        std::string country = line.positionals()[1];
        const bool letters = country.size() == 2 &&
                             std::all_of(country.begin(), country.end(),
                                         [](unsigned char c) { return std::isalpha(c) != 0; });
        if (!letters)
            return unexpected(ErrorCode::InvalidArgument,
                              "a country is two letters, such as DE: " + country);
        params["country"] = country;
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
    printLine("Connected to " + control::countryText(textMember(status, "country")) + " by " +
              textMember(status, "path") + " after " + seconds +
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
        return failedWith(followed.error());
    const std::string state = textMember(last, "state");
    if (state == "connected")
        return reportConnected(last, std::chrono::floor<Milliseconds>(monotonicNow() - begun),
                               line.has("json"));
    std::string problem = problemLine(last);
    if (problem.empty())
        problem = state == "disconnected" ? "somebody disconnected" : "no answer so far";
    if (state == "disconnected")
        return control::failed(Program, "not connected: " + problem);
    const auto took = std::chrono::round<Seconds>(monotonicNow() - begun);
    return control::failed(Program,
                           "not connected after " + std::to_string(took.count()) +
                               " s, still trying, and nothing leaves this machine (" +
                               "'higgs-vpnctl disconnect' gives the line back): " + problem);
}

int runConnect(const CommandLine &line)
{
    const Result<Json> params = connectParams(line);
    if (!params)
        return control::usageError(Program, params.error().detail);
    const std::string seconds = line.value("wait").value_or("");
    const Result<std::uint64_t> wait =
        seconds.empty() ? Result<std::uint64_t>(DefaultWaitSeconds)
                        : control::parseNumber("--wait", seconds, 1, LongestWaitSeconds);
    if (!wait)
        return control::usageError(Program, wait.error().detail);
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(client.error());
    const Monotonic begun = monotonicNow();
    // Before the request, so that no change of state is missed.
    if (Result<Json> subscribed = client->call("subscribe", Json::object(), AnswerTimeout);
        !subscribed)
        return failedWith(subscribed.error());
    // What was told before the answer must not be taken for the outcome of the request.
    const Result<Json> status = client->call("connect", *params, AnswerTimeout);
    if (!status)
        return failedWith(status.error());
    client->discardNotifications();
    if (line.has("wait"))
        return waitConnected(*client, *status, line, Seconds(*wait), begun);
    if (line.has("json"))
        printJson(*status);
    else
        printLine("Connecting: 'higgs-vpnctl status --watch' shows how it goes.");
    return ExitOk;
}

int runDisconnect(const CommandLine &line)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return failedWith(client.error());
    if (Result<Json> subscribed = client->call("subscribe", Json::object(), AnswerTimeout);
        !subscribed)
        return failedWith(subscribed.error());
    const Result<Json> status = client->call("disconnect", Json::object(), AnswerTimeout);
    if (!status)
        return failedWith(status.error());
    client->discardNotifications();
    const auto followed =
        control::followStatus(*client, *status, DisconnectTimeout, [](const Json &each) {
            return textMember(each, "state") == "disconnected";
        });
    if (!followed)
        return failedWith(followed.error());
    if (!followed->has_value())
        return control::failed(Program, "still not disconnected: 'higgs-vpnctl restore-network' "
                                        "gives the machine back");
    if (line.has("json"))
        printJson(**followed);
    else
        printLine("Disconnected: the network is as it was.");
    return ExitOk;
}

int runSet(const CommandLine &line)
{
    Json params = Json::object();
    if (line.positionals().size() == 2)
        return control::usageError(Program, "usage: set [KEY VALUE]");
    if (line.positionals().size() == 3)
        params = {{"key", line.positionals()[1]}, {"value", line.positionals()[2]}};
    const Result<Json> settings = callOnce(line, "set", params, AnswerTimeout);
    if (!settings)
        return failedWith(settings.error());
    if (line.has("json")) {
        printJson(*settings);
        return ExitOk;
    }
    for (const auto &[key, value] : settings->items())
        printLine(key + " = " + (value.is_string() ? value.get<std::string>() : value.dump()));
    return ExitOk;
}

int runDiagnose(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "diagnose", Json::object(), ServerTimeout);
    if (!answer)
        return failedWith(answer.error());
    if (line.has("json"))
        printJson(*answer);
    else
        printLine(control::diagnosisText(*answer));
    return control::flagMember(*answer, "ok") ? ExitOk : ExitFailed;
}

/// Replaces this process by the daemon's offline restore; returns only when that cannot be started.
int restoreOffline(const CommandLine &line)
{
    std::vector<std::string> arguments = {"higgs-vpnd", "--restore-network"};
    const std::string dataDir =
        line.value("data-dir").value_or(control::lastDaemonNote(socketPath(line)));
    if (!dataDir.empty()) {
        arguments.emplace_back("--data-dir");
        arguments.push_back(dataDir);
    }
    arguments.emplace_back("--control");
    arguments.push_back(socketPath(line));
    std::vector<char *> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string &argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::array<char, PATH_MAX> self{};
    const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
    if (length > 0) {
        const std::string own(self.data(), static_cast<std::size_t>(length));
        const std::string beside = own.substr(0, own.rfind('/') + 1) + "higgs-vpnd";
        ::execv(beside.c_str(), argv.data());
    }
    ::execvp("higgs-vpnd", argv.data());
    return control::failed(Program, std::string("higgs-vpnd does not answer and cannot be run: ") +
                                        std::strerror(errno));
}

int runRestoreNetwork(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "restoreNetwork", Json::object(), ServerTimeout);
    if (!answer && answer.error().code == ErrorCode::Unavailable)
        return restoreOffline(line);
    if (!answer)
        return failedWith(answer.error());
    if (line.has("json"))
        printJson(*answer);
    else
        printLine("The network is as it was before.");
    return ExitOk;
}

constexpr std::array<std::string_view, 1> StatusOptions = {"watch"};
constexpr std::array<std::string_view, 4> ConnectOptions = {"node", "path", "via", "wait"};
constexpr std::array<std::string_view, 1> RestoreOptions = {"data-dir"};

constexpr std::array Commands = {
    control::Command{
        "countries", "", "list the countries with somebody who shares", {}, 0, 0, runCountries},
    control::Command{"connect", "[CC]", "connect, by default to the fastest", ConnectOptions, 0, 1,
                     runConnect},
    control::Command{
        "disconnect", "", "disconnect, and wait until it is done", {}, 0, 0, runDisconnect},
    control::Command{"status", "", "show the state and the figures", StatusOptions, 0, 0,
                     runStatus},
    control::Command{"set", "[KEY VALUE]", "show or change a setting", {}, 0, 2, runSet},
    control::Command{"diagnose", "", "check what a connection needs", {}, 0, 0, runDiagnose},
    control::Command{"restore-network", "", "take the kill switch and routes away in any case",
                     RestoreOptions, 0, 0, runRestoreNetwork},
};

} // namespace

std::span<const control::Command> commands()
{
    return Commands;
}

} // namespace higgs::vpn
