// SPDX-License-Identifier: GPL-3.0-or-later
// Storage in SQLite (WAL, the embedded default) or PostgreSQL through QtSql.
#pragma once

#include "server/storage/storage.h"

#include <QThread>
#include <functional>
#include <memory>

class QSqlDatabase;

namespace higgs::server {

/// Where the database is: parsed from "sqlite:PATH" or "postgresql://user:password@host:port/name".
struct DatabaseUrl
{
    enum class Kind { Sqlite, Postgres };

    Kind kind = Kind::Sqlite;
    std::string path; ///< SQLite's file
    std::string host, name, user, password;
    int port = 5432;

    static Result<DatabaseUrl> parse(const std::string &text);
    /// Without the password, for messages.
    [[nodiscard]] std::string toString() const;
};

/// Owns one thread and, on it, one connection. A connection that has failed is opened anew by the
/// next call, so that a database that comes back is used within one probe.
class SqlStorage : public Storage
{
public:
    /// Opens and migrates the database before it returns. The error is one line for the operator.
    static Result<std::unique_ptr<SqlStorage>> open(const DatabaseUrl &url);
    ~SqlStorage() override;

    QFuture<Result<StoredState>> load(WallTime now) override;
    QFuture<Result<void>> saveNode(const NodeRecord &node) override;
    QFuture<Result<void>> removeNode(const NodeId &node) override;
    QFuture<Result<void>> approveNode(const NodeId &node) override;
    QFuture<Result<void>> orderNode(const NodeOrder &order) override;
    QFuture<Result<void>> forgetOrders(const NodeId &node, WallTime until) override;
    QFuture<Result<void>> touchNodes(const std::vector<std::pair<NodeId, WallTime>> &seen) override;
    QFuture<Result<void>> saveSession(const SessionRecord &session) override;
    QFuture<Result<void>> extendSession(const SessionId &session, WallTime expiresAt) override;
    QFuture<Result<void>> endSession(const SessionId &session, SessionEnd how) override;
    QFuture<Result<void>> sweepSessions(WallTime now) override;
    QFuture<Result<void>> appendMetrics(const std::vector<MetricsRecord> &records) override;
    QFuture<Result<void>> trimMetrics(WallTime before) override;
    QFuture<Result<void>> addAccessKey(const AccessKeyRecord &key) override;
    QFuture<Result<void>> replaceAccessKey(const AccessKeyRecord &key) override;
    QFuture<Result<void>> removeAccessKey(const std::string &name) override;
    QFuture<Result<std::int64_t>> probe() override;

private:
    class Connection;

    explicit SqlStorage(const DatabaseUrl &url);

    /// Runs `work` on the storage thread, in a transaction.
    template <typename T>
    QFuture<Result<T>> submit(std::function<Result<T>(QSqlDatabase &)> work);

    QThread m_thread;
    QObject *m_context = nullptr; ///< lives on m_thread
    std::unique_ptr<Connection> m_connection;
};

} // namespace higgs::server
