// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/migrations.h"
#include "server/storage/sql_fault.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QString>
#include <QVariant>
#include <vector>

namespace higgs::server {

namespace {

using Step = std::vector<const char *>;

// Append only: a step that was ever released is never edited.
const std::vector<Step> &steps()
{
    static const std::vector<Step> list = {
        {
            "CREATE TABLE nodes (node_id TEXT PRIMARY KEY, public_key TEXT NOT NULL UNIQUE,"
            " nat_type TEXT NOT NULL, local_port INTEGER NOT NULL, ipv4 TEXT, ipv6 TEXT,"
            " mapped TEXT, max_connections INTEGER NOT NULL, bandwidth_up DOUBLE PRECISION,"
            " bandwidth_down DOUBLE PRECISION, country TEXT NOT NULL, region TEXT NOT NULL,"
            " latitude DOUBLE PRECISION, longitude DOUBLE PRECISION,"
            " heartbeat_interval INTEGER NOT NULL, approved INTEGER NOT NULL,"
            " token_generation TEXT NOT NULL, last_proof BIGINT NOT NULL,"
            " registered_at BIGINT NOT NULL, last_seen BIGINT NOT NULL)",
            "CREATE TABLE sessions (session_id TEXT PRIMARY KEY, node_id TEXT NOT NULL,"
            " client_id TEXT NOT NULL, client_group TEXT NOT NULL, route_id TEXT NOT NULL,"
            " route_type TEXT NOT NULL, token_digest TEXT NOT NULL, client_key TEXT,"
            " client_nat_type TEXT NOT NULL, client_mapped TEXT, address_index BIGINT NOT NULL,"
            " status TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)",
            "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
            "CREATE TABLE access_keys (name TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE,"
            " created_at BIGINT NOT NULL)",
            "CREATE TABLE metrics (node_id TEXT NOT NULL, minute BIGINT NOT NULL,"
            " samples INTEGER NOT NULL, latency DOUBLE PRECISION, jitter DOUBLE PRECISION,"
            " packet_loss DOUBLE PRECISION, cpu_usage DOUBLE PRECISION,"
            " memory_usage DOUBLE PRECISION, disk_usage DOUBLE PRECISION,"
            " load_average DOUBLE PRECISION, bandwidth_up DOUBLE PRECISION,"
            " bandwidth_down DOUBLE PRECISION, packets_sent DOUBLE PRECISION,"
            " packets_received DOUBLE PRECISION, packet_errors DOUBLE PRECISION,"
            " bytes_sent DOUBLE PRECISION, bytes_received DOUBLE PRECISION,"
            " connections_active DOUBLE PRECISION, connections_total DOUBLE PRECISION,"
            " connections_failed DOUBLE PRECISION, PRIMARY KEY (node_id, minute))",
            "CREATE INDEX metrics_by_minute ON metrics (minute)",
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
            "INSERT INTO meta (name, value) VALUES ('admin_revision', 0)",
        },
        {
            "ALTER TABLE nodes ADD COLUMN maintenance INTEGER NOT NULL DEFAULT 0",
            "CREATE TABLE node_orders (node_id TEXT NOT NULL, kind TEXT NOT NULL,"
            " enabled INTEGER NOT NULL, within INTEGER, given_at BIGINT NOT NULL,"
            " PRIMARY KEY (node_id, kind))",
        },
        {
            "ALTER TABLE nodes ADD COLUMN registered_from TEXT",
            "CREATE TABLE bans (kind TEXT NOT NULL, subject TEXT NOT NULL, node_key TEXT NOT NULL,"
            " reason TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT,"
            " PRIMARY KEY (kind, subject))",
        },
        {
            "ALTER TABLE nodes ADD COLUMN access_key TEXT NOT NULL DEFAULT ''",
        },
        {
            // In place of "metrics", which has a row a minute, and is emptied little by little.
            "CREATE TABLE metrics_hours (node_id TEXT NOT NULL REFERENCES nodes (node_id)"
            " ON DELETE CASCADE, hour BIGINT NOT NULL, samples INTEGER NOT NULL,"
            " latency DOUBLE PRECISION, jitter DOUBLE PRECISION, packet_loss DOUBLE PRECISION,"
            " cpu_usage DOUBLE PRECISION, memory_usage DOUBLE PRECISION,"
            " disk_usage DOUBLE PRECISION, load_average DOUBLE PRECISION,"
            " bandwidth_up DOUBLE PRECISION, bandwidth_down DOUBLE PRECISION,"
            " packets_sent DOUBLE PRECISION, packets_received DOUBLE PRECISION,"
            " packet_errors DOUBLE PRECISION, bytes_sent DOUBLE PRECISION,"
            " bytes_received DOUBLE PRECISION, connections_active DOUBLE PRECISION,"
            " connections_total DOUBLE PRECISION, connections_failed DOUBLE PRECISION,"
            " PRIMARY KEY (node_id, hour))",
            "CREATE INDEX metrics_hours_by_hour ON metrics_hours (hour)",
            "UPDATE sessions SET client_id = '', client_group = '', client_key = NULL,"
            " client_mapped = NULL WHERE status <> 'active'",
        },
        {
            "ALTER TABLE sessions ADD COLUMN instance TEXT NOT NULL DEFAULT ''",
            // What an end that was never written down may have left; the latest one counts.
            "UPDATE sessions SET status = 'closed', client_id = '', client_group = '',"
            " client_key = NULL, client_mapped = NULL WHERE status = 'active' AND EXISTS"
            " (SELECT 1 FROM sessions AS other WHERE other.status = 'active'"
            " AND other.node_id = sessions.node_id"
            " AND other.address_index = sessions.address_index"
            " AND (other.created_at > sessions.created_at OR (other.created_at ="
            " sessions.created_at AND other.session_id > sessions.session_id)))",
            "CREATE UNIQUE INDEX sessions_by_address ON sessions (node_id, address_index)"
            " WHERE status = 'active'",
            "CREATE INDEX sessions_by_client ON sessions (client_group) WHERE status = 'active'",
        },
        {
            "CREATE TABLE instances (instance TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE)",
            "CREATE TABLE shared_secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        },
        {
            "ALTER TABLE access_keys ADD COLUMN note TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE access_keys ADD COLUMN expires_at BIGINT",
            "ALTER TABLE access_keys ADD COLUMN last_used BIGINT",
            "ALTER TABLE access_keys ADD COLUMN max_sessions INTEGER",
            "ALTER TABLE access_keys ADD COLUMN relay_mbps INTEGER",
        },
        {
            // Only where the operator wants to know whose key was on which node, and so long.
            "CREATE TABLE session_journal (session_id TEXT PRIMARY KEY, node_id TEXT NOT NULL,"
            " key_name TEXT NOT NULL, began BIGINT NOT NULL, ended BIGINT)",
            "CREATE INDEX session_journal_by_node ON session_journal (node_id, began)",
            "CREATE INDEX session_journal_by_end ON session_journal (ended)",
            "CREATE INDEX session_journal_open ON session_journal (session_id)"
            " WHERE ended IS NULL",
        },
        {
            // The digits of the access key: its sessions are counted while one is opened.
            "CREATE INDEX sessions_by_key ON sessions (SUBSTR(client_group, 1, 64))"
            " WHERE status = 'active'",
        },
        {
            // Those that there are already may have been given to either.
            "ALTER TABLE access_keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'any'",
            "CREATE INDEX nodes_by_access_key ON nodes (access_key) WHERE access_key <> ''",
        },
    };
    return list;
}

Unexpected failed(const QSqlQuery &query)
{
    return unexpected(ErrorCode::Unavailable, sqlFaultText(query.lastError()));
}

Result<int> currentVersion(QSqlDatabase &database)
{
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("CREATE TABLE IF NOT EXISTS schema_version "
                                   "(version INTEGER NOT NULL)")))
        return failed(query);
    if (!query.exec(QStringLiteral("SELECT COALESCE(MAX(version), 0) FROM schema_version")))
        return failed(query);
    if (!query.next())
        return failed(query);
    return query.value(0).toInt();
}

Result<void> applyStep(QSqlDatabase &database, const Step &step, int version)
{
    QSqlQuery query(database);
    for (const char *statement : step) {
        if (!query.exec(QString::fromLatin1(statement)))
            return failed(query);
    }
    query.prepare(QStringLiteral("INSERT INTO schema_version (version) VALUES (?)"));
    query.addBindValue(version);
    if (!query.exec())
        return failed(query);
    return {};
}

} // namespace

int latestSchema()
{
    return static_cast<int>(steps().size());
}

Result<void> migrate(QSqlDatabase &database, const BeforeMigration &before)
{
    const Result<int> version = currentVersion(database);
    if (!version)
        return unexpected(version.error());
    const int latest = latestSchema();
    if (*version > latest)
        return unexpected(ErrorCode::InvalidArgument,
                          "the database was made by a newer boson-server");
    if (*version > 0 && *version < latest) {
        if (const Result<void> ready = before(*version, latest); !ready)
            return ready;
    }
    for (int next = *version; next < latest; ++next) {
        if (!database.transaction())
            return unexpected(ErrorCode::Unavailable, sqlFaultText(database.lastError()));
        const Result<void> applied =
            applyStep(database, steps()[static_cast<std::size_t>(next)], next + 1);
        if (!applied) {
            database.rollback();
            return applied;
        }
        if (!database.commit())
            return unexpected(ErrorCode::Unavailable, sqlFaultText(database.lastError()));
    }
    return {};
}

} // namespace higgs::server
