// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/settings.h"

#include "shared/control/place_text.h"
#include "shared/control/settings_file.h"
#include "shared/protocol/relay_endpoint.h"

#include <array>
#include <cstdio>

namespace higgs::vpn {

namespace {

struct PathName
{
    std::string_view name;
    PathPreference path;
};
constexpr std::array PathNames = {
    PathName{"auto", PathPreference::Auto},
    PathName{"relay", PathPreference::Relay},
    PathName{"direct", PathPreference::Direct},
    PathName{"turn", PathPreference::Turn},
};

Unexpected wrong(std::string text)
{
    return unexpected(ErrorCode::InvalidArgument, std::move(text));
}

/// A text member; empty when absent or null, InvalidArgument when it is something else.
Result<std::string> textOf(const Json &params, const char *name)
{
    const auto found = params.find(name);
    if (found == params.end() || found->is_null())
        return std::string();
    if (!found->is_string())
        return wrong(std::string(name) + " must be a text");
    return found->get<std::string>();
}

Result<PathPreference> parsePath(std::string_view text)
{
    for (const PathName &each : PathNames) {
        if (each.name == text)
            return each.path;
    }
    return wrong("path must be auto, relay, direct or turn");
}

/// Empty stays empty: no wish.
Result<std::string> parseCountry(const char *what, const std::string &text)
{
    if (text.empty())
        return text;
    const Result<protocol::CountryCode> code = control::parseCountryText(text);
    if (!code)
        return wrong(std::string(what) + " must be a country's two letters (ISO 3166-1): " + text);
    return code->text();
}

bool canBeResolver(const IpAddress &address)
{
    constexpr unsigned FirstMulticastByte4 = 224;
    constexpr unsigned MulticastByte6 = 0xff;
    constexpr unsigned LinkLocalByte6 = 0xfe;
    const ByteSpan bytes = address.bytes();
    if (address.isLoopback() || address.isUnspecified() || address.isV4Mapped())
        return false;
    if (address.isV4())
        return bytes[0] != 0 && bytes[0] < FirstMulticastByte4;
    // A link-local address means nothing on another link, and the tunnel is one.
    return bytes[0] != MulticastByte6 && bytes[0] != LinkLocalByte6;
}

Result<std::vector<IpAddress>> parseDns(std::string_view text)
{
    std::vector<IpAddress> servers;
    if (text == "node")
        return servers;
    while (true) {
        const auto comma = text.find(',');
        std::string_view word = text.substr(0, comma);
        while (word.starts_with(' '))
            word.remove_prefix(1);
        const Result<IpAddress> server = IpAddress::parse(word);
        if (!server || !canBeResolver(*server) || servers.size() == MaxDnsServers)
            return wrong("dns must be node, or up to three addresses with commas between: " +
                         std::string(text));
        servers.push_back(*server);
        if (comma == std::string_view::npos)
            return servers;
        text.remove_prefix(comma + 1);
    }
}

std::string dnsText(const std::vector<IpAddress> &servers)
{
    std::string text;
    for (const IpAddress &server : servers)
        text += (text.empty() ? "" : ",") + server.toString();
    return text.empty() ? "node" : text;
}

Result<bool> parseSwitch(const std::string &key, const std::string &value)
{
    if (value != "on" && value != "off")
        return wrong(key + " must be on or off");
    return value == "on";
}

Json orNull(const std::string &text)
{
    return text.empty() ? Json() : Json(text);
}

const char *onOff(bool on)
{
    return on ? "on" : "off";
}

std::optional<ConfiguredServer> serverFromFile(const Json &file)
{
    const auto found = file.find("server");
    if (found == file.end() || !found->is_object())
        return std::nullopt;
    const Result<std::string> host = textOf(*found, "host");
    const Result<std::string> pin = textOf(*found, "pin");
    const auto port = found->find("port");
    if (!host || !pin || port == found->end() || !port->is_number_unsigned())
        return std::nullopt;
    const auto number = port->get<std::uint64_t>();
    const bool named = protocol::isHostText(*host) || IpAddress::parse(*host);
    if (!named || number == 0 || number > UINT16_MAX)
        return std::nullopt;
    ConfiguredServer server{*host, static_cast<std::uint16_t>(number), {}};
    if (pin->empty())
        return server;
    const Result<ServerTrust> trust = ServerTrust::parsePin(*pin);
    if (!trust)
        return std::nullopt; // never weaker than what was asked for
    server.trust = *trust;
    return server;
}

} // namespace

std::string_view toString(PathPreference path)
{
    for (const PathName &each : PathNames) {
        if (each.path == path)
            return each.name;
    }
    return "auto";
}

std::string pinText(const CertificateFingerprint &pin)
{
    std::string text;
    for (const std::uint8_t byte : pin) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), "%02X", static_cast<unsigned>(byte));
        text += (text.empty() ? "" : ":") + std::string(hex.data());
    }
    return text;
}

