// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/control_methods.h"

#include "app-vpn/daemon/diagnosis.h"
#include "app-vpn/daemon/status_json.h"
#include "shared/base/log.h"
#include "shared/control/settings_file.h"

#include <array>

namespace higgs::vpn {

using control::ControlCall;
using control::Json;

namespace {

constexpr Seconds FiguresInterval{1};
constexpr const char *Wish = "wish";

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
    const Result<protocol::CountryCode> code = protocol::CountryCode::parse(text);
    if (!code)
        return wrong(std::string(what) + " must be a country's two letters (ISO 3166-1): " + text);
    return code->text();
}

/// What this version understands of a settings file, whoever wrote it.
Json understood(const Json &settings)
{
    Json known = Json::object();
    for (const char *name : {"country", "path", "autoconnect"}) {
        if (settings.contains(name) && settings.at(name).is_string())
            known[name] = settings.at(name);
    }
    if (settings.contains(Wish) && settings.at(Wish).is_object())
        known[Wish] = settings.at(Wish);
    return known;
}

} // namespace

ControlMethods::ControlMethods(control::ControlServer &server, ClientEngine &engine,
                               const std::string &dataDir, TunnelKind tunnel, const Json &settings)
    : m_server(server),
      m_engine(engine),
      m_tunnel(tunnel),
      m_settingsFile(settingsFile(dataDir)),
      m_settings(understood(settings))
{
    addMethods();
    connect(&m_engine, &ClientEngine::statusChanged, this, &ControlMethods::tellSubscribers);
    connect(&m_figures, &QTimer::timeout, this, &ControlMethods::tellSubscribers);
    m_figures.start(FiguresInterval);
}

std::string ControlMethods::settingsFile(const std::string &dataDir)
{
    return dataDir + "/settings.json";
}

void ControlMethods::forgetWish(Json &settings)
{
    settings.erase(Wish);
}

void ControlMethods::addMethods()
{
    m_server.addMethod("status",
                       [this](ControlCall call) { call.answer(statusJson(m_engine.status())); });
    m_server.addMethod("subscribe", [this](ControlCall call) {
        call.subscribe();
        call.answer(statusJson(m_engine.status()));
    });
    m_server.addMethod("connect", [this](ControlCall call) { connectTo(std::move(call)); });
    m_server.addMethod("disconnect", [this](ControlCall call) { disconnectFrom(std::move(call)); });
    m_server.addMethod("countries", [this](ControlCall call) { listCountries(std::move(call)); });
    m_server.addMethod("set", [this](ControlCall call) { set(std::move(call)); });
    m_server.addMethod("diagnose", [this](ControlCall call) { diagnose(std::move(call)); });
    m_server.addMethod("restoreNetwork",
                       [this](ControlCall call) { restoreNetwork(std::move(call)); });
}

void ControlMethods::resume()
{
    const ClientState state = m_engine.status().state;
    const bool again = state == ClientState::Blocked && m_settings.contains(Wish);
    const bool always =
        state == ClientState::Disconnected && m_settings.value("autoconnect", "") == "on";
    if (!again && !always)
        return;
    const Json wish = again ? m_settings.at(Wish) : Json::object();
    if (const Result<ConnectRequest> request = readRequest(wish))
        m_engine.connectTunnel(*request);
}

Result<ConnectRequest> ControlMethods::readRequest(const Json &params) const
{
    // What the request leaves open, the settings may say.
    Json wish = params;
    for (const char *name : {"country", "path"}) {
        if (!wish.contains(name) && !wish.contains("nodeId") && m_settings.contains(name))
            wish[name] = m_settings.at(name);
    }
    ConnectRequest request;
    for (const char *name : {"country", "via", "nodeId", "path"}) {
        const Result<std::string> text = textOf(wish, name);
        if (!text)
            return unexpected(text.error());
    }
    const Result<std::string> country = parseCountry("country", *textOf(wish, "country"));
    if (!country)
        return unexpected(country.error());
    request.country = *country;
    const Result<std::string> via = parseCountry("via", *textOf(wish, "via"));
    if (!via)
        return unexpected(via.error());
    request.via = *via;
    if (const std::string text = *textOf(wish, "nodeId"); !text.empty()) {
        const Result<NodeId> node = NodeId::parse(text);
        if (!node)
            return wrong("nodeId must be a UUID");
        request.node = *node;
    }
    if (const std::string text = *textOf(wish, "path"); !text.empty()) {
        const Result<PathPreference> path = parsePath(text);
        if (!path)
            return unexpected(path.error());
        request.path = *path;
    }
    return request;
}

