// SPDX-License-Identifier: GPL-3.0-or-later
// What --redis accepts: "redis://user:password@host:port/number", and "rediss://" for TLS, with
// "?ca=FILE&cert=FILE&key=FILE" where the system's authorities or no certificate of its own do not
// do.
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <string>

namespace higgs::server {

struct RedisUrl
{
    std::string host;
    std::uint16_t port = 6379;
    std::string user, password; ///< empty: none
    unsigned database = 0;
    bool tls = false;
    std::string caFile;            ///< PEM; empty: the system's authorities
    std::string certFile, keyFile; ///< PEM, what this end shows; empty: nothing

    /// InvalidArgument, and what to write instead.
    static Result<RedisUrl> parse(const std::string &text);
    /// Without the password, for messages.
    [[nodiscard]] std::string toString() const;

    friend bool operator==(const RedisUrl &, const RedisUrl &) = default;
};

} // namespace higgs::server
