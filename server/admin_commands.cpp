// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin_commands.h"

#include "shared/control/plain_text.h"
#include "shared/control/terminal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace higgs::server {

Result<protocol::Json> CommandLink::call(std::string_view verb, const protocol::Json &params)
{
    if (!m_line) {
        auto line = AdminLine::open(m_config.dataDir, m_config.database);
        if (!line)
            return unexpected(line.error());
        m_line.emplace(std::move(*line));
    }
    return m_line->call(verb, params);
}

const std::vector<AdminCommand> &adminCommands()
{
    static const std::vector<AdminCommand> commands = [] {
        std::vector<AdminCommand> all;
        for (const auto table :
             {serverCommands(), topCommands(), sessionCommands(), accessKeyCommands(),
              inviteCommands(), nodeCommands(), banCommands(), privacyCommands(), routeCommands()})
            all.insert(all.end(), table.begin(), table.end());
        return all;
    }();
    return commands;
}

namespace {

// Told apart from WrongUsage, so that one line is printed and not two.
constexpr int WrongWord = -2;

/// "node needs list, approve ID, ...", of one group.
std::string formsOf(std::string_view group)
{
    std::string forms;
    for (const AdminCommand &command : adminCommands()) {
        if (command.group != group)
            continue;
        forms += forms.empty() ? " needs " : ", ";
        forms += command.word;
        if (!command.word.empty() && !command.form.empty())
            forms += ' ';
        forms += command.form;
    }
    return std::string(group) + forms;
}

const AdminCommand *findCommand(std::span<const std::string> words)
{
    const auto &commands = adminCommands();
    const auto found =
        std::find_if(commands.begin(), commands.end(), [words](const AdminCommand &command) {
            return command.group == words[0] &&
                   (command.word.empty() || (words.size() > 1 && command.word == words[1]));
        });
    return found == commands.end() ? nullptr : &*found;
}

bool isGroup(const std::string &word)
{
    const auto &commands = adminCommands();
    return std::any_of(commands.begin(), commands.end(),
                       [&word](const AdminCommand &command) { return command.group == word; });
}

} // namespace

int commandFailed(const std::string &text)
{
    std::fprintf(stderr, "boson-server: %s\n", control::plainLine(text).c_str());
    return 1;
}

int commandMisused(const std::string &text)
{
    commandFailed(text);
    return WrongWord;
}

Result<void> print(const std::string &text)
{
    return printAsIs(control::spelledOut(text));
}

Result<void> printAsIs(const std::string &text)
{
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
        return {};
    return unexpected(ErrorCode::System,
                      std::string("cannot write to standard output: ") + std::strerror(errno));
}

Result<protocol::Json> wholeList(CommandLink &link, std::string_view verb, const char *rows,
                                 const char *id, protocol::Json asked)
{
    protocol::Json all = protocol::Json::array();
    while (true) {
        auto page = link.call(verb, asked);
        if (!page)
            return page;
        for (protocol::Json &row : (*page)[rows]) {
            asked["after"] = row[id];
            all.push_back(std::move(row));
        }
        if (!page->value("more", false) || (*page)[rows].empty())
            return all;
    }
}

bool takesJson(std::span<const std::string> &words)
{
    if (words.empty() || words.back() != "--json")
        return false;
    words = words.first(words.size() - 1);
    return true;
}

int printJson(const protocol::Json &answer)
{
    const auto shown =
        print(answer.dump(2, ' ', false, protocol::Json::error_handler_t::replace) + '\n');
    return shown ? 0 : commandFailed(shown.error().detail);
}

namespace {

struct Alias
{
    std::string_view word;
    std::string_view group;
    bool isGroup; ///< words behind it are the group's; else it is the group's list
};

constexpr Alias Aliases[] = {
    {"sessions", "session", false},
    {"nodes", "node", false},
    {"bans", "ban", false},
    {"keys", "access-key", true},
};

/// "nodes --json" is "node list --json", "keys add" is "access-key add", "keys" its list.
std::vector<std::string> inFull(std::span<const std::string> words)
{
    std::vector<std::string> full(words.begin(), words.end());
    for (const Alias &alias : Aliases) {
        if (full.empty() || full.front() != alias.word)
            continue;
        const bool hasWord = full.size() > 1 && !full[1].starts_with("--");
        full.front() = alias.group;
        if (!alias.isGroup || !hasWord)
            full.insert(full.begin() + 1, "list");
        break;
    }
    return full;
}

} // namespace

std::optional<int> runAdminCommand(const Config &config, std::span<const std::string> given)
{
    const std::vector<std::string> full = inFull(given);
    const std::span<const std::string> words(full);
    if (words.empty() || !isGroup(words[0]))
        return std::nullopt;
    const AdminCommand *command = findCommand(words);
    CommandLink link(config);
    const int code = command == nullptr
                         ? WrongUsage
                         : command->run(link, words.subspan(std::min<std::size_t>(
                                                  words.size(), command->word.empty() ? 1 : 2)));
    if (code == WrongWord)
        return WrongUsage;
    if (code == WrongUsage)
        std::fprintf(stderr, "boson-server: %s; see --help\n", formsOf(words[0]).c_str());
    return code;
}

} // namespace higgs::server
