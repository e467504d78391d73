// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/commands.h"

#include <array>

namespace higgs::vpn {

namespace {

constexpr std::array<std::string_view, 1> StatusOptions = {"watch"};
constexpr std::array<std::string_view, 4> ConnectOptions = {"node", "path", "via", "wait"};
constexpr std::array<std::string_view, 1> BackOptions = {"wait"};
constexpr std::array<std::string_view, 1> ResumeOptions = {"wait"};
constexpr std::array<std::string_view, 1> ServerOptions = {"pin"};
constexpr std::array<std::string_view, 1> JoinOptions = {"yes"};
constexpr std::array<std::string_view, 1> AccessKeyOptions = {"forget"};
constexpr std::array<std::string_view, 1> LogOptions = {"lines"};
constexpr std::array<std::string_view, 1> RestoreOptions = {"data-dir"};

constexpr std::array Commands = {
    control::Command{
        "countries", "", "list the countries with somebody who shares", {}, 0, 0, runCountries},
    control::Command{"connect", "[CC[-REGION]]", "connect, by default to the fastest",
                     ConnectOptions, 0, 1, runConnect},
    control::Command{"back", "", "while switching: back to the exit before", BackOptions, 0, 0,
                     runBack},
    control::Command{
        "disconnect", "", "disconnect, and wait until it is done", {}, 0, 0, runDisconnect},
    control::Command{"pause",
                     "MINUTES",
                     "go out unprotected for a while, then connect again",
                     {},
                     1,
                     1,
                     runPause},
    control::Command{"resume", "", "end a pause now", ResumeOptions, 0, 0, runResume},
    control::Command{"status", "", "show the state and the figures", StatusOptions, 0, 0,
                     runStatus},
    control::Command{"settings", "", "show the settings", {}, 0, 0, runSettings},
    control::Command{"set", "[KEY VALUE]", "show or change a setting", {}, 0, 2, runSet},
    control::Command{"server", "[URL]", "show or choose the server", ServerOptions, 0, 1,
                     runServer},
    control::Command{"join", "[LINK]", "choose the server that an invitation names", JoinOptions, 0,
                     1, runJoin},
    control::Command{"access-key", "", "give the server's access key, read from stdin",
                     AccessKeyOptions, 0, 0, runAccessKey},
    control::Command{"exclude",
                     "[-- PROGRAM [ARGUMENT...]]",
                     "run a program outside the tunnel",
                     {},
                     0,
                     control::AnyNumber,
                     runExclude},
    control::Command{"diagnose", "", "check what a connection needs", {}, 0, 0, runDiagnose},
    control::Command{"receipt",
                     "",
                     "show what left outside the tunnel, and what could not",
                     {},
                     0,
                     0,
                     runReceipt},
    control::Command{"log", "", "show what the daemon logged last", LogOptions, 0, 0, runLog},
    control::Command{"restore-network", "", "take the kill switch and routes away in any case",
                     RestoreOptions, 0, 0, runRestoreNetwork},
};

} // namespace

std::span<const control::Command> commands()
{
    return Commands;
}

} // namespace higgs::vpn
