// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config_reading.h"

#include "server/address_rules.h"
#include "server/identity.h"
#include "server/ini_file.h"

#include <algorithm>

namespace higgs::server {

std::string shown(const std::string &text)
{
    constexpr std::size_t Most = 60;
    return '"' + withCodePoints(text.size() > Most ? text.substr(0, Most) + "..." : text) + '"';
}

std::vector<std::string> listOf(std::string_view text)
{
    std::vector<std::string> parts;
    while (true) {
        const std::size_t comma = text.find(',');
        std::string_view part = text.substr(0, comma);
        part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
        parts.emplace_back(part.substr(0, part.find_last_not_of(" \t") + 1));
        if (comma == std::string_view::npos)
            return parts;
        text.remove_prefix(comma + 1);
    }
}

std::optional<Endpoint> endpoint(const Reading &reading, const char *name, const std::string &text)
{
    const Result<Endpoint> parsed = Endpoint::parse(text);
    if (!parsed && text.find('%') != std::string::npos)
        reading.fault(name, "has a zone, which is not supported: give an address without one, or "
                            "[::]:PORT for all, not " +
                                shown(text));
    else if (!parsed)
        reading.fault(name, "needs ADDRESS:PORT, for example 127.0.0.1:3000 or [::]:3000, not " +
                                shown(text));
    if (!parsed)
        return std::nullopt;
    if (const std::string why = whyNotBound(parsed->address); !why.empty()) {
        reading.fault(name, "cannot be " + shown(text) + ": that " + why);
        return std::nullopt;
    }
    return *parsed;
}

bool reachable(const Reading &reading, const char *name, const std::string &host)
{
    if (const std::string why = whyNotReached(host); !why.empty()) {
        reading.fault(name, "cannot be " + shown(host) + ": that " + why);
        return false;
    }
    if (isOnlyHere(host))
        reading.remark(name, "is " + host + ": nobody but this machine comes to it");
    return true;
}

std::optional<SecretText> secretOf(const Reading &reading, const char *name)
{
    const auto file = reading.value(name);
    if (!file)
        return std::nullopt;
    auto secret = readSecretFile(*file);
    if (secret)
        return std::move(*secret);
    reading.fault(name, "names a file that cannot be used: " + secret.error().detail,
                  secret.error().code);
    return std::nullopt;
}

} // namespace higgs::server