Result<ConnectRequest> readRequest(const Json &params, const Settings &defaults)
{
    for (const char *name : {"country", "region", "via", "nodeId", "path"}) {
        const Result<std::string> text = textOf(params, name);
        if (!text)
            return unexpected(text.error());
    }
    // How to get there is set for every exit, also for one that is named.
    ConnectRequest request;
    request.path = defaults.path;
    request.via = defaults.via;
    if (const std::string text = *textOf(params, "nodeId"); !text.empty()) {
        const Result<NodeId> node = NodeId::parse(text);
        if (!node)
            return wrong("nodeId must be a UUID");
        request.node = *node;
    } else {
        request.country = defaults.country;
    }
    // "any" and "none" overrule a setting, as absence cannot.
    const std::string countryText = *textOf(params, "country");
    const Result<std::string> country =
        parseCountry("country", countryText == "any" ? std::string() : countryText);
    if (!country)
        return unexpected(country.error());
    if (!countryText.empty())
        request.country = *country;
    if (const std::string text = *textOf(params, "region"); !text.empty()) {
        const Result<protocol::PlaceCode> region = control::parsePlaceText(text);
        if (!region || region->country.text() != request.country)
            return wrong("region must be one of the country asked for (ISO 3166-2): " + text);
        request.region = region->text;
    }
    const std::string viaText = *textOf(params, "via");
    const Result<std::string> via =
        parseCountry("via", viaText == "none" ? std::string() : viaText);
    if (!via)
        return unexpected(via.error());
    if (!viaText.empty())
        request.via = *via;
    if (const std::string text = *textOf(params, "path"); !text.empty()) {
        const Result<PathPreference> path = parsePath(text);
        if (!path)
            return unexpected(path.error());
        request.path = *path;
    }
    return request;
}

std::optional<ConnectRequest> requestAfter(const Settings &before, const Settings &now,
                                           const ConnectRequest &request)
{
    ConnectRequest next = request;
    if (request.path == before.path)
        next.path = now.path;
    if (request.via == before.via)
        next.via = now.via;
    return next == request ? std::nullopt : std::optional(next);
}

Json requestJson(const ConnectRequest &request)
{
    return Json{{"country", orNull(request.country)},
                {"region", orNull(request.region)},
                {"nodeId", orNull(request.node.text())},
                {"path", toString(request.path)},
                {"via", orNull(request.via)}};
}

Json settingsJson(const Settings &settings)
{
    return Json{{"country", settings.country.empty() ? "any" : settings.country},
                {"path", toString(settings.path)},
                {"via", settings.via.empty() ? "none" : settings.via},
                {"autoconnect", onOff(settings.autoconnect)},
                {"lockdown", onOff(settings.policy.lockdown)},
                {"lan", onOff(settings.policy.allowLan)},
                {"port-mapping", onOff(settings.policy.portMapping)},
                {"dns", dnsText(settings.policy.dns)}};
}

