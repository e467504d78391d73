// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/websocket_upgrade.h"

#include "shared/base/bytes.h"
#include "shared/base/trimmed.h"

#include <algorithm>
#include <utility>

namespace higgs::protocol {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equalNoCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

/// Takes the next element off a list; the separator is not looked for inside quotes.
std::string_view takeElement(std::string_view &list, char separator)
{
    bool quoted = false;
    std::size_t i = 0;
    for (; i < list.size(); ++i) {
        if (list[i] == '"')
            quoted = !quoted;
        else if (list[i] == separator && !quoted)
            break;
    }
    const std::string_view element = trimmed(list.substr(0, i));
    list.remove_prefix(std::min(list.size(), i + 1));
    return element;
}

bool hasToken(std::string_view list, std::string_view token)
{
    while (!list.empty()) {
        if (equalNoCase(takeElement(list, ','), token))
            return true;
    }
    return false;
}

/// 8..15 as written in RFC 7692 section 7.1.2: no sign, no leading zero.
std::optional<int> windowBits(std::string_view text)
{
    if (text.size() == 1 && text[0] >= '8' && text[0] <= '9')
        return text[0] - '0';
    if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
        return 10 + (text[1] - '0');
    return std::nullopt;
}

struct DeflateParameters
{
    bool serverNoTakeover = false;
    bool clientNoTakeover = false;
    std::optional<int> serverBits;
    std::optional<int> clientBits;
    bool clientBitsNamed = false;
};

/// One parameter; false if it is unknown, repeated or has a bad value.
bool addParameter(DeflateParameters &into, std::string_view text)
{
    const auto equals = text.find('=');
    const bool hasValue = equals != std::string_view::npos;
    const std::string_view name = trimmed(text.substr(0, equals));
    std::string_view value = hasValue ? trimmed(text.substr(equals + 1)) : std::string_view();
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
    if (name == "server_no_context_takeover" && !hasValue)
        return !std::exchange(into.serverNoTakeover, true);
    if (name == "client_no_context_takeover" && !hasValue)
        return !std::exchange(into.clientNoTakeover, true);
    if (name == "server_max_window_bits" && !into.serverBits) {
        into.serverBits = windowBits(value);
        return into.serverBits.has_value();
    }
    if (name == "client_max_window_bits" && !std::exchange(into.clientBitsNamed, true)) {
        into.clientBits = windowBits(value);
        return into.clientBits.has_value() || !hasValue;
    }
    return false;
}

std::optional<DeflateParameters> deflateParameters(std::string_view extension)
{
    if (!equalNoCase(takeElement(extension, ';'), "permessage-deflate"))
        return std::nullopt;
    DeflateParameters parameters;
    while (!extension.empty()) {
        if (!addParameter(parameters, takeElement(extension, ';')))
            return std::nullopt;
    }
    return parameters;
}

/// The first offer that we can serve.
std::optional<WsDeflate> chooseDeflate(std::string_view extensions)
{
    while (!extensions.empty()) {
        const auto offer = deflateParameters(takeElement(extensions, ','));
        // zlib can not compress with a window of 8 bits.
        if (offer && offer->serverBits.value_or(15) > 8)
            return WsDeflate{offer->serverBits.value_or(15)};
    }
    return std::nullopt;
}

bool isHeaderText(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

ErrorCode refusalCode(int status)
{
    switch (status) {
    case 401:
        return ErrorCode::Unauthorized;
    case 403:
        return ErrorCode::Forbidden;
    case 404:
        return ErrorCode::NotFound;
    case 429:
        return ErrorCode::RateLimited;
    default:
        return status >= 500 ? ErrorCode::Unavailable : ErrorCode::Malformed;
    }
}

/// The status of "HTTP/1.1 101 ...", or 0.
int statusOf(std::string_view line)
{
    constexpr std::string_view Version = "HTTP/1.1 ";
    if (line.substr(0, Version.size()) != Version || line.size() < Version.size() + 3)
        return 0;
    line.remove_prefix(Version.size());
    int status = 0;
    for (const char c : line.substr(0, 3)) {
        if (c < '0' || c > '9')
            return 0;
        status = status * 10 + (c - '0');
    }
    return line.size() == 3 || line[3] == ' ' ? status : 0;
}

std::string_view takeLine(std::string_view &text)
{
    const auto end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    return line;
}

struct ResponseFields
{
    std::string_view upgrade;
    std::string connection;
    std::string_view accept;
    std::string extensions;
    bool subprotocol = false;
    bool twice = false; ///< a field came twice that may come once
};

void addField(ResponseFields &fields, std::string_view name, std::string_view value)
{
    if (equalNoCase(name, "Upgrade")) {
        fields.twice |= !std::exchange(fields.upgrade, value).empty();
    } else if (equalNoCase(name, "Sec-WebSocket-Accept")) {
        fields.twice |= !std::exchange(fields.accept, value).empty();
    } else if (equalNoCase(name, "Connection")) {
        fields.connection.append(",").append(value);
    } else if (equalNoCase(name, "Sec-WebSocket-Extensions")) {
        fields.extensions.append(fields.extensions.empty() ? "" : ",").append(value);
    } else if (equalNoCase(name, "Sec-WebSocket-Protocol")) {
        fields.subprotocol = true;
    }
}

} // namespace

bool wantsWebSocket(const WsUpgradeFields &fields)
{
    return hasToken(fields.upgrade, "websocket") && hasToken(fields.connection, "upgrade");
}

Result<WsUpgradeAccepted> acceptUpgrade(const WsUpgradeFields &fields, bool allowDeflate)
{
    if (fields.method != "GET" || !wantsWebSocket(fields))
        return unexpected(ErrorCode::Malformed, "not a WebSocket upgrade");
    if (trimmed(fields.version) != "13")
        return unexpected(ErrorCode::InvalidArgument, "Sec-WebSocket-Version is not 13");
    const std::string_view key = trimmed(fields.key);
    const Result<Bytes> nonce = fromBase64(key);
    if (!nonce || nonce->size() != 16)
        return unexpected(ErrorCode::Malformed, "Sec-WebSocket-Key is not base64 of 16 bytes");
    WsUpgradeAccepted accepted{std::string(key), std::nullopt};
    if (allowDeflate)
        accepted.deflate = chooseDeflate(fields.extensions);
    return accepted;
}

std::string upgradeResponse(std::string_view accept, const std::optional<WsDeflate> &deflate)
{
    std::string text = "HTTP/1.1 101 Switching Protocols\r\n"
                       "Upgrade: websocket\r\n"
                       "Connection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: ";
    text.append(accept).append("\r\n");
    if (deflate) {
        text += "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                "client_no_context_takeover";
        if (deflate->windowBits < 15)
            text += "; server_max_window_bits=" + std::to_string(deflate->windowBits);
        text += "\r\n";
    }
    return text + "\r\n";
}

Result<std::string> upgradeRequest(const WsUpgradeRequest &request)
{
    const bool pathOk = !request.path.empty() && request.path.front() == '/';
    if (!pathOk || !isHeaderText(request.path) || request.host.empty() ||
        !isHeaderText(request.host) || !isHeaderText(request.bearer))
        return unexpected(ErrorCode::InvalidArgument, "host, path or token of the upgrade");
    std::string text = "GET ";
    text.append(request.path).append(" HTTP/1.1\r\nHost: ").append(request.host);
    text += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: ";
    text.append(request.key).append("\r\n");
    if (!request.bearer.empty())
        text.append("Authorization: Bearer ").append(request.bearer).append("\r\n");
    if (request.offerDeflate)
        text += "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                "client_no_context_takeover\r\n";
    return text + "\r\n";
}

Result<WsUpgradeAnswer> checkUpgradeResponse(std::string_view head, std::string_view accept,
                                             bool offeredDeflate)
{
    const int status = statusOf(takeLine(head));
    if (status != 101)
        return unexpected(refusalCode(status),
                          "the server refused the upgrade with status " + std::to_string(status));
    ResponseFields fields;
    for (std::string_view line = takeLine(head); !line.empty(); line = takeLine(head)) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0)
            return unexpected(ErrorCode::Malformed, "header line without a name");
        addField(fields, line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    if (fields.twice || !equalNoCase(fields.upgrade, "websocket") ||
        !hasToken(fields.connection, "upgrade"))
        return unexpected(ErrorCode::Malformed, "the 101 does not upgrade to websocket");
    if (fields.accept != accept)
        return unexpected(ErrorCode::Malformed, "Sec-WebSocket-Accept does not fit the key");
    if (fields.subprotocol)
        return unexpected(ErrorCode::Malformed, "a subprotocol that was not asked for");
    WsUpgradeAnswer answer;
    if (fields.extensions.empty())
        return answer;
    const auto deflate = deflateParameters(fields.extensions);
    // With a context kept by the server its messages would need ours between them.
    if (!offeredDeflate || !deflate || !deflate->serverNoTakeover ||
        fields.extensions.find(',') != std::string::npos || deflate->clientBitsNamed)
        return unexpected(ErrorCode::Malformed, "an extension that was not offered");
    answer.deflate = WsDeflate{};
    return answer;
}

} // namespace higgs::protocol
