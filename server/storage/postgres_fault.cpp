// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres_fault.h"

#include <algorithm>
#include <array>

namespace higgs::server {

namespace {

// PostgreSQL 15: src/backend/libpq/auth.c, src/backend/utils/init/postinit.c and miscinit.c;
// src/interfaces/libpq/fe-connect.c and fe-secure-openssl.c.
constexpr std::array<std::string_view, 17> Words = {
    "authentication failed for user",
    "no pg_hba.conf entry",
    "pg_hba.conf rejects connection",
    "\" does not exist", // a database, a role, a file of certificates
    "is not permitted to log in",
    "permission denied for database",
    "no password supplied",
    "authentication method requirement",
    "server does not support SSL",
    "certificate verify failed",
    "does not match host name",
    "could not get server's host name from server certificate",
    "could not read root certificate file",
    "could not load client certificate",
    "could not load private key file",
    "invalid connection option",
    "invalid sslmode value",
};

} // namespace

bool isOperatorsFault(std::string_view text)
{
    return std::any_of(Words.begin(), Words.end(), [text](std::string_view words) {
        return text.find(words) != std::string_view::npos;
    });
}

} // namespace higgs::server
