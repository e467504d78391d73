// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/redis_url.h"

#include "shared/base/number_text.h"
#include "shared/base/percent_text.h"

#include <optional>
#include <string_view>

namespace higgs::server {

namespace {

constexpr std::string_view Form = "redis://USER:PASSWORD@HOST:PORT/NUMBER";
constexpr unsigned MostDatabases = 16384;

Unexpected refused(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

std::optional<unsigned> number(std::string_view text, unsigned least, unsigned most)
{
    const auto value = numberIn<unsigned>(text);
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

Result<void> readUser(std::string_view text, RedisUrl &url)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
        return refused("it has a user and no password: " + std::string(Form) +
                       ", or :PASSWORD@ alone");
    const auto user = percentDecoded(text.substr(0, colon));
    const auto password = percentDecoded(text.substr(colon + 1));
    if (!user || !password)
        return refused("user or password has a '%' without two hex digits: '%' itself is %25");
    if (password->empty())
        return refused("the password is empty: leave user and password out where there are none");
    url.user = *user;
    url.password = *password;
    return {};
}

Result<void> readPlace(std::string_view text, RedisUrl &url)
{
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos)
            return refused("an IPv6 address without its ']'");
        host = text.substr(1, close - 1);
        port = text.substr(close + 1);
        if (!port.empty() && !port.starts_with(':'))
            return refused("there is something between ']' and the port");
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    const auto name = percentDecoded(host);
    if (!name || name->empty())
        return refused("it names no host: " + std::string(Form));
    url.host = *name;
    if (port.empty())
        return {};
    const auto given = number(port.substr(1), 1, 65535);
    if (!given)
        return refused("the port is a number from 1 to 65535, and an IPv6 address stands in "
                       "brackets: [::1]:6379");
    url.port = static_cast<std::uint16_t>(*given);
    return {};
}

} // namespace

Result<RedisUrl> RedisUrl::parse(const std::string &text)
{
    if (text.starts_with("rediss://"))
        return refused("TLS to Redis is not available in this version: keep Redis on a network of "
                       "the servers' own, or behind a tunnel, and write redis://");
    constexpr std::string_view Scheme = "redis://";
    if (!text.starts_with(Scheme))
        return refused("it must be " + std::string(Form));
    std::string_view rest = std::string_view(text).substr(Scheme.size());
    if (rest.find('?') != std::string_view::npos || rest.find('#') != std::string_view::npos)
        return refused("it takes no parameters; in a password '?' is %3F and '#' is %23");
    RedisUrl url;
    if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
        const std::string_view database = rest.substr(slash + 1);
        if (!database.empty()) {
            const auto given = number(database, 0, MostDatabases - 1);
            if (!given)
                return refused("what follows the host is the database's number, as /0; in a "
                               "password '/' is %2F");
            url.database = *given;
        }
        rest = rest.substr(0, slash);
    }
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
        if (const auto read = readUser(rest.substr(0, at), url); !read)
            return unexpected(read.error());
        rest.remove_prefix(at + 1);
    }
    if (const auto read = readPlace(rest, url); !read)
        return unexpected(read.error());
    return url;
}

std::string RedisUrl::toString() const
{
    const bool isV6 = host.find(':') != std::string::npos;
    return "redis://" + (isV6 ? '[' + host + ']' : host) + ':' + std::to_string(port) + '/' +
           std::to_string(database);
}

} // namespace higgs::server