Result<void> change(Settings &settings, const std::string &key, const std::string &value)
{
    if (key == "country" || key == "via") {
        const std::string none = key == "via" ? "none" : "any";
        const Result<std::string> country = parseCountry(key.c_str(), value);
        if (value.empty() || (value != none && !country))
            return wrong(key + " must be " + none +
                         " or a country's two letters (ISO 3166-1): " + value);
        (key == "via" ? settings.via : settings.country) = value == none ? std::string() : *country;
        return {};
    }
    if (key == "path") {
        const Result<PathPreference> path = parsePath(value);
        if (!path)
            return unexpected(path.error());
        settings.path = *path;
        return {};
    }
    if (key == "dns") {
        Result<std::vector<IpAddress>> servers = parseDns(value);
        if (!servers)
            return unexpected(servers.error());
        settings.policy.dns = std::move(*servers);
        return {};
    }
    bool *flag = key == "autoconnect"    ? &settings.autoconnect
                 : key == "lockdown"     ? &settings.policy.lockdown
                 : key == "lan"          ? &settings.policy.allowLan
                 : key == "port-mapping" ? &settings.policy.portMapping
                                         : nullptr;
    if (flag == nullptr)
        return wrong("settings are: country CC|any, path auto|relay|direct|turn, via CC|none, "
                     "autoconnect on|off, lockdown on|off, lan on|off, port-mapping on|off, "
                     "dns node|ADDRESS,...");
    const Result<bool> on = parseSwitch(key, value);
    if (!on)
        return unexpected(on.error());
    *flag = *on;
    return {};
}

std::string faultOf(const Json &file)
{
    for (const char *key : {"lockdown", "autoconnect"}) {
        const auto found = file.find(key);
        if (found != file.end() && *found != "on" && *found != "off")
            return key;
    }
    if (const auto wish = file.find("wish"); wish != file.end() && !wish->is_null()) {
        if (!wish->is_object() || !readRequest(*wish, {}))
            return "wish";
    }
    // Without its server a wish cannot be begun, and would leave the line open.
    if (const auto server = file.find("server"); server != file.end() && !server->is_null()) {
        if (!serverFromFile(file))
            return "server";
    }
    return {};
}

Settings closedSettings()
{
    Settings settings;
    settings.policy.lockdown = true;
    return settings;
}

Settings settingsFromFile(const Json &file)
{
    Settings settings;
    for (const char *key :
         {"country", "path", "via", "autoconnect", "lockdown", "lan", "port-mapping", "dns"}) {
        const auto found = file.find(key);
        if (found != file.end() && found->is_string())
            static_cast<void>(change(settings, key, found->get<std::string>()));
    }
    // Whatever it was to say, closed is the side to err on.
    if (!faultOf(file).empty())
        settings.policy.lockdown = true;
    if (const auto wish = file.find("wish"); wish != file.end() && wish->is_object()) {
        if (const Result<ConnectRequest> request = readRequest(*wish, {}))
            settings.wish = *request;
    }
    // A pause that cannot be understood is over, for the same reason.
    const auto paused = file.find("pausedUntil");
    if (settings.wish && paused != file.end() && !paused->is_null())
        settings.pausedUntil = control::momentOf(*paused).value_or(WallTime());
    const auto from = file.find("pausedFrom");
    if (settings.pausedUntil && from != file.end() && !from->is_null())
        settings.pausedFrom = control::momentOf(*from).value_or(*settings.pausedUntil);
    settings.server = serverFromFile(file);
    return settings;
}

std::optional<WallTime> pauseAt(const Settings &settings, WallTime now)
{
    const std::optional<WallTime> &until = settings.pausedUntil;
    const bool begun = !settings.pausedFrom || now >= *settings.pausedFrom;
    const bool stands = until && begun && *until > now && *until - now <= LongestPause;
    return stands ? until : std::nullopt;
}

Json settingsToFile(const Settings &settings)
{
    Json file = settingsJson(settings);
    if (settings.wish)
        file["wish"] = requestJson(*settings.wish);
    if (settings.pausedUntil)
        file["pausedUntil"] = settings.pausedUntil->ms;
    if (settings.pausedUntil && settings.pausedFrom)
        file["pausedFrom"] = settings.pausedFrom->ms;
    if (settings.server) {
        const std::optional<CertificateFingerprint> &pin = settings.server->trust.pin;
        file["server"] = {{"host", settings.server->host},
                          {"port", settings.server->port},
                          {"pin", pin ? Json(pinText(*pin)) : Json()}};
    }
    return file;
}

} // namespace higgs::vpn
