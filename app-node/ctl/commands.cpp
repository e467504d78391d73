// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/ctl/commands.h"

#include <array>

namespace higgs::node {

using control::BlockingControlClient;
using control::CommandLine;
using control::Json;

namespace {

constexpr std::array<std::string_view, 1> StatusOptions = {"watch"};
constexpr std::array<std::string_view, 1> OnOptions = {"agree"};
constexpr std::array<std::string_view, 9> LimitOptions = {
    "max-guests", "up-mbps", "down-mbps",      "monthly",     "reset-day",
    "battery",    "metered", "good-neighbour", "port-mapping"};
constexpr std::array<std::string_view, 2> HistoryOptions = {"days", "hours"};
constexpr std::array<std::string_view, 1> SafetyOptions = {"run"};
constexpr std::array<std::string_view, 1> ServerOptions = {"pin"};
constexpr std::array<std::string_view, 1> JoinOptions = {"yes"};
constexpr std::array<std::string_view, 1> AccessKeyOptions = {"forget"};
constexpr std::array<std::string_view, 1> LogOptions = {"lines"};
constexpr std::array<std::string_view, 1> RestoreOptions = {"data-dir"};

constexpr std::array Commands = {
    control::Command{"status", "", "show the state and the figures", StatusOptions, 0, 0,
                     runStatus},
    control::Command{"on", "", "share this connection", OnOptions, 0, 0, runOn},
    control::Command{"off", "", "stop sharing, and let the guests go", {}, 0, 0, runOff},
    control::Command{"pause",
                     "MINUTES|tomorrow",
                     "share nothing for a while, or until tomorrow at six",
                     {},
                     1,
                     1,
                     runPause},
    control::Command{"resume", "", "end a pause now", {}, 0, 0, runResume},
    control::Command{"limits", "", "show or change the limits", LimitOptions, 0, 0, runLimits},
    control::Command{"schedule",
                     "[DAYS HOURS on|off]",
                     "show or change the hours of sharing (schedule mon-fri 9-17 off)",
                     {},
                     0,
                     3,
                     runSchedule},
    control::Command{"guests", "", "list the guests of the moment", {}, 0, 0, runGuests},
    control::Command{"end-guest", "NUMBER", "end one guest's session", {}, 1, 1, runEndGuest},
    control::Command{"history", "", "show what was moved, by day or hour", HistoryOptions, 0, 0,
                     runHistory},
    control::Command{"letter",
                     "TIME",
                     "say what was shared at a moment, and write it to your provider",
                     {},
                     1,
                     1,
                     runLetter},
    control::Command{"safety", "", "show what the self-test tried, or run it", SafetyOptions, 0, 0,
                     runSafety},
    control::Command{"set", "[KEY VALUE]", "show or change country and region", {}, 0, 2, runSet},
    control::Command{"server", "[URL]", "show or choose the server", ServerOptions, 0, 1,
                     runServer},
    control::Command{"join", "[LINK]", "choose the server that an invitation names", JoinOptions, 0,
                     1, runJoin},
    control::Command{"access-key", "", "give the server's access key, read from stdin",
                     AccessKeyOptions, 0, 0, runAccessKey},
    control::Command{"diagnose", "", "check what sharing needs", {}, 0, 0, runDiagnose},
    control::Command{"log", "", "show what the daemon logged last", LogOptions, 0, 0, runLog},
    control::Command{"restore-network", "", "end sharing and give the machine back in any case",
                     RestoreOptions, 0, 0, runRestoreNetwork},
};

} // namespace

std::span<const control::Command> commands()
{
    return Commands;
}

Result<BlockingControlClient> openClient(const CommandLine &line)
{
    return control::openDaemon(line.value("control").value_or(std::string(DefaultControlSocket)),
                               "higgs-noded",
                               "'systemctl start higgs-noded' or 'higgs-noded --server URL'");
}

int failedWith(const CommandLine &line, const Error &error)
{
    return control::failed(Program, error, line.has("json"));
}

int wrongUsage(const CommandLine &line, std::string_view message)
{
    return control::usageError(Program, message, line.has("json"));
}

Result<Json> callOnce(const CommandLine &line, std::string_view method, const Json &params,
                      Milliseconds timeout)
{
    Result<BlockingControlClient> client = openClient(line);
    if (!client)
        return unexpected(client.error());
    return client->call(method, params, timeout);
}

int show(const CommandLine &line, const Result<Json> &answer,
         const std::function<std::string(const Json &)> &toText)
{
    if (!answer)
        return failedWith(line, answer.error());
    if (line.has("json"))
        control::printJson(*answer);
    else
        control::printLine(toText(*answer));
    return control::ExitOk;
}

} // namespace higgs::node
