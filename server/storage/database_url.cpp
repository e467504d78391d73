// SPDX-License-Identifier: GPL-3.0-or-later
// What --database accepts: a file for SQLite, or PostgreSQL's own URL, of which every part is
// either obeyed or refused by name.
#include "server/storage/sql_storage.h"
#include "shared/base/percent_text.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace higgs::server {

namespace {

Unexpected refused(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

// What libpq is handed as it stands. Others are refused: those that it knows and that would change
// what this program relies on (client_encoding, service), and those that it does not know.
constexpr std::string_view Parameters[] = {
    "application_name",
    "channel_binding",
    "connect_timeout",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "options",
    "passfile",

    "sslcert",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "sslsni",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "target_session_attrs",
    "tcp_user_timeout",
};

constexpr std::string_view SslModes[] = {"disable", "allow",     "prefer",
                                         "require", "verify-ca", "verify-full"};
constexpr std::string_view SessionAttributes[] = {"any",     "read-write", "read-only",
                                                  "primary", "standby",    "prefer-standby"};
constexpr std::string_view Numbers[] = {"connect_timeout",     "keepalives",
                                        "keepalives_count",    "keepalives_idle",
                                        "keepalives_interval", "tcp_user_timeout"};

bool isOneOf(std::string_view word, std::span<const std::string_view> words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string allOf(std::span<const std::string_view> words)
{
    std::string all;
    for (const std::string_view word : words)
        all += (all.empty() ? "" : ", ") + std::string(word);
    return all;
}

bool isNumber(const std::string &text, long most)
{
    long value = -1;
    const char *const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end && value >= 0 && value <= most;
}

/// "host", "host:port", "[v6]:port", and lists of them, into libpq's two lists.
Result<void> readHosts(std::string_view text, DatabaseUrl &url)
{
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::string_view host = one;
        std::string_view port = "5432";
        if (one.starts_with('[')) {
            const std::size_t close = one.find(']');
            if (close == std::string_view::npos)
                return refused("an IPv6 address without its ']'");
            host = one.substr(1, close - 1);
            one.remove_prefix(close + 1);
            if (!one.empty() && !one.starts_with(':'))
                return refused("there is something between ']' and the port");
            if (!one.empty())
                port = one.substr(1);
        } else if (const std::size_t colon = one.rfind(':'); colon != std::string_view::npos) {
            host = one.substr(0, colon);
            port = one.substr(colon + 1);
            if (host.find(':') != std::string_view::npos)
                return refused("an IPv6 address stands in brackets: [::1]:5432");
        }
        const auto name = percentDecoded(host);
        if (!name || !isNumber(std::string(port), 65535) || port == "0")
            return refused("the host list has a part that is not HOST or HOST:PORT");
        // Whatever escapes wrote it: one host stays one, and what Qt parts options by is none.
        if (name->find_first_of(",;") != std::string::npos)
            return refused("a host has no ',' and no ';'");
        url.host += (url.ports.empty() ? "" : ",") + *name;
        url.ports += (url.ports.empty() ? "" : ",") + std::string(port);
    }
    return {};
}

Result<void> judge(const std::string &name, const std::string &value)
{
    if (value.find(';') != std::string::npos)
        return refused("the parameter " + name + " has a ';', which cannot be handed on");
    if (name == "sslmode" && !isOneOf(value, SslModes))
        return refused("sslmode is one of " + allOf(SslModes));
    if (name == "target_session_attrs" && !isOneOf(value, SessionAttributes))
        return refused("target_session_attrs is one of " + allOf(SessionAttributes));
    if (isOneOf(name, Numbers) && !isNumber(value, 1'000'000))
        return refused("the parameter " + name + " needs a number");
    return {};
}

Result<void> readParameter(std::string_view text, DatabaseUrl &url)
{
    const std::size_t equals = text.find('=');
    const auto name = percentDecoded(text.substr(0, equals));
    const auto value =
        equals == std::string_view::npos ? std::nullopt : percentDecoded(text.substr(equals + 1));
    if (!name || !value || name->empty() || value->empty())
        return refused("what follows '?' is NAME=VALUE, with '&' between them");
    if (*name == "host" || *name == "port" || *name == "user" || *name == "password" ||
        *name == "dbname")
        return refused("the parameter " + *name +
                       " stands before the '?' here: "
                       "postgresql://USER:PASSWORD@HOST:PORT/NAME");
    if (!isOneOf(*name, Parameters))
        return refused("the parameter " + *name + " is not known here; known are " +
                       allOf(Parameters));
    for (const auto &[before, unused] : url.parameters) {
        if (before == *name)
            return refused("the parameter " + *name + " is given twice");
    }
    url.parameters.emplace_back(*name, *value);
    return judge(*name, *value);
}

Result<void> readParameters(std::string_view text, DatabaseUrl &url)
{
    while (true) {
        const std::size_t end = std::min(text.find('&'), text.size());
        if (const auto read = readParameter(text.substr(0, end), url); !read)
            return read;
        if (end == text.size())
            return {};
        text.remove_prefix(end + 1);
    }
}

Result<void> readUser(std::string_view text, DatabaseUrl &url)
{
    const std::size_t colon = text.find(':');
    const auto user = percentDecoded(text.substr(0, colon));
    const auto password = colon == std::string_view::npos ? std::optional<std::string>("")
                                                          : percentDecoded(text.substr(colon + 1));
    if (!user || !password)
        return refused("user or password has a '%' without two hex digits: '%' itself is %25");
    url.user = *user;
    url.password = *password;
    return {};
}

Result<DatabaseUrl> parsePostgres(std::string_view text)
{
    DatabaseUrl url;
    url.kind = DatabaseUrl::Kind::Postgres;
    text.remove_prefix(text.find("//") + 2);
    if (text.find('#') != std::string_view::npos)
        return refused("a '#' in a database URL is written %23");
    if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
        if (const auto read = readParameters(text.substr(mark + 1), url); !read)
            return unexpected(read.error());
        text = text.substr(0, mark);
    }
    const std::size_t slash = text.find('/');
    const auto name = slash == std::string_view::npos ? std::optional<std::string>("")
                                                      : percentDecoded(text.substr(slash + 1));
    if (!name || name->empty() || name->find('/') != std::string::npos)
        return refused("the database URL names no database: postgresql://USER@HOST/NAME, and in a "
                       "password '/' is %2F, '@' is %40, '?' is %3F");
    url.name = *name;
    text = text.substr(0, slash);
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        if (const auto read = readUser(text.substr(0, at), url); !read)
            return unexpected(read.error());
        text.remove_prefix(at + 1);
    }
    if (const auto read = readHosts(text, url); !read)
        return unexpected(read.error());
    return url;
}

