// SPDX-License-Identifier: GPL-3.0-or-later
// What --redis accepts: "redis://user:password@host:port/number".
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

    /// InvalidArgument, and what to write instead.
    static Result<RedisUrl> parse(const std::string &text);
    /// Without the password, for messages.
    [[nodiscard]] std::string toString() const;

    friend bool operator==(const RedisUrl &, const RedisUrl &) = default;
};

} // namespace higgs::server
