// SPDX-License-Identifier: GPL-3.0-or-later
// The commands with which an operator speaks to the server: words to verbs, answers to lines.
#pragma once

#include "server/admin/admin_line.h"
#include "server/config.h"

#include <span>

namespace higgs::server {

/// What a command has at hand: the way to the server, which is opened by the first call, so that a
/// wrong usage is told without one.
class CommandLink
{
public:
    explicit CommandLink(const Config &config) : m_config(config) {}

    Result<protocol::Json> call(std::string_view verb, const protocol::Json &params);

private:
    const Config &m_config;
    std::optional<AdminLine> m_line;
};

/// Prints to stdout; errors go to stderr in one line. The exit code: 0, 1 failed, 2 wrong usage.
using RunAdminCommand = int (*)(CommandLink &link, std::span<const std::string> arguments);

struct AdminCommand
{
    std::string_view group; ///< "node"
    std::string_view word;  ///< "approve"; empty: the group is the whole command
    std::string_view form;  ///< "ID", for usage and help
    std::string_view help;
    RunAdminCommand run;
};

// One table a subject, as with the verbs.
std::span<const AdminCommand> accessKeyCommands();
std::span<const AdminCommand> inviteCommands();
std::span<const AdminCommand> nodeCommands();
std::span<const AdminCommand> banCommands();
std::span<const AdminCommand> routeCommands();
std::span<const AdminCommand> privacyCommands();
std::span<const AdminCommand> serverCommands();
std::span<const AdminCommand> sessionCommands();
std::span<const AdminCommand> topCommands();

/// All of them, in the order of --help.
const std::vector<AdminCommand> &adminCommands();

/// nullopt: `given` begins with no group of these, nor with a short form of one.
std::optional<int> runAdminCommand(const Config &config, std::span<const std::string> given);

/// For the commands: one line on stderr; returns 1.
int commandFailed(const std::string &text);
/// The same for what is no fault of the server's but of the words; the return value tells who
/// called that all is said.
int commandMisused(const std::string &text);
/// All pages of a list, asked for by `asked` and the `id` of the last row of the page before.
Result<protocol::Json> wholeList(CommandLink &link, std::string_view verb, const char *rows,
                                 const char *id, protocol::Json asked);
/// Takes "--json" out of `words`: the answer is then printed as it came, for programs.
bool takesJson(std::span<const std::string> &words);
/// The answer as one document; the exit code.
int printJson(const protocol::Json &answer);

/// A return value of RunAdminCommand: "to be used like this" is said by who called.
constexpr int WrongUsage = 2;

/// Writes to stdout to the end: what a full disk or a closed pipe did not take is an error.
/// What a terminal obeys is spelled out, but for the ends of lines.
Result<void> print(const std::string &text);
/// The same for what a terminal is to obey: nothing that others have named is in it as it came.
Result<void> printAsIs(const std::string &text);

} // namespace higgs::server
