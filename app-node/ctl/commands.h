// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of higgs-nodectl: each speaks to the daemon and returns an exit code.
#pragma once

#include "shared/control/terminal.h"
#include "shared/control/terminal_program.h"

#include <span>
#include <string_view>

namespace higgs::node {

constexpr std::string_view Program = "higgs-nodectl";
constexpr std::string_view DefaultControlSocket = "/run/higgs-node/noded.sock";
constexpr Milliseconds AnswerTimeout{10'000};
/// Of what tries things: an exit that is opened for it, and some hundred attempts.
constexpr Milliseconds TrialTimeout{60'000};

std::span<const control::Command> commands();

// sharing_commands.cpp
int runStatus(const control::CommandLine &line);
int runOn(const control::CommandLine &line);
int runOff(const control::CommandLine &line);
int runPause(const control::CommandLine &line);
int runResume(const control::CommandLine &line);
int runGuests(const control::CommandLine &line);
int runEndGuest(const control::CommandLine &line);
int runHistory(const control::CommandLine &line);
int runLetter(const control::CommandLine &line); // letter_command.cpp
int runSafety(const control::CommandLine &line);
int runDiagnose(const control::CommandLine &line);
int runLog(const control::CommandLine &line);
int runRestoreNetwork(const control::CommandLine &line); // restore_command.cpp

// setting_commands.cpp
int runLimits(const control::CommandLine &line);
int runSchedule(const control::CommandLine &line);
int runSet(const control::CommandLine &line);
int runServer(const control::CommandLine &line);
int runJoin(const control::CommandLine &line);
int runAccessKey(const control::CommandLine &line);

/// What every command begins with, and how each ends that has one answer.
Result<control::BlockingControlClient> openClient(const control::CommandLine &line);
Result<control::Json> callOnce(const control::CommandLine &line, std::string_view method,
                               const control::Json &params = control::Json::object(),
                               Milliseconds timeout = AnswerTimeout);
int failedWith(const control::CommandLine &line, const Error &error);
int wrongUsage(const control::CommandLine &line, std::string_view message);
/// As JSON or as `toText` lays it out.
int show(const control::CommandLine &line, const Result<control::Json> &answer,
         const std::function<std::string(const control::Json &)> &toText);

} // namespace higgs::node
