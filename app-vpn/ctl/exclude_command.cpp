// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/commands.h"
#include "app-vpn/ctl/daemon_call.h"
#include "shared/control/daemon_program.h"
#include "shared/control/terminal.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace higgs::vpn {

using control::CommandLine;
using control::ExitFailed;
using control::ExitOk;
using control::Json;
using control::textMember;

namespace {

/// The launcher that belongs to this program. The daemon knows one, too, but what a person runs is
/// not for a process to choose that parses what the network sends.
std::string ownLauncher()
{
    for (const char *place : {"higgs-exclude", "../sbin/higgs-exclude"}) {
        if (std::string path = control::besideThisProgram(place); ::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return {};
}

int describe(const CommandLine &line, const Json &answer, const std::string &reason)
{
    if (line.has("json")) {
        control::printJson(answer);
        return ExitOk;
    }
    control::printLine(reason.empty() ? "Programs can be run outside the tunnel: 'higgs-vpnctl "
                                        "exclude -- PROGRAM'."
                                      : "No program can be run outside the tunnel: " + reason);
    return reason.empty() ? ExitOk : ExitFailed;
}

} // namespace

int runExclude(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "exclude", {{"action", "describe"}}, AnswerTimeout);
    if (!answer)
        return failedWith(line, answer.error());
    const std::string launcher = ownLauncher();
    const bool able = textMember(*answer, "mechanism") == "group";
    std::string reason = able ? "" : textMember(*answer, "reason");
    if (!able && reason.empty())
        reason = "higgs-vpnd and higgs-vpnctl are of different versions";
    if (able && launcher.empty())
        reason = "higgs-exclude is not installed with higgs-vpnctl";
    if (line.positionals().size() == 1)
        return describe(line, *answer, reason);
    if (!reason.empty())
        return failedWith(
            line, {ErrorCode::Unavailable, "no program can be run outside the tunnel: " + reason});
    std::vector<std::string> words(line.positionals().begin() + 1, line.positionals().end());
    words.insert(words.begin(), {"higgs-exclude", "--"});
    std::vector<char *> argv;
    argv.reserve(words.size() + 1);
    for (std::string &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(launcher.c_str(), argv.data());
    return failedWith(line,
                      {ErrorCode::System, "cannot run " + launcher + ": " + std::strerror(errno)});
}

} // namespace higgs::vpn