void ControlMethods::connectTo(ControlCall call)
{
    const Result<ConnectRequest> request = readRequest(call.params());
    if (!request) {
        call.answer(unexpected(request.error()));
        return;
    }
    rememberWish(call.params());
    m_engine.connectTunnel(*request);
    call.answer(statusJson(m_engine.status()));
}

void ControlMethods::disconnectFrom(ControlCall call)
{
    forgetWish(m_settings);
    save();
    m_engine.disconnectTunnel();
    call.answer(statusJson(m_engine.status()));
}

void ControlMethods::restoreNetwork(ControlCall call)
{
    forgetWish(m_settings);
    save();
    const Result<void> restored = m_engine.restoreNetwork();
    if (!restored) {
        call.answer(unexpected(restored.error()));
        return;
    }
    call.answer(statusJson(m_engine.status()));
}

void ControlMethods::listCountries(ControlCall call)
{
    // Shared, because a continuation must be copyable.
    auto kept = std::make_shared<ControlCall>(std::move(call));
    m_engine.locations().then(this, [kept](const Result<protocol::LocationsResponse> &locations) {
        if (locations)
            kept->answer(protocol::toJson(*locations));
        else
            kept->answer(unexpected(locations.error()));
    });
}

void ControlMethods::set(ControlCall call)
{
    const Result<std::string> key = textOf(call.params(), "key");
    const Result<std::string> value = textOf(call.params(), "value");
    if (!key || !value) {
        call.answer(unexpected(key ? value.error() : key.error()));
        return;
    }
    Result<Json> accepted = Json(*value);
    if (key->empty()) {
        // Nothing to change: the answer tells what is set.
    } else if (*key == "country" && *value == "any") {
        m_settings.erase("country");
    } else if (*key == "country") {
        const Result<std::string> country = parseCountry("country", *value);
        if (country)
            m_settings["country"] = *country;
        else
            accepted = unexpected(country.error());
    } else if (*key == "path") {
        if (const Result<PathPreference> path = parsePath(*value))
            m_settings["path"] = *value;
        else
            accepted = unexpected(path.error());
    } else if (*key == "autoconnect" && (*value == "on" || *value == "off")) {
        m_settings["autoconnect"] = *value;
    } else {
        accepted = wrong("settings are: country CC|any, path auto|relay|direct|turn, "
                         "autoconnect on|off");
    }
    if (!accepted) {
        call.answer(unexpected(accepted.error()));
        return;
    }
    if (Result<void> written = control::writeSettings(m_settingsFile, m_settings); !written) {
        call.answer(unexpected(written.error()));
        return;
    }
    call.answer(Json{{"country", m_settings.value("country", "any")},
                     {"path", m_settings.value("path", "auto")},
                     {"autoconnect", m_settings.value("autoconnect", "off")}});
}

void ControlMethods::diagnose(ControlCall call)
{
    auto kept = std::make_shared<ControlCall>(std::move(call));
    m_engine.locations().then(this, [this,
                                     kept](const Result<protocol::LocationsResponse> &locations) {
        const std::string name =
            m_engine.serverHost() + ":" + std::to_string(m_engine.serverPort());
        const Result<std::size_t> places = locations
                                               ? Result<std::size_t>(locations->locations.size())
                                               : Result<std::size_t>(unexpected(locations.error()));
        kept->answer(diagnosis(m_engine.status(), checkTunnelPrivileges(m_tunnel), name, places));
    });
}

void ControlMethods::tellSubscribers()
{
    if (!m_server.hasSubscribers())
        return;
    Json status = statusJson(m_engine.status());
    if (status == m_lastTold)
        return;
    m_lastTold = std::move(status);
    m_server.notifySubscribers("status", m_lastTold);
}

void ControlMethods::rememberWish(const Json &params)
{
    m_settings[Wish] = params;
    save();
}

void ControlMethods::save()
{
    // Not worth failing the request for: the wish only matters after a crash.
    if (const Result<void> written = control::writeSettings(m_settingsFile, m_settings); !written)
        log::warning("vpnd", "cannot keep the settings", {{"error", written.error().detail}});
}

} // namespace higgs::vpn