Result<DatabaseUrl> parseSqlite(std::string path)
{
    if (path.empty())
        return refused("sqlite: needs a path");
    // A directory may be called anything.
    const std::size_t file = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
    if (path.find('?', file) != std::string::npos || path.starts_with("file:"))
        return refused("sqlite: takes a path alone, without parameters");
    if (path.starts_with(':') || path.back() == '/')
        return refused("sqlite: needs the path of a file");
    DatabaseUrl url;
    url.path = std::move(path);
    return url;
}

/// As libpq's connection strings quote.
std::string quoted(const std::string &value)
{
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\')
            out.push_back('\\');
        out.push_back(c);
    }
    return out + '\'';
}

} // namespace

Result<DatabaseUrl> DatabaseUrl::parse(const std::string &text)
{
    if (text.starts_with("sqlite:"))
        return parseSqlite(text.substr(7));
    if (text.starts_with("postgresql://") || text.starts_with("postgres://"))
        return parsePostgres(text);
    return refused("it must be sqlite:PATH or postgresql://USER@HOST/NAME");
}

std::string DatabaseUrl::connectOptions() const
{
    std::string options;
    const auto add = [&options](const std::string &key, const std::string &value) {
        options += (options.empty() ? "" : ";") + key + '=' + quoted(value);
    };
    if (!host.empty())
        add("host", host);
    if (!ports.empty())
        add("port", ports);
    for (const auto &[parameter, value] : parameters)
        add(parameter, value);
    return options;
}

std::string DatabaseUrl::toString() const
{
    if (kind == Kind::Sqlite)
        return "sqlite:" + path;
    std::string text = "postgresql://";
    std::string_view hosts = host;
    std::string_view each = ports;
    while (!each.empty()) {
        const std::size_t hostEnd = std::min(hosts.find(','), hosts.size());
        const std::size_t portEnd = std::min(each.find(','), each.size());
        const std::string one(hosts.substr(0, hostEnd));
        text += (one.find(':') == std::string::npos ? percentEncoded(one)
                                                    : '[' + percentEncoded(one, ":") + ']') +
                ':' + std::string(each.substr(0, portEnd));
        hosts.remove_prefix(std::min(hostEnd + 1, hosts.size()));
        each.remove_prefix(std::min(portEnd + 1, each.size()));
        text += each.empty() ? "" : ",";
    }
    text += '/' + percentEncoded(name);
    char mark = '?';
    for (const auto &[parameter, value] : parameters) {
        text += mark + parameter + '=' + percentEncoded(value, "/:,");
        mark = '&';
    }
    return text;
}

} // namespace higgs::server
