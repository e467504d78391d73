// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_fault.h"

#include <QSqlError>
#include <algorithm>
#include <iterator>

namespace higgs::server {

namespace {

struct Remedy
{
    const char *code;  ///< SQLite's primary result code, or PostgreSQL's SQLSTATE
    const char *words; ///< SQLite's own: the driver keeps no code of what BEGIN and COMMIT say
    const char *text;
    bool ofOneCall = false; ///< the connection is as good as another one
};

constexpr const char *Locked = "another program holds the database locked: end that one";

// https://www.sqlite.org/rescode.html; PostgreSQL 15, appendix A. No code is in both.
constexpr Remedy Remedies[] = {
    {"5", "database is locked", Locked, true},
    {"6", "database table is locked", Locked, true},
    {"8", "attempt to write a readonly database",
     "the database may not be written: look at the rights of its file and directory, and at how "
     "its filesystem is mounted"},
    {"10", "disk I/O error", "its disk does not read or write: look at the system's log"},
    {"11", "database disk image is malformed",
     "the database file is corrupt: restore it from a backup"},
    {"13", "database or disk is full", "the disk is full: free space on it", true},
    {"14", "unable to open database file",
     "the database file or its journal cannot be opened: look at the rights of its directory"},
    {"26", "file is not a database",
     "the file is no SQLite database: name another one, or restore it from a backup"},
    {"25006", "", "PostgreSQL takes no changes (a stand-by?): name the primary in --database"},
    {"53100", "", "the disk of PostgreSQL is full: free space on it", true},
    {"53300", "", "PostgreSQL has no connection left: raise its max_connections"},
};

constexpr int PrimaryCode = 0xff; // of SQLite's extended codes

/// As in Remedies.
QString primaryCode(const QString &native)
{
    constexpr int sqlStateLength = 5;
    bool isNumber = false;
    const int number = native.toInt(&isNumber);
    return isNumber && native.size() < sqlStateLength ? QString::number(number & PrimaryCode)
                                                      : native;
}

} // namespace

std::string sqlFaultText(const QSqlError &error)
{
    const QString code = primaryCode(error.nativeErrorCode());
    const QString own = error.databaseText().simplified();
    const auto *const remedy =
        std::find_if(std::begin(Remedies), std::end(Remedies), [&code, &own](const Remedy &each) {
            return code == QLatin1String(each.code) ||
                   (!own.isEmpty() && own == QLatin1String(each.words));
        });
    if (remedy != std::end(Remedies))
        return remedy->text;
    // "QPSQL: Unable to connect" and "Unable to fetch row" are the driver's.
    return (own.isEmpty() ? error.driverText().simplified() : own).toStdString();
}

ErrorCode sqlFaultCode(const QSqlError &error)
{
    const QString code = primaryCode(error.nativeErrorCode());
    const bool corrupt = code == QLatin1String("11") || code == QLatin1String("26");
    return corrupt ? ErrorCode::Malformed : ErrorCode::Unavailable;
}

bool isRefusalOfOneCall(const Error &error)
{
    return error.code == ErrorCode::Unavailable &&
           std::any_of(std::begin(Remedies), std::end(Remedies), [&error](const Remedy &each) {
               return each.ofOneCall && error.detail == each.text;
           });
}

} // namespace higgs::server
