// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs of the control socket that change what is kept: limits, place, server, access key.
#include "app-node/daemon/control_methods.h"

#include "shared/control/place_text.h"
#include "shared/control/plain_text.h"
#include "shared/control/server_url.h"
#include "shared/protocol/country_code.h"

namespace higgs::node {

using control::ControlCall;

namespace {

constexpr std::size_t MaxText = 512;
constexpr std::size_t MaxRegion = 64;
constexpr std::size_t MaxAccessKey = 4'096;

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

/// nullopt when the member is absent or null.
Result<std::optional<std::string>> textOf(const Json &params, const char *name, std::size_t most)
{
    const auto found = params.find(name);
    if (found == params.end() || found->is_null())
        return std::optional<std::string>();
    if (!found->is_string() || found->get_ref<const std::string &>().size() > most)
        return wrong(std::string(name) + " must be a text of at most " + std::to_string(most) +
                     " bytes");
    return std::optional(found->get<std::string>());
}

Result<ConfiguredServer> readServer(const Json &params)
{
    const auto url = textOf(params, "url", MaxText);
    const auto pin = textOf(params, "pin", MaxText);
    if (!url || !pin)
        return unexpected(url ? pin.error() : url.error());
    if (!*url)
        return wrong("url is missing: https://HOST[:PORT]");
    const auto parsed = control::parseServerUrl(**url);
    if (!parsed)
        return unexpected(parsed.error());
    ConfiguredServer server{parsed->host, parsed->port, ServerTrust::system()};
    if (*pin) {
        const auto trust = ServerTrust::parsePin(**pin);
        if (!trust)
            return wrong("pin must be the SHA-256 of a certificate, 64 hex digits");
        server.trust = *trust;
    }
    return server;
}

/// Empty text for none.
Result<std::string> chosenRegion(const std::string &text, const std::string &country)
{
    if (text.empty())
        return std::string();
    const auto code = protocol::CountryCode::parse(country);
    if (!code)
        return wrong("say the country first: set country CC");
    const Result<protocol::PlaceCode> place = control::parsePlaceText(text);
    if (!place || place->country != *code || place->text == code->text())
        return wrong("region must be a code of ISO 3166-2 in that country, " + country + "-...");
    return place->text;
}

/// nullopt when absent.
Result<std::optional<std::string>> accessKeyOf(const Json &params, const char *name)
{
    auto key = textOf(params, name, MaxAccessKey);
    if (key && *key && !control::isCredentialText(**key))
        return wrong(std::string(name) + " must be printable text without spaces");
    return key;
}

Unexpected fixedByOptions(const char *what)
{
    return unexpected(ErrorCode::Forbidden, std::string(what) + " is set by the daemon's options");
}

} // namespace

void ControlMethods::limits(ControlCall call)
{
    const NodeLimits before = m_engine.config().limits;
    const Result<NodeLimits> limits = changedLimits(before, call.params());
    if (!limits) {
        call.answer(unexpected(limits.error()));
        return;
    }
    if (*limits != before) {
        const auto kept = keep([&limits](Settings &settings) { settings.limits = *limits; });
        if (!kept) {
            call.answer(unexpected(kept.error()));
            return;
        }
        m_engine.setLimits(*limits);
    }
    call.answer(limitsJson(*limits));
}

void ControlMethods::set(ControlCall call)
{
    const auto key = textOf(call.params(), "key", MaxText);
    const auto value = textOf(call.params(), "value", MaxRegion);
    if (!key || !value) {
        call.answer(unexpected(key ? value.error() : key.error()));
        return;
    }
    std::string country = m_engine.config().country;
    std::string region = m_engine.config().region;
    const std::string name = key->value_or("");
    if ((name == "country" && m_fixed.country) || (name == "region" && m_fixed.region)) {
        call.answer(fixedByOptions(name.c_str()));
        return;
    }
    if (name == "country") {
        const auto code = control::parseCountryText(value->value_or(""));
        if (!code) {
            call.answer(wrong("country must be a country's two letters (ISO 3166-1)"));
            return;
        }
        if (country != code->text() && m_fixed.region && !region.empty()) {
            call.answer(wrong(
                "the region was set when the service was started, and is not there: " + region));
            return;
        }
        if (country != code->text())
            region.clear(); // a region of another country
        country = code->text();
    } else if (name == "region") {
        const auto given = chosenRegion(value->value_or(""), country);
        if (!given) {
            call.answer(unexpected(given.error()));
            return;
        }
        region = *given;
    } else if (!name.empty()) {
        call.answer(wrong("settings are: country CC, region RR"));
        return;
    }
    if (!name.empty()) {
        const auto kept = keep([&](Settings &settings) {
            settings.country = country;
            settings.region = region;
        });
        if (!kept) {
            call.answer(unexpected(kept.error()));
            return;
        }
        m_engine.setPlace(country, region);
    }
    call.answer(Json{{"country", country}, {"region", region}});
}

void ControlMethods::configureServer(ControlCall call)
{
    if (m_fixed.server) {
        call.answer(fixedByOptions("the server"));
        return;
    }
    const Result<ConfiguredServer> server = readServer(call.params());
    const auto key = accessKeyOf(call.params(), "accessKey");
    if (!server || !key) {
        call.answer(unexpected(server ? key.error() : server.error()));
        return;
    }
    if (*key && m_fixed.accessKey) {
        call.answer(fixedByOptions("the access key"));
        return;
    }
    Result<void> done = m_engine.setServer(server->host, server->port, server->trust);
    // Without a key, too: that of the server before is nobody else's.
    if (done && !m_fixed.accessKey)
        m_engine.setAccessKey(SecretText(key->value_or("")));
    if (done)
        done = keep([&server](Settings &settings) { settings.server = *server; });
    if (done)
        call.answer(statusNow());
    else
        call.answer(unexpected(done.error()));
}

void ControlMethods::setAccessKey(ControlCall call)
{
    if (m_fixed.accessKey) {
        call.answer(fixedByOptions("the access key"));
        return;
    }
    const auto key = accessKeyOf(call.params(), "key");
    if (!key || !*key) {
        call.answer(key ? wrong("key is missing; an empty one forgets it")
                        : unexpected(key.error()));
        return;
    }
    m_engine.setAccessKey(SecretText(**key));
    call.answer(statusNow());
}

} // namespace higgs::node
