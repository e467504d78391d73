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

struct Figure
{
    const char *column;
    std::optional<double> MetricsRecord::*value;
    bool isMean; ///< of its samples; else the latest counts
};

constexpr Figure Figures[] = {
    {"latency", &MetricsRecord::latency, true},
    {"jitter", &MetricsRecord::jitter, true},
    {"packet_loss", &MetricsRecord::packetLoss, true},
    {"cpu_usage", &MetricsRecord::cpuUsage, true},
    {"memory_usage", &MetricsRecord::memoryUsage, true},
    {"disk_usage", &MetricsRecord::diskUsage, true},
    {"load_average", &MetricsRecord::loadAverage, true},
    {"bandwidth_up", &MetricsRecord::bandwidthUp, true},
    {"bandwidth_down", &MetricsRecord::bandwidthDown, true},
    {"packets_sent", &MetricsRecord::packetsSent, false},
    {"packets_received", &MetricsRecord::packetsReceived, false},
    {"packet_errors", &MetricsRecord::packetErrors, false},
    {"bytes_sent", &MetricsRecord::bytesSent, false},
    {"bytes_received", &MetricsRecord::bytesReceived, false},
    {"connections_active", &MetricsRecord::connectionsActive, false},
    {"connections_total", &MetricsRecord::connectionsTotal, false},
    {"connections_failed", &MetricsRecord::connectionsFailed, false},
};

constexpr std::int64_t HourMs = 3'600'000;

/// A statement names no row twice: the minutes of an hour become one row before.
std::vector<MetricsRecord> hoursOf(const std::vector<MetricsRecord> &minutes)
{
    std::map<std::pair<WallTime, NodeId>, MetricsRecord> hours;
    for (MetricsRecord minute : minutes) {
        minute.minute.ms = minute.minute.ms / HourMs * HourMs;
        minute.samples = std::max(minute.samples, 1U);
        const auto [found, fresh] = hours.try_emplace({minute.minute, minute.node}, minute);
        if (fresh)
            continue;
        MetricsRecord &hour = found->second;
        for (const Figure &figure : Figures) {
            auto &kept = hour.*figure.value;
            const auto &more = minute.*figure.value;
            if (kept && more && figure.isMean)
                kept = (*kept * hour.samples + *more * minute.samples) /
                       (hour.samples + minute.samples);
            else if (more)
                kept = more;
        }
        hour.samples += minute.samples;
    }
    std::vector<MetricsRecord> all;
    for (auto &[key, hour] : hours)
        all.push_back(std::move(hour));
    return all;
}

QString hoursStatement(const QString &values)
{
    QString columns;
    QString updates;
    for (const Figure &figure : Figures) {
        const QLatin1String name(figure.column);
        columns += QStringLiteral(", %1").arg(name);
        updates += figure.isMean
                       ? QStringLiteral(", %1 = COALESCE((metrics_hours.%1 * metrics_hours.samples"
                                        " + excluded.%1 * excluded.samples)"
                                        " / (metrics_hours.samples + excluded.samples),"
                                        " excluded.%1, metrics_hours.%1)")
                             .arg(name)
                       : QStringLiteral(", %1 = COALESCE(excluded.%1, metrics_hours.%1)").arg(name);
    }
    return QStringLiteral("INSERT INTO metrics_hours (node_id, hour, samples%1) VALUES %2"
                          " ON CONFLICT (node_id, hour) DO UPDATE"
                          " SET samples = metrics_hours.samples + excluded.samples%3")
        .arg(columns, values, updates);
}

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

Result<void> writeMetrics(PreparedStatements &statements, const std::vector<MetricsRecord> &minutes)
{
    const auto statement = [](std::size_t rows) {
        return hoursStatement(places(rows, 3 + std::size(Figures)));
    };
    return inBatches(statements, hoursOf(minutes), statement,
                     [](const MetricsRecord &hour, std::vector<QVariant> &values) {
                         values.push_back(text(hour.node));
                         values.push_back(number(hour.minute.ms));
                         values.push_back(static_cast<int>(hour.samples));
                         for (const Figure &figure : Figures) {
                             const auto &value = hour.*figure.value;
                             values.push_back(value ? QVariant(*value)
                                                    : QVariant(QMetaType(QMetaType::Double)));
                         }
                     });
}

Result<std::size_t> sweepSessions(PreparedStatements &statements, WallTime now, std::size_t most)
{
    // Those that nobody ended: they were over when they expired.
    const auto journalled = statements.run(
        QStringLiteral("UPDATE session_journal SET ended = (SELECT expires_at FROM sessions WHERE"
                       " sessions.session_id = session_journal.session_id) WHERE ended IS NULL"
                       " AND EXISTS (SELECT 1 FROM sessions WHERE sessions.session_id ="
                       " session_journal.session_id AND (status <> 'active' OR expires_at <= ?))"),
        {number(now.ms)});
    if (!journalled)
        return journalled;
    return statements.run(
        QStringLiteral("DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions"
                       " WHERE status <> 'active' OR expires_at <= ? LIMIT ?)"),
        {number(now.ms), number(static_cast<std::int64_t>(most))});
}

Result<std::size_t> trimMetrics(PreparedStatements &statements, WallTime before, std::size_t most)
{
    const QVariant limit = number(static_cast<std::int64_t>(most));
    // What earlier versions have left, a row a minute.
    const auto old =
        statements.run(QStringLiteral("DELETE FROM metrics WHERE (node_id, minute) IN"
                                      " (SELECT node_id, minute FROM metrics LIMIT ?)"),
                       {limit});
    if (!old || *old >= most)
        return old;
    return statements.run(
        QStringLiteral("DELETE FROM metrics_hours WHERE (node_id, hour) IN"
                       " (SELECT node_id, hour FROM metrics_hours WHERE hour < ? LIMIT ?)"),
        {number(before.ms), limit});
}

} // namespace higgs::server::sql
