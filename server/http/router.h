// SPDX-License-Identifier: GPL-3.0-or-later
// Paths and methods to routes: the table, 404, 405 with Allow, and 426 for WebSocket paths.
#pragma once

#include "server/http/http_message.h"

namespace higgs::server {

/// One row of the API. A segment ":name" of the pattern matches any one segment; "*" at the end
/// matches whatever follows.
struct RouteRow
{
    int id = 0;
    std::string_view method;
    std::string_view pattern;
    bool webSocket = false; ///< only with an upgrade
};

struct RouteMatch
{
    enum class Outcome { Found, NotFound, MethodNotAllowed, UpgradeRequired };

    Outcome outcome = Outcome::NotFound;
    const RouteRow *row = nullptr;        ///< for Found and UpgradeRequired
    std::vector<std::string_view> values; ///< of the ":" segments; views into the path
    std::string allow;                    ///< for MethodNotAllowed
};

class Router
{
public:
    explicit Router(std::vector<RouteRow> rows) : m_rows(std::move(rows)) {}

    /// HEAD is answered where GET is. The match refers to the request's path.
    [[nodiscard]] RouteMatch match(const HttpRequest &request) const;

private:
    std::vector<RouteRow> m_rows;
};

} // namespace higgs::server
