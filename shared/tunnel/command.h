// SPDX-License-Identifier: GPL-3.0-or-later
// Runs one of the system's own network programs to its end: by absolute path, with an argument
// vector and a clean environment, never through a shell.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace higgs {

/// Looks in /usr/sbin, /usr/bin, /sbin and /bin only, never in $PATH. NotFound names the program.
Result<std::string> findProgram(std::string_view name);

/// The whole environment of every program that we start.
const char *const *cleanEnvironment();

/// `ip`, `wg` and `nft` take milliseconds; past this they hang.
constexpr Milliseconds CommandTimeout{10'000};

/// What a program may be given on its standard input: the largest pipe without privileges.
constexpr std::size_t MaxCommandInput = 1024UL * 1024UL;

/// Blocks until the program ends; returns its standard output. It dies with the calling thread.
/// `input` becomes its standard input (by a pipe, so that a key never lies in a file). System: it
/// could not be started, or ended with another status than 0, and the detail has its own words;
/// Timeout: it was killed.
Result<std::string> runCommand(std::string_view program, const std::vector<std::string> &arguments,
                               std::string_view input = {}, Milliseconds timeout = CommandTimeout);

/// A ruleset for nft(8), in one transaction.
Result<void> runNft(const std::string &ruleset);

/// While it lives, `ended` is called whenever a program that this thread waited for in runCommand()
/// has ended or was killed: several slow ones in one turn of the event loop are no hang, and
/// whoever watches the thread has to be told so. One a thread.
class CommandWitness
{
public:
    explicit CommandWitness(std::function<void()> ended);
    ~CommandWitness();
    CommandWitness(const CommandWitness &) = delete;
    CommandWitness &operator=(const CommandWitness &) = delete;
};

/// How long this thread has waited in runCommand() since it began, for each program no more than
/// its time limit: whoever stood still for longer than that did not wait.
Milliseconds waitedForCommands();

/// The text that a person should see of a system call's failure: "open /dev/net/tun: ...".
std::string describeErrno(std::string_view what, int error);

} // namespace higgs
