// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/redis_url.h"

#include "shared/base/number_text.h"
#include "shared/base/percent_text.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace higgs::server {

namespace {

constexpr std::string_view Form = "redis://USER:PASSWORD@HOST:PORT/NUMBER";
constexpr std::string_view Plain = "redis://";
constexpr std::string_view Secured = "rediss://";
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

/// A name or an address: what stands elsewhere in a URL is none, however it is escaped.
bool isHost(std::string_view text, bool inBrackets)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [inBrackets](char c) {
        const bool isWord = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        return isWord || (inBrackets && (c == ':' || c == '%'));
    });
}

Result<void> readPlace(std::string_view text, RedisUrl &url)
{
    std::string_view host = text;
    std::string_view port;
    const bool inBrackets = text.starts_with('[');
    if (inBrackets) {
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
    if (!name || !isHost(*name, inBrackets))
        return refused("it names no host: " + std::string(Form));
    // Shown in brackets again, and only there: an address without a colon is none.
    if (inBrackets && name->find(':') == std::string::npos)
        return refused("only an IPv6 address stands in brackets");
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

Result<void> readFile(std::string_view text, RedisUrl &url)
{
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const auto file =
        equals == std::string_view::npos ? std::nullopt : percentDecoded(text.substr(equals + 1));
    std::string *const place = name == "ca"     ? &url.caFile
                               : name == "cert" ? &url.certFile
                               : name == "key"  ? &url.keyFile
                                                : nullptr;
    if (place == nullptr || !file || file->empty())
        return refused("what follows '?' is ca=FILE, cert=FILE or key=FILE, with '&' between them; "
                       "in a password '?' is %3F");
    if (!place->empty())
        return refused("the file " + std::string(name) + " is given twice");
    *place = *file;
    return {};
}

Result<void> readFiles(std::string_view text, RedisUrl &url)
{
    if (!url.tls)
        return refused("redis:// takes no parameters, as files are for rediss://; in a password "
                       "'?' is %3F");
    while (true) {
        const std::size_t end = std::min(text.find('&'), text.size());
        if (const auto read = readFile(text.substr(0, end), url); !read)
            return read;
        if (end == text.size())
            break;
        text.remove_prefix(end + 1);
    }
    if (url.certFile.empty() != url.keyFile.empty())
        return refused("cert=FILE and key=FILE go together");
    return {};
}

} // namespace

Result<RedisUrl> RedisUrl::parse(const std::string &text)
{
    RedisUrl url;
    url.tls = text.starts_with(Secured);
    if (!url.tls && !text.starts_with(Plain))
        return refused("it must be " + std::string(Form) + ", or the same with rediss:// for TLS");
    std::string_view rest = std::string_view(text).substr((url.tls ? Secured : Plain).size());
    if (rest.find('#') != std::string_view::npos)
        return refused("in a password '#' is %23");
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        if (const auto read = readFiles(rest.substr(mark + 1), url); !read)
            return unexpected(read.error());
        rest = rest.substr(0, mark);
    }
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
    std::string text(tls ? Secured : Plain);
    text += (isV6 ? '[' + percentEncoded(host, ":") + ']' : host) + ':' + std::to_string(port) +
            '/' + std::to_string(database);
    char mark = '?';
    const auto show = [&text, &mark](std::string_view name, const std::string &file) {
        if (file.empty())
            return;
        text += std::exchange(mark, '&');
        text += std::string(name) + '=' + percentEncoded(file, "/");
    };
    show("ca", caFile);
    show("cert", certFile);
    show("key", keyFile);
    return text;
}

} // namespace higgs::server
