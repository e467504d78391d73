// SPDX-License-Identifier: GPL-3.0-or-later
// What every command does: reach the daemon, ask, and say in one line what went wrong.
#pragma once

#include "shared/control/blocking_control_client.h"
#include "shared/control/command_line.h"

namespace higgs::vpn {

constexpr Milliseconds AnswerTimeout{10'000};
/// The daemon asks the server, which may itself be slow to be reached.
constexpr Milliseconds ServerTimeout{30'000};

std::string socketPath(const control::CommandLine &line);

/// Unavailable or Permission with a sentence that says what to do.
Result<control::BlockingControlClient> openClient(const control::CommandLine &line);

Result<control::Json> callOnce(const control::CommandLine &line, std::string_view method,
                               const control::Json &params, Milliseconds timeout);

/// As one line or, with --json, one document on stderr; returns the exit code.
int failedWith(const control::CommandLine &line, const Error &error);
int wrongUsage(const control::CommandLine &line, std::string_view message);

/// What an answer says besides, as the sentence after the first; empty: nothing.
std::string noteOf(const control::Json &answer);

/// The answer of a command that has a sentence for it: that, or the document with --json.
int done(const control::CommandLine &line, const control::Json &answer, std::string_view sentence);

} // namespace higgs::vpn
