// SPDX-License-Identifier: GPL-3.0-or-later
// What the command-line programs share: exit codes, one-line errors, figures for people, and the
// first connection to a daemon.
#pragma once

#include "shared/control/blocking_control_client.h"

#include <functional>
#include <string>
#include <string_view>

namespace higgs::control {

constexpr int ExitOk = 0;
constexpr int ExitFailed = 1;
constexpr int ExitUsage = 2;

/// "program: message" as one line on stderr; returns ExitFailed.
int failed(std::string_view program, std::string_view message);
/// The same with where to read more; returns ExitUsage.
int usageError(std::string_view program, std::string_view message);

/// How a program says that it failed: one line on stderr in any case, with `json` the document
/// {"error":{"code":"unavailable","message":"..."}}, whose codes are those of ErrorCode, and
/// "usage". Returns ExitFailed and ExitUsage.
int failed(std::string_view program, const Error &error, bool json);
int usageError(std::string_view program, std::string_view message, bool json);

/// `text` as one line that a terminal cannot take for commands: what a daemon, a server or a file
/// says may hold escape sequences. What controlLength() knows becomes a space.
std::string plainLine(std::string_view text);

/// To stdout, with a newline. What does not arrive is known to outputFailed() and finished().
void printLine(std::string_view text);
/// To stdout: indented, or on one line for a stream of documents.
void printJson(const Json &json, bool oneLine = false);

/// Whether something that was printed did not reach stdout: a full disk, a closed descriptor.
bool outputFailed();

/// The first thing in main(): standard descriptors that the caller closed are taken by something
/// that fails at use, or the next socket would be one of them and get what is printed.
void holdStandardStreams();

/// The last thing in main(): `code`, or ExitFailed, with a sentence, when it was ExitOk and
/// outputFailed().
int finished(std::string_view program, int code);

/// Connects, or says in one sentence what a person should do. `startHint` is how `daemon` is
/// started.
Result<BlockingControlClient> openDaemon(const std::string &path, std::string_view daemon,
                                         std::string_view startHint);

/// Follows the "status" notifications of a client that has subscribed, from `first` on, until
/// `done` says so; nullopt when the time is over first.
Result<std::optional<Json>> followStatus(BlockingControlClient &client, Json first,
                                         Milliseconds timeout,
                                         const std::function<bool(const Json &)> &done);

/// The whole of `status [--json] [--watch]`: prints once, or goes on with every notification until
/// the daemon goes away. Returns the exit code.
int showStatus(std::string_view program, BlockingControlClient &client, bool watch, bool json,
               const std::function<std::string(const Json &)> &toText);

/// The answer to "diagnose": one line per check, without the last newline.
std::string diagnosisText(const Json &answer);

/// "1.5 GiB", "312 B".
std::string bytesText(std::uint64_t bytes);
/// "3 h 04 min", "12 s".
std::string durationText(Milliseconds duration);
/// "Germany (DE)"; the code alone when it names no country.
std::string countryText(std::string_view code);

/// Members of an object from the daemon, total on anything: empty, 0 or false when absent, null or
/// of another type. A text is made a plainLine().
std::string textMember(const Json &object, const char *name);
double numberMember(const Json &object, const char *name);
/// A count of anything: whole, and never below 0.
std::uint64_t countMember(const Json &object, const char *name);
/// 1970 when it is no moment up to the end of 9999.
WallTime momentMember(const Json &object, const char *name);
bool flagMember(const Json &object, const char *name);
bool hasMember(const Json &object, const char *name);

} // namespace higgs::control
