// SPDX-License-Identifier: GPL-3.0-or-later
// What the operator wrote: command line before environment before INI file before default.
#pragma once

#include "server/cluster/redis_url.h"
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
    std::vector<IpPrefix> fronts; ///< whose connections begin with a PROXY header
    std::string publicHost;
    std::uint16_t publicPort = 0; ///< 0: the port that is listened on
    std::string tlsCert;
    std::string tlsKey;
    DatabaseUrl database;
    std::optional<RedisUrl> redis;
    std::optional<Endpoint> stun;
    std::vector<IpAddress> stunAlternates; ///< of each family one at most
    std::uint16_t stunAlternatePort = 0;   ///< 0, with --stun's: any
    bool stunIsDefault = true;             ///< not asked for: a taken port is no error
    std::optional<TurnPlace> turn;
    std::vector<IpAddress> turnRelays; ///< where it relays from; empty: at its host's addresses
    std::optional<Endpoint> metrics;
    SecretText metricsToken;
    int journalDays = 0;
    SecretText adminToken; ///< empty: no page for the operator
    Seconds sessionLife{3600};
    protocol::Access access = protocol::Access::Open;
    protocol::NodeAccess nodeAccess = protocol::NodeAccess::Open;
    bool accessIsDefault = true; ///< nobody has said that it is to be open
    bool nodeAccessIsDefault = true;
    unsigned relayThreads = 1;
    log::Format logFormat = log::Format::Text;
    std::vector<IpAddress> dns;
    Limits limits;

    /// Others may work on the database, too: what they do is heard of by Redis.
    [[nodiscard]] bool severalServers() const
    {
        return redis && database.kind == DatabaseUrl::Kind::Postgres;
    }

    std::vector<std::string> command; ///< a subcommand and its arguments; empty: serve
};

/// One option as it is in force, for --check-config and for comparing after SIGHUP. No secret.
struct InForce
{
    std::string name;
    std::string value;
    std::string origin;     ///< "--listen", "BOSON_LISTEN", "FILE:3", "default"
    std::size_t digest = 0; ///< of what was written, where that is not shown: passwords change, too

    friend bool operator==(const InForce &, const InForce &) = default;
};

/// All that can be said of what the operator wrote.
struct ConfigReading
{
    Config config; ///< to be used only when there are no faults
    std::vector<Error> faults;
    std::vector<std::string> remarks;
    std::vector<InForce> inForce;
    bool onlyChecks = false; ///< --check-config
};

/// Reads command line, environment and file. A fault of InvalidArgument is a usage error (exit 2);
/// anything else is a failure (exit 1). Help and version are answered by main() before.
ConfigReading readConfig(const QStringList &arguments);

/// The first fault, and how many there are besides.
Error firstFault(const std::vector<Error> &faults);

/// The text of --help.
QString helpText();

} // namespace higgs::server
