// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_storage.h"

#include "server/storage/sql_connection.h"
#include "server/storage/sql_rows.h"

#include <QPromise>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>

namespace higgs::server {

namespace {

using Work = std::function<Result<void>(QSqlDatabase &)>;

QVariant text(const std::string &value)
{
    return QString::fromStdString(value);
}

/// One statement with its values; the number of rows it changed.
Result<int> change(QSqlDatabase &database, const QString &statement,
                   std::initializer_list<QVariant> values)
{
    QSqlQuery query(database);
    query.prepare(statement);
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return sql::failed(query);
    return query.numRowsAffected();
}

Result<void> done(const Result<int> &changed)
{
    if (!changed)
        return unexpected(changed.error());
    return {};
}

Result<bool> keyIsTaken(QSqlDatabase &database, const NodeRecord &node)
{
    QSqlQuery query(database);
    query.prepare(QStringLiteral("SELECT 1 FROM nodes WHERE public_key = ? AND node_id <> ?"));
    query.addBindValue(text(node.publicKey.text()));
    query.addBindValue(text(node.id.text()));
    if (!query.exec())
        return sql::failed(query);
    return query.next();
}

Result<StoredState> readAll(QSqlDatabase &database, WallTime now)
{
    StoredState state;
    auto nodes = sql::readNodes(database);
    if (!nodes)
        return unexpected(nodes.error());
    auto sessions = sql::readSessions(database, now);
    if (!sessions)
        return unexpected(sessions.error());
    auto keys = sql::readAccessKeys(database);
    if (!keys)
        return unexpected(keys.error());
    auto orders = sql::readOrders(database);
    if (!orders)
        return unexpected(orders.error());
    const auto revision = sql::readAdminRevision(database);
    if (!revision)
        return unexpected(revision.error());
    state.nodes = std::move(*nodes);
    state.sessions = std::move(*sessions);
    state.accessKeys = std::move(*keys);
    state.orders = std::move(*orders);
    state.adminRevision = *revision;
    return state;
}

} // namespace

SqlStorage::SqlStorage(const DatabaseUrl &url)
    : m_context(new QObject), m_connection(std::make_unique<Connection>(url))
{
    m_thread.setObjectName(QStringLiteral("storage"));
    m_context->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_context, &QObject::deleteLater);
    m_thread.start();
}

