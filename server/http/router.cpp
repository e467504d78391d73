// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/router.h"

namespace higgs::server {

namespace {

std::string_view nextSegment(std::string_view &path)
{
    path.remove_prefix(1); // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string_view> &values)
{
    values.clear();
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = nextSegment(pattern);
        if (wanted == "*")
            return true;
        const std::string_view segment = nextSegment(path);
        if (wanted.starts_with(':') && !segment.empty())
            values.push_back(segment);
        else if (wanted != segment)
            return false;
    }
    return pattern.empty() && path.empty();
}

} // namespace

RouteMatch Router::match(const HttpRequest &request) const
{
    RouteMatch result;
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    for (const RouteRow &row : m_rows) {
        std::vector<std::string_view> values;
        if (!matches(row.pattern, request.path, values))
            continue;
        if (row.method != method) {
            result.allow += (result.allow.empty() ? "" : ", ") + std::string(row.method);
            if (row.method == "GET" && !row.webSocket)
                result.allow += ", HEAD";
            result.outcome = RouteMatch::Outcome::MethodNotAllowed;
            continue;
        }
        result.row = &row;
        result.values = std::move(values);
        result.outcome = row.webSocket && !request.wantsUpgrade
                             ? RouteMatch::Outcome::UpgradeRequired
                             : RouteMatch::Outcome::Found;
        return result;
    }
    return result;
}

} // namespace higgs::server
