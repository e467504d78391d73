// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions in the database, where it is decided what only one of several servers may have.
#include "server/storage/sql_bans.h"
#include "server/storage/sql_calls.h"
#include "server/storage/sql_rows.h"
#include "server/storage/sql_statements.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <algorithm>

namespace higgs::server {

using sql::change;
using sql::done;
using sql::text;

namespace {

qlonglong time(WallTime at)
{
    return static_cast<qlonglong>(at.ms);
}

QVariant textOrNull(const std::optional<std::string> &value)
{
    return value ? text(*value) : QVariant(QMetaType(QMetaType::QString));
}

Result<qlonglong> count(QSqlDatabase &db, const char *statement,
                        std::initializer_list<QVariant> values)
{
    Result<QSqlQuery> found = sql::asked(db, statement, values);
    if (!found)
        return unexpected(found.error());
    return found->next() ? found->value(0).toLongLong() : -1;
}

Result<void> checkNode(QSqlDatabase &db, const SessionRecord &session)
{
    const QVariant node = text(session.node.text());
    const auto places = count(db, "SELECT max_connections FROM nodes WHERE node_id = ?", {node});
    const auto taken = count(db,
                             "SELECT COUNT(*) FROM sessions WHERE node_id = ?"
                             " AND status = 'active' AND expires_at > ?",
                             {node, time(session.createdAt)});
    if (!places || !taken)
        return unexpected((places ? taken : places).error());
    if (*taken >= *places)
        return unexpected(ErrorCode::TooLarge, "no place is left on the node");
    return {};
}

/// How many sessions there are with the claim's, of whom `statement` finds by `whose` and a time.
Result<std::size_t> heldWith(QSqlDatabase &db, const SessionClaim &claim, const char *statement,
                             const std::string &whose)
{
    Result<QSqlQuery> found =
        sql::asked(db, statement, {text(whose), time(claim.sessions.front().createdAt)});
    if (!found)
        return unexpected(found.error());
    std::size_t held = claim.sessions.size();
    while (found->next()) {
        const std::string id = found->value(0).toString().toStdString();
        held += std::none_of(claim.givingWay.begin(), claim.givingWay.end(),
                             [&id](const SessionId &each) { return each.text() == id; });
    }
    return held;
}

Result<void> checkClient(QSqlDatabase &db, const SessionClaim &claim)
{
    const auto held = heldWith(db, claim,
                               "SELECT session_id FROM sessions WHERE client_group = ?"
                               " AND status = 'active' AND expires_at > ?",
                               claim.sessions.front().clientGroup);
    if (!held)
        return unexpected(held.error());
    if (*held > claim.perClient)
        return unexpected(ErrorCode::RateLimited, "the client has as many sessions as it may");
    return {};
}

/// Which digits of a group are the key's says keyPartOf(); by "sessions_by_key".
Result<void> checkKey(QSqlDatabase &db, const SessionClaim &claim, const std::string &key)
{
    const auto held = heldWith(db, claim,
                               "SELECT session_id FROM sessions"
                               " WHERE SUBSTR(client_group, 1, 64) = ?"
                               " AND status = 'active' AND expires_at > ?",
                               key);
    if (!held)
        return unexpected(held.error());
    if (*held > claim.perKey)
        return unexpected(ErrorCode::Forbidden, "the access key has as many sessions as it may");
    return {};
}

Result<void> checkCounts(QSqlDatabase &db, const SessionClaim &claim)
{
    const std::string key =
        claim.perKey != 0 ? std::string(keyPartOf(claim.sessions.front().clientGroup)) : "";
    // In one order for all, so that nobody waits for one who waits.
    std::vector<std::string> counted = {claim.sessions.front().clientGroup};
    if (!key.empty())
        counted.push_back(key);
    for (const SessionRecord &session : claim.sessions)
        counted.push_back(session.node.text());
    std::sort(counted.begin(), counted.end());
    for (const std::string &each : counted) {
        if (const auto locked = sql::lockCount(db, each); !locked)
            return locked;
    }
    for (const SessionRecord &session : claim.sessions) {
        if (const auto checked = checkNode(db, session); !checked)
            return checked;
    }
    if (const auto checked = checkClient(db, claim); !checked || key.empty())
        return checked;
    return checkKey(db, claim, key);
}

/// One that has expired and is not swept yet has its address no more.
Result<void> freeAddress(QSqlDatabase &db, const SessionRecord &session)
{
    return done(
        change(db,
               QStringLiteral("UPDATE sessions SET status = 'closed', client_id = '',"
                              " client_group = '', client_key = NULL, client_mapped = NULL"
                              " WHERE node_id = ? AND address_index = ? AND status = 'active'"
                              " AND expires_at <= ?"),
               {text(session.node.text()), static_cast<qlonglong>(session.addressIndex),
                time(session.createdAt)}));
}

Result<void> write(QSqlDatabase &db, const SessionRecord &session)
{
    const Result<int> written = change(
        db,
        QStringLiteral("INSERT INTO sessions (session_id, node_id, client_id, client_group,"
                       " route_id, route_type, token_digest, client_key, client_nat_type,"
                       " client_mapped, address_index, status, created_at, expires_at, instance)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?, ?, ?)"
                       " ON CONFLICT (node_id, address_index) WHERE status = 'active' DO NOTHING"),
        {text(session.id.text()), text(session.node.text()), text(session.client.text()),
         text(session.clientGroup), text(session.route.text()),
         text(std::string(protocol::toString(session.routeType))), text(session.tokenDigest),
         textOrNull(session.clientKey ? std::optional(session.clientKey->text()) : std::nullopt),
         text(std::string(protocol::toString(session.clientNatType))),
         textOrNull(session.clientMapped ? std::optional(session.clientMapped->toString())
                                         : std::nullopt),
         static_cast<qlonglong>(session.addressIndex), time(session.createdAt),
         time(session.expiresAt), text(session.instance.text())});
    if (!written)
        return unexpected(written.error());
    if (*written == 0)
        return unexpected(ErrorCode::AlreadyExists, "the tunnel address is another session's");
    return {};
}

/// Whether the row says otherwise than the conditions of the ending. Nobody changes it until the
/// transaction is over.
Result<bool> stillRelayed(QSqlDatabase &db, const SessionId &session, const SessionEnding &ending)
{
    std::string statement = "SELECT instance, expires_at FROM sessions WHERE session_id = ?"
                            " AND status = 'active'";
    if (db.driverName() == QLatin1String("QPSQL"))
        statement += " FOR UPDATE";
    Result<QSqlQuery> found = sql::asked(db, statement.c_str(), {text(session.text())});
    if (!found)
        return unexpected(found.error());
    if (!found->next())
        return false;
    const std::string instance = found->value(0).toString().toStdString();
    return (ending.onlyOf && instance != ending.onlyOf->text()) ||
           (ending.expiredBy && found->value(1).toLongLong() > time(*ending.expiredBy));
}

Result<void> note(QSqlDatabase &db, const SessionRecord &session,
                  const std::optional<std::string> &keyName)
{
    if (!keyName)
        return {};
    return done(change(db,
                       QStringLiteral("INSERT INTO session_journal (session_id, node_id, key_name,"
                                      " began) VALUES (?, ?, ?, ?)"
                                      " ON CONFLICT (session_id) DO NOTHING"),
                       {text(session.id.text()), text(session.node.text()), text(*keyName),
                        time(session.createdAt)}));
}

} // namespace

void SqlStorage::claimSessions(const SessionClaim &claim, Stored<void> reply)
{
    submit<void>(std::move(reply), [claim](QSqlDatabase &db) -> Result<void> {
        if (claim.perClient != 0) {
            if (const auto counted = checkCounts(db, claim); !counted)
                return counted;
        }
        for (const SessionRecord &session : claim.sessions) {
            if (const auto freed = freeAddress(db, session); !freed)
                return freed;
            if (const auto written = write(db, session); !written)
                return written;
            if (const auto noted = note(db, session, claim.journalKey); !noted)
                return noted;
        }
        return {};
    });
}

void SqlStorage::moveSession(const SessionId &session, const InstanceId &from, const InstanceId &to,
                             Stored<void> reply)
{
    submit<void>(std::move(reply), [session, from, to](QSqlDatabase &db) -> Result<void> {
        const auto moved = change(db,
                                  QStringLiteral("UPDATE sessions SET instance = ? WHERE session_id"
                                                 " = ? AND instance = ? AND status = 'active'"),
                                  {text(to.text()), text(session.text()), text(from.text())});
        if (!moved)
            return unexpected(moved.error());
        if (*moved == 0)
            return unexpected(ErrorCode::NotFound, "it is no session of that server");
        return {};
    });
}

void SqlStorage::extendSession(const SessionId &session, WallTime expiresAt, Stored<void> reply)
{
    submit<void>(std::move(reply), [session, expiresAt](QSqlDatabase &db) -> Result<void> {
        const Result<int> extended =
            change(db,
                   QStringLiteral("UPDATE sessions SET expires_at = CASE WHEN expires_at > ?"
                                  " THEN expires_at ELSE ? END"
                                  " WHERE session_id = ? AND status = 'active'"),
                   {time(expiresAt), time(expiresAt), text(session.text())});
        if (!extended)
            return unexpected(extended.error());
        if (*extended == 0)
            return unexpected(ErrorCode::NotFound, "the session has ended");
        return {};
    });
}

void SqlStorage::endSession(const SessionId &session, const SessionEnding &ending,
                            Stored<void> reply)
{
    submit<void>(std::move(reply), [session, ending](QSqlDatabase &db) -> Result<void> {
        if (!ending.onlyOf && !ending.expiredBy)
            return sql::endSessionsWhere(db, "session_id", text(session.text()), ending.how);
        const auto goesOn = stillRelayed(db, session, ending);
        if (!goesOn)
            return unexpected(goesOn.error());
        if (*goesOn)
            return unexpected(ErrorCode::NotFound, "the session goes on");
        return sql::endSessionsWhere(db, "session_id", text(session.text()), ending.how);
    });
}

void SqlStorage::regroupSessions(const std::vector<std::pair<SessionId, std::string>> &groups,
                                 Stored<void> reply)
{
    submit<void>(std::move(reply), [groups](QSqlDatabase &db) -> Result<void> {
        for (const auto &[session, group] : groups) {
            const auto changed = change(
                db, QStringLiteral("UPDATE sessions SET client_group = ? WHERE session_id = ?"),
                {text(group), text(session.text())});
            if (!changed)
                return unexpected(changed.error());
        }
        return {};
    });
}

void SqlStorage::shiftSessions(Milliseconds step, const InstanceId &instance, Stored<void> reply)
{
    submit<void>(std::move(reply), [step, instance](QSqlDatabase &db) {
        return done(change(db,
                           QStringLiteral("UPDATE sessions SET expires_at = expires_at + ?"
                                          " WHERE instance IN (?, '')"),
                           {static_cast<qlonglong>(step.count()), text(instance.text())}));
    });
}

} // namespace higgs::server