SqlStorage::~SqlStorage()
{
    // What was submitted before is still written: the calls are done in order.
    QMetaObject::invokeMethod(
        m_context, [this] { m_connection.reset(); }, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

Result<std::unique_ptr<SqlStorage>> SqlStorage::open(const DatabaseUrl &url)
{
    std::unique_ptr<SqlStorage> storage(new SqlStorage(url));
    Result<void> opened;
    QMetaObject::invokeMethod(
        storage->m_context, [&] { opened = storage->m_connection->open(); },
        Qt::BlockingQueuedConnection);
    if (!opened)
        return unexpected(opened.error());
    return storage;
}

template <typename T>
QFuture<Result<T>> SqlStorage::submit(std::function<Result<T>(QSqlDatabase &)> work)
{
    auto promise = std::make_shared<QPromise<Result<T>>>();
    promise->start();
    QFuture<Result<T>> future = promise->future();
    const auto task = [this, promise, work = std::move(work)] {
        std::optional<Result<T>> answer;
        const Result<void> ran = m_connection->run([&](QSqlDatabase &database) -> Result<void> {
            answer = work(database);
            if (!*answer)
                return unexpected(answer->error());
            return {};
        });
        // A commit that failed overrules what the work believed.
        if (!ran)
            answer = unexpected(ran.error());
        promise->addResult(std::move(*answer));
        promise->finish();
    };
    QMetaObject::invokeMethod(m_context, task, Qt::QueuedConnection);
    return future;
}

QFuture<Result<StoredState>> SqlStorage::load(WallTime now)
{
    return submit<StoredState>([now](QSqlDatabase &db) { return readAll(db, now); });
}

QFuture<Result<void>> SqlStorage::saveNode(const NodeRecord &node)
{
    return submit<void>([node](QSqlDatabase &db) -> Result<void> {
        const Result<bool> taken = keyIsTaken(db, node);
        if (!taken)
            return unexpected(taken.error());
        if (*taken)
            return unexpected(ErrorCode::AlreadyExists, "public key of another node");
        return sql::writeNode(db, node);
    });
}

QFuture<Result<void>> SqlStorage::removeNode(const NodeId &node)
{
    return submit<void>([node](QSqlDatabase &db) -> Result<void> {
        const auto removed =
            change(db, QStringLiteral("DELETE FROM nodes WHERE node_id = ?"), {text(node.text())});
        if (!removed)
            return unexpected(removed.error());
        if (*removed == 0)
            return unexpected(ErrorCode::NotFound, "no such node");
        const auto forgotten = change(
            db, QStringLiteral("DELETE FROM node_orders WHERE node_id = ?"), {text(node.text())});
        if (!forgotten)
            return unexpected(forgotten.error());
        return sql::raiseAdminRevision(db);
    });
}

QFuture<Result<void>> SqlStorage::approveNode(const NodeId &node)
{
    return submit<void>([node](QSqlDatabase &db) -> Result<void> {
        const auto changed =
            change(db, QStringLiteral("UPDATE nodes SET approved = 1 WHERE node_id = ?"),
                   {text(node.text())});
        if (!changed)
            return unexpected(changed.error());
        if (*changed == 0)
            return unexpected(ErrorCode::NotFound, "no such node");
        return sql::raiseAdminRevision(db);
    });
}

QFuture<Result<void>> SqlStorage::orderNode(const NodeOrder &order)
{
    return submit<void>([order](QSqlDatabase &db) -> Result<void> {
        const Result<int> known =
            order.kind == NodeOrder::Kind::Maintenance
                ? change(db, QStringLiteral("UPDATE nodes SET maintenance = ? WHERE node_id = ?"),
                         {order.on ? 1 : 0, text(order.node.text())})
                : change(db,
                         QStringLiteral("UPDATE nodes SET approved = approved WHERE node_id = ?"),
                         {text(order.node.text())});
        if (!known)
            return unexpected(known.error());
        if (*known == 0)
            return unexpected(ErrorCode::NotFound, "no such node");
        if (const auto written = sql::writeOrder(db, order); !written)
            return written;
        return sql::raiseAdminRevision(db);
    });
}

QFuture<Result<void>> SqlStorage::forgetOrders(const NodeId &node, WallTime until)
{
    return submit<void>([node, until](QSqlDatabase &db) {
        return done(change(
            db, QStringLiteral("DELETE FROM node_orders WHERE node_id = ? AND given_at <= ?"),
            {text(node.text()), static_cast<qlonglong>(until.ms)}));
    });
}

QFuture<Result<void>> SqlStorage::touchNodes(const std::vector<std::pair<NodeId, WallTime>> &seen)
{
    return submit<void>([seen](QSqlDatabase &db) -> Result<void> {
        for (const auto &[node, at] : seen) {
            const auto changed =
                change(db, QStringLiteral("UPDATE nodes SET last_seen = ? WHERE node_id = ?"),
                       {static_cast<qlonglong>(at.ms), text(node.text())});
            if (!changed)
                return unexpected(changed.error());
        }
        return {};
    });
}

QFuture<Result<void>> SqlStorage::saveSession(const SessionRecord &session)
{
    return submit<void>([session](QSqlDatabase &db) { return sql::writeSession(db, session); });
}

QFuture<Result<void>> SqlStorage::extendSession(const SessionId &session, WallTime expiresAt)
{
    return submit<void>([session, expiresAt](QSqlDatabase &db) {
        return done(
            change(db, QStringLiteral("UPDATE sessions SET expires_at = ? WHERE session_id = ?"),
                   {static_cast<qlonglong>(expiresAt.ms), text(session.text())}));
    });
}

QFuture<Result<void>> SqlStorage::endSession(const SessionId &session, SessionEnd how)
{
    return submit<void>([session, how](QSqlDatabase &db) {
        return done(
            change(db, QStringLiteral("UPDATE sessions SET status = ? WHERE session_id = ?"),
                   {text(how == SessionEnd::Closed ? "closed" : "error"), text(session.text())}));
    });
}

QFuture<Result<void>> SqlStorage::sweepSessions(WallTime now)
{
    return submit<void>([now](QSqlDatabase &db) {
        return done(change(
            db, QStringLiteral("DELETE FROM sessions WHERE status <> 'active' OR expires_at <= ?"),
            {static_cast<qlonglong>(now.ms)}));
    });
}

QFuture<Result<void>> SqlStorage::appendMetrics(const std::vector<MetricsRecord> &records)
{
    return submit<void>([records](QSqlDatabase &db) -> Result<void> {
        for (const MetricsRecord &record : records) {
            const Result<void> written = sql::writeMetrics(db, record);
            if (!written)
                return written;
        }
        return {};
    });
}

QFuture<Result<void>> SqlStorage::trimMetrics(WallTime before)
{
    return submit<void>([before](QSqlDatabase &db) {
        return done(change(db, QStringLiteral("DELETE FROM metrics WHERE minute < ?"),
                           {static_cast<qlonglong>(before.ms)}));
    });
}

QFuture<Result<void>> SqlStorage::addAccessKey(const AccessKeyRecord &key)
{
    return submit<void>([key](QSqlDatabase &db) -> Result<void> {
        const auto added = change(
            db,
            QStringLiteral("INSERT INTO access_keys (name, digest, created_at) VALUES (?, ?, ?)"
                           " ON CONFLICT (name) DO NOTHING"),
            {text(key.name), text(key.digest), static_cast<qlonglong>(key.createdAt.ms)});
        if (!added)
            return unexpected(added.error());
        if (*added == 0)
            return unexpected(ErrorCode::AlreadyExists, "there is a key of that name");
        return sql::raiseAdminRevision(db);
    });
}

QFuture<Result<void>> SqlStorage::replaceAccessKey(const AccessKeyRecord &key)
{
    return submit<void>([key](QSqlDatabase &db) -> Result<void> {
        const auto replaced = change(
            db, QStringLiteral("UPDATE access_keys SET digest = ?, created_at = ? WHERE name = ?"),
            {text(key.digest), static_cast<qlonglong>(key.createdAt.ms), text(key.name)});
        if (!replaced)
            return unexpected(replaced.error());
        if (*replaced == 0)
            return unexpected(ErrorCode::NotFound, "no key of that name");
        return sql::raiseAdminRevision(db);
    });
}

QFuture<Result<void>> SqlStorage::removeAccessKey(const std::string &name)
{
    return submit<void>([name](QSqlDatabase &db) -> Result<void> {
        const auto removed =
            change(db, QStringLiteral("DELETE FROM access_keys WHERE name = ?"), {text(name)});
        if (!removed)
            return unexpected(removed.error());
        if (*removed == 0)
            return unexpected(ErrorCode::NotFound, "no key of that name");
        return sql::raiseAdminRevision(db);
    });
}

QFuture<Result<std::int64_t>> SqlStorage::probe()
{
    return submit<std::int64_t>([](QSqlDatabase &db) -> Result<std::int64_t> {
        // A change that changes nothing: takes the write lock, so a full or read-only disk shows.
        const auto written =
            change(db, QStringLiteral("UPDATE meta SET value = value WHERE name = 'probe'"), {});
        if (!written)
            return unexpected(written.error());
        return sql::readAdminRevision(db);
    });
}

} // namespace higgs::server
