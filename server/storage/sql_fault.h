// SPDX-License-Identifier: GPL-3.0-or-later
// What a database said, in words for an operator: its own, without the driver's around them, and
// the one thing to do where there is one.
#pragma once

#include "shared/base/result.h"

#include <QString>
#include <string>

class QSqlError;

namespace higgs::server {

std::string sqlFaultText(const QSqlError &error);
/// Malformed: the file is corrupt, and stays so. Else Unavailable.
ErrorCode sqlFaultCode(const QSqlError &error);
/// Whether the database refused this one call, in sqlFaultText()'s words, and takes others by the
/// same connection: a new one would be refused as well.
bool isRefusalOfOneCall(const Error &error);

} // namespace higgs::server
