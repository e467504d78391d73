// SPDX-License-Identifier: GPL-3.0-or-later
// What the operator wrote: command line before environment before INI file before default.
#pragma once

#include "server/limits.h"
#include "server/services/turn_service.h"
#include "server/storage/sql_storage.h"
#include "shared/base/log.h"

#include <QStringList>

namespace higgs::server {

struct Config
{
    std::string iniFile;
    std::string dataDir;
    Endpoint listen;
    std::string publicHost;
    std::uint16_t publicPort = 0; ///< 0: the port that is listened on
    std::string tlsCert;
    std::string tlsKey;
    DatabaseUrl database;
    std::optional<Endpoint> stun;
    bool stunIsDefault = true; ///< not asked for: a taken port is no error
    std::optional<TurnPlace> turn;
    std::optional<Endpoint> metrics;
    SecretText metricsToken;
    Seconds sessionLife{3600};
    protocol::Access access = protocol::Access::Open;
    protocol::NodeAccess nodeAccess = protocol::NodeAccess::Open;
    unsigned relayThreads = 1;
    log::Format logFormat = log::Format::Text;
    std::vector<IpAddress> dns;
    Limits limits;

    std::vector<std::string> command; ///< a subcommand and its arguments; empty: serve
};

/// InvalidArgument is a usage error (exit 2); anything else is a failure (exit 1). Help and version
/// are answered by main() before.
Result<Config> loadConfig(const QStringList &arguments);

/// The limits as they are now in the file, the environment and on the command line.
Result<Limits> reloadLimits(const QStringList &arguments);

/// The text of --help.
QString helpText();

} // namespace higgs::server
