// SPDX-License-Identifier: GPL-3.0-or-later
// Storage in SQLite (WAL, the embedded default) or PostgreSQL through QtSql.
#pragma once

#include "server/storage/database_claim.h"
#include "server/storage/storage.h"
#include "shared/base/work_thread.h"
#include "shared/reactor/postbox.h"

#include <QTimer>
#include <atomic>
#include <functional>
#include <map>
#include <memory>

class QSqlDatabase;

namespace higgs::server {

namespace sql {
class PreparedStatements;
}

/// Where the database is: "sqlite:PATH" or "postgresql://user:password@host:port/name?sslmode=...".
struct DatabaseUrl
{
    enum class Kind { Sqlite, Postgres };

    Kind kind = Kind::Sqlite;
    std::string path;  ///< SQLite's file
    std::string host;  ///< PostgreSQL's; several with commas between them
    std::string ports; ///< as many
    std::string name, user, password;
    std::vector<std::pair<std::string, std::string>> parameters; ///< sslmode and so on
    /// Given by a server and by no command: nobody else may work on it meanwhile. Shared by all
    /// connections, as one that hangs is left behind and must not keep its successor out.
    std::shared_ptr<DatabaseClaim> claim;

    static Result<DatabaseUrl> parse(const std::string &text);
    /// Without the password, for messages.
    [[nodiscard]] std::string toString() const;
    /// Hosts and parameters as QSqlDatabase::setConnectOptions() takes them; may be empty.
    [[nodiscard]] std::string connectOptions() const;

    friend bool operator==(const DatabaseUrl &, const DatabaseUrl &) = default;
};

/// Longer than PostgreSQL's connect_timeout and statement_timeout together, so that those report
/// first and what passes this hangs for good.
constexpr Milliseconds StorageCallDeadline = Seconds(5);

/// Owns one thread and, on it, one connection, and the same once more for what the clock has
/// written (Storage names those calls), and lives itself on the thread that calls. Each call
/// is answered within the deadline. A thread that has not come back by then is left behind, its
/// late result is dropped, and another one with a new connection takes its place. A connection that
/// has failed is opened anew by the next call.
class SqlStorage : public QObject, public Storage
{
    Q_OBJECT

public:
    /// Opens nothing yet.
    explicit SqlStorage(DatabaseUrl url, Milliseconds deadline = StorageCallDeadline);
    /// Opens and migrates the database before it returns. The error is one line for the operator.
    static Result<std::unique_ptr<SqlStorage>> open(const DatabaseUrl &url);
    /// Waits until all that was submitted is written, for the deadline at most.
    ~SqlStorage() override;

    /// Opens and migrates. Unavailable: may pass. Other errors do not.
    void prepare(Stored<void> reply);
    /// Threads left behind that have not come back. While there are some, the program must end
    /// without exit's destructors: those threads still use what they would destroy.
    [[nodiscard]] static int lostThreads();

