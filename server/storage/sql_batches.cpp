// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_batches.h"

#include "server/storage/sql_fault.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QStringList>
#include <algorithm>

namespace higgs::server::sql {

namespace {

/// Rows a statement: SQLite takes 32,766 parameters, PostgreSQL 65,535, and more rows gain little.
constexpr std::size_t RowsAtOnce = 50;

constexpr std::optional<double> MetricsRecord::*Figures[] = {
    &MetricsRecord::latency,           &MetricsRecord::jitter,
    &MetricsRecord::packetLoss,        &MetricsRecord::cpuUsage,
    &MetricsRecord::memoryUsage,       &MetricsRecord::diskUsage,
    &MetricsRecord::loadAverage,       &MetricsRecord::bandwidthUp,
    &MetricsRecord::bandwidthDown,     &MetricsRecord::packetsSent,
    &MetricsRecord::packetsReceived,   &MetricsRecord::packetErrors,
    &MetricsRecord::bytesSent,         &MetricsRecord::bytesReceived,
    &MetricsRecord::connectionsActive, &MetricsRecord::connectionsTotal,
    &MetricsRecord::connectionsFailed,
};

QVariant text(const NodeId &node)
{
    return QString::fromStdString(node.text());
}

QVariant number(std::int64_t value)
{
    return static_cast<qlonglong>(value);
}

/// "(?, ?), (?, ?)"
QString places(std::size_t rows, std::size_t columns)
{
    const QStringList row(static_cast<qsizetype>(columns), QStringLiteral("?"));
    const QString one = QLatin1Char('(') + row.join(QLatin1String(", ")) + QLatin1Char(')');
    return QStringList(static_cast<qsizetype>(rows), one).join(QLatin1String(", "));
}

/// Runs `statement(rows)` over all rows, RowsAtOnce at a time and the rest one by one, so that two
/// statements are prepared. `bind(row, values)` appends a row's values.
template <typename Row, typename Statement, typename Bind>
Result<void> inBatches(PreparedStatements &statements, const std::vector<Row> &rows,
                       Statement statement, Bind bind)
{
    const QString many = statement(RowsAtOnce);
    const QString single = statement(std::size_t(1));
    for (std::size_t from = 0; from < rows.size();) {
        const std::size_t count = rows.size() - from >= RowsAtOnce ? RowsAtOnce : 1;
        std::vector<QVariant> values;
        for (std::size_t i = from; i < from + count; ++i)
            bind(rows[i], values);
        const auto done = statements.run(count == 1 ? single : many, values);
        if (!done)
            return unexpected(done.error());
        from += count;
    }
    return {};
}

} // namespace

void PreparedStatements::use(const QSqlDatabase &database)
{
    m_connection = database.connectionName();
}

void PreparedStatements::clear()
{
    m_prepared.clear();
}

Result<std::size_t> PreparedStatements::run(const QString &statement,
                                            const std::vector<QVariant> &values)
{
    auto found = m_prepared.find(statement);
    if (found == m_prepared.end()) {
        QSqlQuery query(QSqlDatabase::database(m_connection, false));
        query.setForwardOnly(true);
        if (!query.prepare(statement))
            return unexpected(ErrorCode::Unavailable, sqlFaultText(query.lastError()));
        found = m_prepared.emplace(statement, std::move(query)).first;
    }
    QSqlQuery &query = found->second;
    for (std::size_t i = 0; i < values.size(); ++i)
        query.bindValue(static_cast<int>(i), values[i]);
    if (!query.exec())
        return unexpected(ErrorCode::Unavailable, sqlFaultText(query.lastError()));
    const int changed = query.numRowsAffected();
    query.finish(); // or it holds a lock
    return static_cast<std::size_t>(std::max(changed, 0));
}

Result<void> touchNodes(PreparedStatements &statements,
                        const std::vector<std::pair<NodeId, WallTime>> &seen)
{
    const auto statement = [](std::size_t rows) {
        return QStringLiteral("UPDATE nodes SET last_seen = CAST(v.column2 AS BIGINT)"
                              " FROM (VALUES %1) AS v WHERE nodes.node_id = v.column1")
            .arg(places(rows, 2));
    };
    return inBatches(statements, seen, statement, [](const auto &row, auto &values) {
        values.push_back(text(row.first));
        values.push_back(number(row.second.ms));
    });
}

Result<void> writeMetrics(PreparedStatements &statements, const std::vector<MetricsRecord> &records)
{
    const auto statement = [](std::size_t rows) {
        return QStringLiteral(
                   "INSERT INTO metrics (node_id, minute, samples, latency, jitter, packet_loss,"
                   " cpu_usage, memory_usage, disk_usage, load_average, bandwidth_up,"
                   " bandwidth_down, packets_sent, packets_received, packet_errors, bytes_sent,"
                   " bytes_received, connections_active, connections_total, connections_failed)"
                   " VALUES %1 ON CONFLICT (node_id, minute) DO NOTHING")
            .arg(places(rows, 3 + std::size(Figures)));
    };
    return inBatches(statements, records, statement,
                     [](const MetricsRecord &record, std::vector<QVariant> &values) {
                         values.push_back(text(record.node));
                         values.push_back(number(record.minute.ms));
                         values.push_back(static_cast<int>(record.samples));
                         for (const auto figure : Figures) {
                             const auto &value = record.*figure;
                             values.push_back(value ? QVariant(*value)
                                                    : QVariant(QMetaType(QMetaType::Double)));
                         }
                     });
}

Result<std::size_t> sweepSessions(PreparedStatements &statements, WallTime now, std::size_t most)
{
    return statements.run(
        QStringLiteral("DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions"
                       " WHERE status <> 'active' OR expires_at <= ? LIMIT ?)"),
        {number(now.ms), number(static_cast<std::int64_t>(most))});
}

Result<std::size_t> trimMetrics(PreparedStatements &statements, WallTime before, std::size_t most)
{
    return statements.run(
        QStringLiteral("DELETE FROM metrics WHERE (node_id, minute) IN"
                       " (SELECT node_id, minute FROM metrics WHERE minute < ? LIMIT ?)"),
        {number(before.ms), number(static_cast<std::int64_t>(most))});
}

} // namespace higgs::server::sql
