// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/invitation.h"

#include "shared/base/bytes.h"
#include "shared/base/utf8.h"
#include "shared/control/plain_text.h"
#include "shared/protocol/certificate_pin.h"

#include <algorithm>

namespace higgs::control {

namespace {

constexpr std::string_view Scheme = "higgs://";
constexpr std::string_view Join = "join";
// A host of 253 characters, a pin with colons, a key and a name, all percent-encoded, fit.
constexpr std::size_t MaxInvitation = 3072;
constexpr std::string_view ToShare = "share";
constexpr std::size_t CheckWords = 6;

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

/// RFC 3986 section 2.1. Only printable ASCII may stand in the text.
Result<std::string> decoded(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c <= ' ' || c > '~')
            return wrong("it contains characters that no invitation has");
        if (c == '%') {
            const Result<Bytes> byte = fromHex(text.substr(i + 1, 2));
            if (!byte || byte->size() != 1)
                return wrong("a broken percent escape");
            c = static_cast<char>(byte->front());
            i += 2;
        }
        plain.push_back(c);
    }
    return plain;
}

bool isUtf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = utf8Length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string encoded(std::string_view text)
{
    constexpr std::string_view Digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if ((c >= '0' && c <= '9') || (lowered(c) >= 'a' && lowered(c) <= 'z') || c == '-' ||
            c == '.' || c == '_' || c == '~') {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(Digits[byte >> 4U]);
            out.push_back(Digits[byte & 15U]);
        }
    }
    return out;
}

/// What a link says, before anything is made of it.
struct Parameters
{
    std::string server, pin, from, key, purpose;

    std::string *named(std::string_view name)
    {
        return name == "server" ? &server
               : name == "pin"  ? &pin
               : name == "from" ? &from
               : name == "key"  ? &key
               : name == "for"  ? &purpose
                                : nullptr;
    }
};

Result<Parameters> readParameters(std::string_view text)
{
    Parameters all;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string_view name = part.substr(0, equals);
        std::string *place = all.named(name);
        if (place == nullptr)
            return wrong("it asks for something that this version does not know");
        Result<std::string> value = decoded(part.substr(std::min(equals + 1, part.size())));
        if (!value)
            return unexpected(value.error());
        if (!place->empty() || value->empty())
            return wrong(std::string(name) + " is " + (value->empty() ? "empty" : "given twice"));
        // All but a person's name is written in printable ASCII.
        if (place != &all.from && !isCredentialText(*value))
            return wrong("it contains characters that no invitation has");
        *place = std::move(*value);
    }
    return all;
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
    Result<Parameters> said = readParameters(text);
    if (!said)
        return unexpected(said.error());
    SecretText key(std::move(said->key));
    if (said->server.empty())
        return wrong("it names no server");
    const Result<ServerUrl> url = parseServerUrl(said->server);
    if (!url)
        return unexpected(url.error());
    const Result<std::string> digits = said->pin.empty() ? std::string() : parsePin(said->pin);
    if (!digits)
        return unexpected(digits.error());
    if (said->from.size() > Invitation::MaxFrom || !isUtf8(said->from) || !isPlainText(said->from))
        return wrong("whoever it is from has no name that can be shown");
    if (key.reveal().size() > Invitation::MaxKey)
        return wrong("its access key is too long");
    if (!said->purpose.empty() && said->purpose != ToShare)
        return wrong("it is for something that this version does not know");
    return Invitation{*url, *digits, std::move(said->from), std::move(key), !said->purpose.empty()};
}

InvitationChange changeBy(const Invitation &invitation, const std::optional<TrustedServer> &present)
{
    if (!present)
        return InvitationChange::First;
    if (present->url != invitation.server)
        return InvitationChange::Server;
    return present->pin == invitation.pin ? InvitationChange::Same : InvitationChange::Certificate;
}

void hideInvitations(int argc, char *argv[])
{
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const auto found =
            std::search(argument.begin(), argument.end(), Scheme.begin(), Scheme.end(),
                        [](char a, char b) { return lowered(a) == b; });
        char *from = argv[i] + (found - argument.begin());
        wipe({reinterpret_cast<std::uint8_t *>(from),
              static_cast<std::size_t>(argument.end() - found)});
    }
}

std::string invitationText(const Invitation &invitation)
{
    // The pin first: a link that is cut on its way then goes nowhere, instead of going unpinned.
    std::string text = std::string(Scheme) + std::string(Join) + "?";
    if (!invitation.pin.empty())
        text += "pin=" + invitation.pin + "&";
    if (!invitation.key.empty())
        text += "key=" + encoded(invitation.key.reveal()) + "&";
    if (invitation.toShare)
        text += "for=" + std::string(ToShare) + "&";
    if (!invitation.from.empty())
        text += "from=" + encoded(invitation.from) + "&";
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

std::string checkWords(std::string_view pin)
{
    constexpr std::string_view Consonants = "bdfghjklmnprstvz";
    constexpr std::string_view Vowels = "aiou";
    const Result<Bytes> bytes = fromHex(pin);
    if (!bytes || bytes->size() < 2 * CheckWords)
        return {};
    std::string words;
    for (std::size_t i = 0; i < CheckWords; ++i) {
        const unsigned two = unsigned{(*bytes)[2 * i]} << 8U | (*bytes)[2 * i + 1];
        if (i > 0)
            words.push_back(' ');
        words += {Consonants[two >> 12U], Vowels[two >> 10U & 3U], Consonants[two >> 6U & 15U],
                  Vowels[two >> 4U & 3U], Consonants[two & 15U]};
    }
    return words;
}

} // namespace higgs::control