    void load(WallTime now, Stored<StoredState> reply) override;
    void loadRows(const std::vector<NodeId> &nodes, const std::vector<SessionId> &sessions,
                  Stored<StoredState> reply) override;
    void join(const ClusterEntry &entry, Stored<ClusterEntry> reply) override;
    void claimNode(const NodeClaim &claim, Stored<void> reply = {}) override;
    void removeNode(const NodeId &node, Stored<void> reply = {}) override;
    void forgetNodes(const std::vector<NodeId> &nodes, Stored<void> reply = {}) override;
    void approveNode(const NodeId &node, bool approved, Stored<void> reply = {}) override;
    void orderNode(const NodeOrder &order, Stored<void> reply = {}) override;
    void forgetOrders(const std::vector<NodeOrder> &told, Stored<void> reply = {}) override;
    void touchNodes(const std::vector<std::pair<NodeId, WallTime>> &seen,
                    Stored<void> reply = {}) override;
    void claimSessions(const SessionClaim &claim, Stored<void> reply = {}) override;
    void moveSession(const SessionId &session, const InstanceId &from, const InstanceId &to,
                     Stored<void> reply = {}) override;
    void extendSession(const SessionId &session, WallTime expiresAt,
                       Stored<void> reply = {}) override;
    void endSession(const SessionId &session, const SessionEnding &ending,
                    Stored<void> reply = {}) override;
    void regroupSessions(const std::vector<std::pair<SessionId, std::string>> &groups,
                         Stored<void> reply = {}) override;
    void shiftSessions(Milliseconds step, const InstanceId &instance,
                       Stored<void> reply = {}) override;
    void sweepSessions(WallTime now, std::size_t most, Stored<std::size_t> reply = {}) override;
    void appendMetrics(const std::vector<MetricsRecord> &records, Stored<void> reply = {}) override;
    void trimMetrics(WallTime before, std::size_t most, Stored<std::size_t> reply = {}) override;
    void addAccessKey(const AccessKeyRecord &key, Stored<void> reply = {}) override;
    void replaceAccessKey(const AccessKeyRecord &key, Stored<void> reply = {}) override;
    void setAccessKey(const AccessKeyRecord &key, Stored<void> reply = {}) override;
    void touchAccessKeys(const std::vector<std::pair<std::string, WallTime>> &used,
                         Stored<void> reply = {}) override;
    void removeAccessKey(const std::string &name, Stored<void> reply = {}) override;
    void saveBan(const BanRecord &ban, Stored<void> reply = {}) override;
    void removeBan(BanRecord::Kind kind, const std::string &subject,
                   Stored<void> reply = {}) override;
    void keepJournal(WallTime now, int days, Stored<void> reply = {}) override;
    void journalOf(const NodeId &node, WallTime from, WallTime to, WallTime now,
                   Stored<JournalAnswer> reply) override;
    void countKept(const std::optional<NodeId> &node, Stored<std::vector<KeptRows>> reply) override;
    void eraseNode(const NodeId &node, Stored<void> reply = {}) override;
    void probe(Stored<std::int64_t> reply) override;

private:
    class Connection;

    /// A question whose answer is awaited. Its reply stays on this thread.
    struct Call
    {
        explicit Call(Monotonic until) : deadline(until) {}
        Call(const Call &) = delete;
        Call &operator=(const Call &) = delete;
        virtual ~Call() = default;
        virtual void fail(const Error &error) = 0;
        Monotonic deadline;
    };
    template <typename T>
    struct TypedCall : Call
    {
        TypedCall(Monotonic until, Stored<T> whom) : Call(until), reply(std::move(whom)) {}
        void fail(const Error &error) override { reply(unexpected(error)); }
        Stored<T> reply;
    };

    /// Runs `work` on the storage thread, in a transaction.
    template <typename T>
    void submit(Stored<T> reply, std::function<Result<T>(QSqlDatabase &)> work);
    /// The same for what the clock has written, on upkeep()'s thread.
    template <typename T>
    void submitBatch(Stored<T> reply, std::function<Result<T>(sql::PreparedStatements &)> work);
    /// The same without connection or transaction made ready.
    template <typename T>
    void post(Stored<T> reply, std::function<Result<T>(Connection &)> work);
    /// The thread and connection of what the clock has written, made when there is any.
    SqlStorage &upkeep();
    /// False while too many threads are lost.
    bool ensureThread();
    void watch();
    void replaceThread();
    void failAll(const Error &error);

    DatabaseUrl m_url;
    Milliseconds m_deadline;
    std::unique_ptr<SqlStorage> m_upkeep;
    Postbox m_postbox;
    QTimer m_watch;
    std::shared_ptr<Connection> m_connection; ///< of m_worker, and used there only
    std::unique_ptr<WorkThread> m_worker;
    std::map<std::uint64_t, std::unique_ptr<Call>> m_calls; ///< in the order of their asking
    std::uint64_t m_lastId = 0;
    Monotonic m_moved; ///< when the thread last had begun something
    Monotonic m_mayReplace;
};

} // namespace higgs::server
