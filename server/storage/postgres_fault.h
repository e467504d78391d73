// SPDX-License-Identifier: GPL-3.0-or-later
// Whether PostgreSQL refused us for what the operator wrote, or is only not there yet. Pure.
#pragma once

#include <string_view>

namespace higgs::server {

/// Whether a failed connection will go on failing until somebody changes a setting: a wrong
/// password, a database that does not exist, TLS that is demanded and not had. `text` is what libpq
/// says, which has no SQLSTATE for a connection, in the C locale; a PostgreSQL that speaks another
/// language is taken for one that is not there yet.
bool isOperatorsFault(std::string_view text);

} // namespace higgs::server
