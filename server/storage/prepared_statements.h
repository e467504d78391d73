// SPDX-License-Identifier: GPL-3.0-or-later
// Statements that are prepared once for as long as their connection lives.
#pragma once

#include "shared/base/result.h"

#include <QSqlQuery>
#include <QString>
#include <QVariant>
#include <map>
#include <vector>

class QSqlDatabase;

namespace higgs::server::sql {

/// On the connection's thread; cleared before the connection is.
class PreparedStatements
{
public:
    /// Of an open connection.
    void use(const QSqlDatabase &database);
    void clear();

    /// Prepares `statement` where it is new, and runs it; the number of rows it changed.
    Result<std::size_t> run(const QString &statement, const std::vector<QVariant> &values);

private:
    QString m_connection;
    std::map<QString, QSqlQuery> m_prepared;
};

} // namespace higgs::server::sql
