// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_storage.h"

#include "server/storage/await.h"
#include "server/storage/sql_bans.h"
#include "server/storage/sql_calls.h"
#include "server/storage/sql_rows.h"
#include "server/storage/sql_statements.h"
#include "shared/base/log.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>

namespace higgs::server {

using sql::change;
using sql::done;
using sql::keyIsTaken;
using sql::readAll;
using sql::text;

namespace {

constexpr Milliseconds WatchInterval{250};
/// SQLite takes up a journal that a crash has left, and new steps of the schema.
constexpr Milliseconds LongestOpening = Seconds(300);
constexpr int FreelyReplaced = 4;
constexpr Milliseconds LongestReplaceWait = Seconds(600);

std::atomic<int> lost = 0; // of the process: it is the process that must end without them

} // namespace

SqlStorage::SqlStorage(DatabaseUrl url, Milliseconds deadline)
    : m_url(std::move(url)), m_deadline(deadline)
{
    m_watch.setInterval(std::min(WatchInterval, deadline));
    connect(&m_watch, &QTimer::timeout, this, &SqlStorage::watch);
}

SqlStorage::~SqlStorage()
{
    m_upkeep.reset();
    // What was submitted before is still written.
    if (m_worker && !m_worker->finish(m_deadline)) {
        log::error("storage", "thread left behind", {{"calls", m_calls.size()}});
        replaceThread();
    }
}

int SqlStorage::lostThreads()
{
    return lost;
}

Result<std::unique_ptr<SqlStorage>> SqlStorage::open(const DatabaseUrl &url)
{
    auto storage = std::make_unique<SqlStorage>(url);
    const Result<void> opened = await(*storage, &SqlStorage::prepare);
    if (!opened)
        return unexpected(opened.error());
    return storage;
}

void SqlStorage::prepare(Stored<void> reply)
{
    post<void>(std::move(reply), [](Connection &connection) { return connection.open(); });
}

bool SqlStorage::ensureThread()
{
    if (m_worker)
        return true;
    const Monotonic now = monotonicNow();
    if (now < m_mayReplace)
        return false;
    m_connection = std::make_shared<Connection>(m_url);
    m_worker = std::make_unique<WorkThread>([connection = m_connection] {
        connection->close();
        if (connection->isLeft())
            --lost;
    });
    return true;
}

void SqlStorage::replaceThread()
{
    // A database that hangs again and again must not gather threads for ever.
    ++lost;
    m_connection->leave();
    m_connection.reset();
    m_worker.reset();
    if (lost > FreelyReplaced) {
        const auto doubled = Seconds(1) * (1 << std::min(lost - FreelyReplaced, 10));
        m_mayReplace = monotonicNow() + std::min<Milliseconds>(doubled, LongestReplaceWait);
    }
}

void SqlStorage::failAll(const Error &error)
{
    const auto calls = std::exchange(m_calls, {});
    for (const auto &[id, call] : calls)
        call->fail(error);
}

void SqlStorage::watch()
{
    const Monotonic now = monotonicNow();
    const Milliseconds patience =
        m_connection && m_connection->isOpening() ? LongestOpening : m_deadline;
    if (m_worker && now - m_moved >= patience) {
        log::error("storage", "thread left behind", {{"calls", m_calls.size()}});
        replaceThread();
        failAll({ErrorCode::Unavailable, "the database does not answer"});
    }
    // Those that only stood in line too long. A schema that changes is waited for.
    const bool changes = m_connection && m_connection->isMigrating();
    while (!changes && !m_calls.empty() && m_calls.begin()->second->deadline <= now) {
        const auto late = m_calls.extract(m_calls.begin());
        late.mapped()->fail({ErrorCode::Unavailable, "the database is too slow"});
    }
    if (m_calls.empty() && !(m_connection && m_connection->isOpening()))
        m_watch.stop();
}

void SqlStorage::load(WallTime now, Stored<StoredState> reply)
{
    post<StoredState>(std::move(reply), [now](Connection &connection) {
        return connection.run<StoredState>(Connection::Access::Read,
                                           [now](QSqlDatabase &db) { return readAll(db, now); });
    });
}

void SqlStorage::claimNode(const NodeClaim &claim, Stored<void> reply)
{
    submit<void>(std::move(reply), [claim](QSqlDatabase &db) -> Result<void> {
        const Result<bool> taken = keyIsTaken(db, claim.node);
        if (!taken)
            return unexpected(taken.error());
        if (*taken)
            return unexpected(ErrorCode::AlreadyExists, "public key of another node");
        if (const auto room = sql::checkHomes(db, claim); !room)
            return room;
        return sql::writeNode(db, claim.node);
    });
}

void SqlStorage::removeNode(const NodeId &node, Stored<void> reply)
{
    BanRecord ban;
    ban.kind = BanRecord::Kind::Node;
    ban.subject = node.text();
    ban.reason = "removed";
    ban.createdAt = wallNow();
    submit<void>(std::move(reply), [node, ban](QSqlDatabase &db) -> Result<void> {
        if (const auto banned = sql::writeBan(db, ban); !banned)
            return banned;
        if (const auto ended = sql::endSessionsOfNode(db, node); !ended)
            return ended;
        const auto removed =
            change(db, QStringLiteral("DELETE FROM nodes WHERE node_id = ?"), {text(node.text())});
        if (!removed)
            return unexpected(removed.error());
        if (*removed == 0)
            return unexpected(ErrorCode::NotFound, "no such node");
        for (const auto *statement : {"DELETE FROM metrics WHERE node_id = ?",
                                      "DELETE FROM node_orders WHERE node_id = ?"}) {
            const auto forgotten = change(db, QString::fromLatin1(statement), {text(node.text())});
            if (!forgotten)
                return unexpected(forgotten.error());
        }
        return sql::raiseAdminRevision(db);
    });
}

void SqlStorage::forgetNodes(const std::vector<NodeId> &nodes, Stored<void> reply)
{
    submit<void>(std::move(reply), [nodes](QSqlDatabase &db) -> Result<void> {
        for (const NodeId &node : nodes) {
            for (const auto *statement :
                 {"DELETE FROM metrics WHERE node_id = ?", "DELETE FROM nodes WHERE node_id = ?",
                  "DELETE FROM node_orders WHERE node_id = ?"}) {
                const auto done = change(db, QString::fromLatin1(statement), {text(node.text())});
                if (!done)
                    return unexpected(done.error());
            }
        }
        return {};
    });
}

void SqlStorage::approveNode(const NodeId &node, bool approved, Stored<void> reply)
{
    submit<void>(std::move(reply), [node, approved](QSqlDatabase &db) -> Result<void> {
        const auto changed =
            change(db, QStringLiteral("UPDATE nodes SET approved = ? WHERE node_id = ?"),
                   {approved ? 1 : 0, text(node.text())});
        if (!changed)
            return unexpected(changed.error());
        if (*changed == 0)
            return unexpected(ErrorCode::NotFound, "no such node");
        if (const auto ended = approved ? Result<void>() : sql::endSessionsOfNode(db, node); !ended)
            return ended;
        return sql::raiseAdminRevision(db);
    });
}

void SqlStorage::orderNode(const NodeOrder &order, Stored<void> reply)
{
    submit<void>(std::move(reply), [order](QSqlDatabase &db) -> Result<void> {
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

void SqlStorage::forgetOrders(const std::vector<NodeOrder> &told, Stored<void> reply)
{
    submit<void>(std::move(reply), [told](QSqlDatabase &db) -> Result<void> {
        for (const NodeOrder &order : told) {
            // A later one of its kind has another time, though not always a later one.
            const auto forgotten = change(
                db, QStringLiteral("DELETE FROM node_orders WHERE node_id = ? AND given_at = ?"),
                {text(order.node.text()), static_cast<qlonglong>(order.givenAt.ms)});
            if (!forgotten)
                return unexpected(forgotten.error());
        }
        return {};
    });
}

void SqlStorage::saveBan(const BanRecord &ban, Stored<void> reply)
{
    submit<void>(std::move(reply), [ban](QSqlDatabase &db) -> Result<void> {
        if (const auto swept = sql::deleteEndedBans(db, ban.createdAt); !swept)
            return swept;
        if (const auto written = sql::writeBan(db, ban); !written)
            return written;
        return sql::raiseAdminRevision(db);
    });
}

void SqlStorage::removeBan(BanRecord::Kind kind, const std::string &subject, Stored<void> reply)
{
    submit<void>(std::move(reply), [kind, subject](QSqlDatabase &db) -> Result<void> {
        if (const auto removed = sql::deleteBan(db, kind, subject); !removed)
            return removed;
        return sql::raiseAdminRevision(db);
    });
}

void SqlStorage::probe(Stored<std::int64_t> reply)
{
    submit<std::int64_t>(std::move(reply), [](QSqlDatabase &db) -> Result<std::int64_t> {
        // A row and a value that were not there before: what changes nothing is not written.
        const auto written =
            change(db,
                   QStringLiteral("INSERT INTO meta (name, value) VALUES ('probe', 1)"
                                  " ON CONFLICT (name) DO UPDATE SET value = meta.value + 1"),
                   {});
        if (!written)
            return unexpected(written.error());
        return sql::readAdminRevision(db);
    });
}

} // namespace higgs::server
