// SPDX-License-Identifier: GPL-3.0-or-later
// What the clock has written: on a thread and connection of its own, so that nobody's request
// stands behind it.
#include "server/storage/sql_batches.h"
#include "server/storage/sql_calls.h"
#include "server/storage/sql_statements.h"

namespace higgs::server {

SqlStorage &SqlStorage::upkeep()
{
    if (!m_upkeep) {
        DatabaseUrl url = m_url;
        url.claim.reset(); // it is this one's, which was here first
        m_upkeep = std::make_unique<SqlStorage>(std::move(url), m_deadline);
    }
    return *m_upkeep;
}

template <typename T>
void SqlStorage::submitBatch(Stored<T> reply,
                             std::function<Result<T>(sql::PreparedStatements &)> work)
{
    upkeep().post<T>(std::move(reply), [work = std::move(work)](Connection &connection) {
        return connection.run<T>(Connection::Access::Write,
                                 [&](QSqlDatabase &) { return work(connection.statements()); });
    });
}

void SqlStorage::touchNodes(const std::vector<std::pair<NodeId, WallTime>> &seen,
                            Stored<void> reply)
{
    submitBatch<void>(std::move(reply), [seen](sql::PreparedStatements &statements) {
        return sql::touchNodes(statements, seen);
    });
}

void SqlStorage::appendMetrics(const std::vector<MetricsRecord> &records, Stored<void> reply)
{
    submitBatch<void>(std::move(reply), [records](sql::PreparedStatements &statements) {
        return sql::writeMetrics(statements, records);
    });
}

void SqlStorage::sweepSessions(WallTime now, std::size_t most, Stored<std::size_t> reply)
{
    submitBatch<std::size_t>(std::move(reply), [now, most](sql::PreparedStatements &statements) {
        return sql::sweepSessions(statements, now, most);
    });
}

void SqlStorage::trimMetrics(WallTime before, std::size_t most, Stored<std::size_t> reply)
{
    submitBatch<std::size_t>(std::move(reply), [before, most](sql::PreparedStatements &statements) {
        return sql::trimMetrics(statements, before, most);
    });
}

} // namespace higgs::server
