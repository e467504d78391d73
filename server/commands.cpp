// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands.h"

#include "server/admin/admin_line.h"
#include "server/admin/audit_log.h"
#include "server/admin_commands.h"
#include "server/backup.h"
#include "server/command_words.h"
#include "server/openapi_text.h"
#include "server/storage/database_check.h"
#include "server/turn_config.h"
#include "shared/control/terminal.h"

#include <cstdio>

namespace higgs::server {

namespace {

constexpr int Usage = 2;

int usage(const char *text)
{
    std::fprintf(stderr, "boson-server: %s; see --help\n", control::plainLine(text).c_str());
    return Usage;
}

int shown(const Result<void> &printed)
{
    return printed ? 0 : commandFailed(printed.error().detail);
}

int checkDatabaseCommand(const Config &config)
{
    if (config.command.size() != 1)
        return usage("check-database takes nothing");
    const Result<void> checked = checkDatabase(config.database);
    if (!checked)
        return commandFailed(config.database.toString() + ": " + checked.error().detail);
    return shown(print(config.database.toString() + ": ok\n"));
}

int told(const Result<BackupReport> &report, const std::string &what)
{
    if (!report)
        return commandFailed("cannot " + what + ": " + report.error().detail);
    std::string text;
    for (const std::string &file : report->files)
        text += file + '\n';
    for (const std::string &remark : report->remarks)
        text += "note: " + remark + '\n';
    return shown(print(text));
}

int backupCommand(const Config &config)
{
    if (config.command.size() != 2)
        return usage("backup needs the directory to make");
    return told(makeBackup(config, config.command[1]), "back up to " + config.command[1]);
}

int restoreCommand(const Config &config)
{
    if (config.command.size() != 2)
        return usage("restore needs the directory of a backup");
    return told(restoreBackup(config, config.command[1]), "restore " + config.command[1]);
}

std::string auditLine(const protocol::Json &line)
{
    const auto text = [&line](const char *name) { return control::textMember(line, name); };
    return secondText(WallTime{static_cast<std::int64_t>(control::numberMember(line, "at"))}) +
           "  " +
           (text("by").empty() ? "uid " + std::to_string(control::countMember(line, "uid"))
                               : text("by")) +
           "  " + text("verb") + (text("subject").empty() ? "" : "  " + text("subject")) +
           (text("outcome") == "done" ? "" : "  FAILED: " + text("outcome")) + '\n';
}

int auditCommand(const Config &config)
{
    std::span<const std::string> words(config.command);
    const bool json = takesJson(words);
    if (words.size() != 1)
        return usage("audit takes nothing but --json");
    const auto lines = AuditLog::read(config.dataDir);
    if (!lines)
        return commandFailed(lines.error().detail);
    if (json)
        return printJson(protocol::Json{{"changes", *lines}});
    std::string text;
    for (const protocol::Json &line : *lines)
        text += auditLine(line);
    return shown(print(text));
}

} // namespace

int runCommand(const Config &config)
{
    const std::string &name = config.command.front();
    if (name == "openapi")
        return shown(print(std::string(OpenApiText)));
    const auto believed = mayUseFiles(config.dataDir, config.database);
    if (believed) {
        if (const auto finished = finishRestore(config); !finished)
            return commandFailed("a restore was cut off and cannot be ended: " +
                                 finished.error().detail);
    }
    // They ask the running server, and look themselves at what they find where none runs.
    if (const auto code = runAdminCommand(config, config.command))
        return *code;
    if (name == "turn-config")
        return turnConfigCommand(config);
    if (!believed)
        return commandFailed(believed.error().detail);
    if (name == "check-database")
        return checkDatabaseCommand(config);
    if (name == "backup")
        return backupCommand(config);
    if (name == "restore")
        return restoreCommand(config);
    if (name == "audit")
        return auditCommand(config);
    return usage(("unknown command " + name).c_str());
}

} // namespace higgs::server
