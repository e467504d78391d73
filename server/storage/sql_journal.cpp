// SPDX-License-Identifier: GPL-3.0-or-later
// The journal of whose access key was on which node, as long as the operator wants it and no
// longer. Its rows are written with the sessions that they are of, in one transaction.
#include "server/storage/sql_calls.h"
#include "server/storage/sql_rows.h"
#include "server/storage/sql_statements.h"

#include <QSqlDatabase>
#include <QSqlQuery>

namespace higgs::server {

using sql::change;
using sql::text;

namespace {

// What one answer may have: a node has far fewer places.
constexpr qlonglong MostRows = 10'000;
constexpr std::int64_t DayMs = 86'400'000;

qlonglong time(WallTime at)
{
    return static_cast<qlonglong>(at.ms);
}

/// As the latest server wrote it down, so that a command without a server knows it, too.
Result<int> daysOf(QSqlDatabase &db)
{
    auto found = sql::asked(db, "SELECT value FROM meta WHERE name = 'journal_days'", {});
    if (!found)
        return unexpected(found.error());
    return found->next() ? found->value(0).toInt() : 0;
}

WallTime oldestKept(WallTime now, int days)
{
    return {now.ms - days * DayMs};
}

Result<void> keep(QSqlDatabase &db, WallTime now, int days)
{
    const auto written = change(db,
                                QStringLiteral("INSERT INTO meta (name, value) VALUES"
                                               " ('journal_days', ?) ON CONFLICT (name)"
                                               " DO UPDATE SET value = excluded.value"),
                                {days});
    if (!written)
        return unexpected(written.error());
    const auto trimmed =
        days == 0 ? change(db, QStringLiteral("DELETE FROM session_journal"), {})
                  : change(db, QStringLiteral("DELETE FROM session_journal WHERE ended < ?"),
                           {time(oldestKept(now, days))});
    return sql::done(trimmed);
}

std::optional<WallTime> endOf(const QSqlQuery &row)
{
    if (row.value(3).isNull())
        return std::nullopt;
    return WallTime{row.value(3).toLongLong()};
}

// What is written of no end may have been over for some minutes: it expired, and was not swept.
constexpr const char *Overlapping =
    "SELECT session_id, key_name, began, ended FROM session_journal WHERE node_id = ?"
    " AND began <= ? AND (ended >= ? OR (ended IS NULL AND EXISTS (SELECT 1 FROM sessions WHERE"
    " sessions.session_id = session_journal.session_id AND expires_at >= ?)))"
    " AND (ended IS NULL OR ended >= ?) ORDER BY began, session_id LIMIT ?";

Result<JournalAnswer> overlapping(QSqlDatabase &db, const NodeId &node, WallTime from, WallTime to,
                                  WallTime now)
{
    const Result<int> days = daysOf(db);
    if (!days)
        return unexpected(days.error());
    JournalAnswer answer{*days, {}};
    if (*days == 0)
        return answer;
    auto found = sql::asked(db, Overlapping,
                            {text(node.text()), time(to), time(from), time(from),
                             time(oldestKept(now, *days)), MostRows});
    if (!found)
        return unexpected(found.error());
    while (found->next()) {
        const auto id = SessionId::parse(found->value(0).toString().toStdString());
        if (id)
            answer.rows.push_back({*id, found->value(1).toString().toStdString(),
                                   WallTime{found->value(2).toLongLong()}, endOf(*found)});
    }
    return answer;
}

} // namespace

void SqlStorage::keepJournal(WallTime now, int days, Stored<void> reply)
{
    submit<void>(std::move(reply), [now, days](QSqlDatabase &db) { return keep(db, now, days); });
}

void SqlStorage::journalOf(const NodeId &node, WallTime from, WallTime to, WallTime now,
                           Stored<JournalAnswer> reply)
{
    post<JournalAnswer>(std::move(reply), [node, from, to, now](Connection &connection) {
        return connection.run<JournalAnswer>(Connection::Access::Read, [&](QSqlDatabase &db) {
            return overlapping(db, node, from, to, now);
        });
    });
}

} // namespace higgs::server
