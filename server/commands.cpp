// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands.h"

#include "server/admin_commands.h"
#include "server/openapi_text.h"
#include "server/storage/database_check.h"
#include "server/turn_config.h"

#include <cstdio>

namespace higgs::server {

namespace {

constexpr int Usage = 2;

int usage(const char *text)
{
    std::fprintf(stderr, "boson-server: %s; see --help\n", text);
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

} // namespace

int runCommand(const Config &config)
{
    const std::string &name = config.command.front();
    if (const auto code = runAdminCommand(config, config.command))
        return *code;
    if (name == "turn-config")
        return turnConfigCommand(config);
    if (name == "check-database")
        return checkDatabaseCommand(config);
    if (name == "openapi")
        return shown(print(std::string(OpenApiText)));
    return usage(("unknown command " + name).c_str());
}

} // namespace higgs::server
