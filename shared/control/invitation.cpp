// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/invitation.h"

#include "shared/base/bytes.h"
#include "shared/protocol/certificate_pin.h"

#include <algorithm>

namespace higgs::control {

namespace {

constexpr std::string_view Scheme = "higgs://";
constexpr std::string_view Join = "join";
// A host of 253 characters and a pin with colons, all percent-encoded, fit twice.
constexpr std::size_t MaxInvitation = 2048;

Unexpected wrong(const std::string &why)
{
    return unexpected(ErrorCode::InvalidArgument,
                      "not an invitation (higgs://join?server=HOST:PORT&pin=SHA256): " + why);
}

char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Schemes and hosts of URLs have no case (RFC 3986 section 6.2.2.1), and mail programs use that.
bool takePrefix(std::string_view &text, std::string_view prefix)
{
    if (text.size() < prefix.size() || !std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                   [](char a, char b) { return a == lowered(b); }))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// RFC 3986 section 2.1. Only printable ASCII may stand in the text or come out of it.
Result<std::string> decoded(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const Result<Bytes> byte = fromHex(text.substr(i + 1, 2));
            if (!byte || byte->size() != 1)
                return wrong("a broken percent escape");
            c = static_cast<char>(byte->front());
            i += 2;
        }
        if (c <= ' ' || c > '~')
            return wrong("it contains characters that no invitation has");
        plain.push_back(c);
    }
    return plain;
}

} // namespace

Result<Invitation> parseInvitation(std::string_view text)
{
    if (text.size() > MaxInvitation)
        return wrong("it is too long");
    if (!takePrefix(text, Scheme) || !takePrefix(text, Join))
        return wrong("it does not begin with higgs://join");
    if (text.starts_with('/')) // what browsers make of a link without a path
        text.remove_prefix(1);
    if (!text.starts_with('?'))
        return wrong("it names no server");
    text.remove_prefix(1);
    std::string server;
    std::string pin;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string_view name = part.substr(0, equals);
        if (name != "server" && name != "pin")
            return wrong("it asks for something that this version does not know");
        const Result<std::string> value = decoded(part.substr(std::min(equals + 1, part.size())));
        if (!value)
            return unexpected(value.error());
        std::string &place = name == "server" ? server : pin;
        if (!place.empty() || value->empty())
            return wrong(std::string(name) + " is " + (value->empty() ? "empty" : "given twice"));
        place = *value;
    }
    if (server.empty())
        return wrong("it names no server");
    const Result<ServerUrl> url = parseServerUrl(server);
    if (!url)
        return unexpected(url.error());
    if (pin.empty())
        return Invitation{*url, {}};
    const Result<std::string> digits = parsePin(pin);
    if (!digits)
        return unexpected(digits.error());
    return Invitation{*url, *digits};
}

std::string invitationText(const Invitation &invitation)
{
    // The pin first: a link that is cut on its way then goes nowhere, instead of going unpinned.
    std::string text = std::string(Scheme) + std::string(Join) + "?";
    if (!invitation.pin.empty())
        text += "pin=" + invitation.pin + "&";
    constexpr std::size_t Https = sizeof("https://") - 1;
    text += "server=" + serverUrlText(invitation.server).substr(Https);
    return text;
}

Result<std::string> parsePin(std::string_view text)
{
    const auto digest = protocol::parseCertificateDigest(text);
    if (!digest)
        return unexpected(digest.error());
    return toHex(*digest);
}

std::string pinText(std::string_view pin)
{
    std::string text;
    for (std::size_t i = 0; i < pin.size(); ++i) {
        if (i > 0 && i % 2 == 0)
            text.push_back(':');
        const char c = pin[i];
        text.push_back(c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    return text;
}

} // namespace higgs::control
