// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scripted_daemon.h"

#include "shared/base/clock.h"

namespace higgs::test {

namespace {

using control::Json;

Json firstStatus()
{
    return Json{
        {"controlVersion", 2},
        {"version", "0.1.0"},
        {"state", "disconnected"},
        {"switching", false},
        {"problem", nullptr},
        {"problemDetail", nullptr},
        {"path", nullptr},
        {"pathReason", nullptr},
        {"country", nullptr},
        {"region", nullptr},
        {"nodeId", nullptr},
        {"sessionId", nullptr},
        {"exitIp", nullptr},
        {"exitIpV6", nullptr},
        {"tunnelAddress", nullptr},
        {"tunnelAddressV6", nullptr},
        {"since", nullptr},
        {"rxBytes", 0},
        {"txBytes", 0},
        {"rttMs", nullptr},
        {"tunnel", nullptr},
        {"killSwitch", false},
        {"reconnects", 0},
        {"health", nullptr},
        {"pausedUntil", nullptr},
        {"lockdown", false},
        {"request", nullptr},
        {"server", {{"host", "vpn.example.net"}, {"port", 3000}, {"pin", nullptr}}},
        {"accessKey", "none"},
        {"settings",
         {{"country", "any"},
          {"path", "auto"},
          {"via", "none"},
          {"autoconnect", "off"},
          {"lockdown", "off"},
          {"lan", "off"},
          {"dns", "node"}}},
        {"features",
         {{"cascade", false},
          {"paths", {"auto", "relay"}},
          {"exclude", false},
          {"excludeReason", nullptr}}},
        {"excluded", nullptr},
    };
}

Json place(const char *country, Json region, int nodes, int available, double load, Json latency)
{
    return Json{{"country", country}, {"region", std::move(region)},
                {"nodes", nodes},     {"available", available},
                {"load", load},       {"latency", latency}};
}

/// "AB:CD" of any spelling: what configureServer keeps is what status shows.
Json serverOf(const Json &params)
{
    std::string url = params.value("url", "");
    if (url.starts_with("https://"))
        url.erase(0, 8);
    const auto colon = url.rfind(':');
    const bool hasPort = colon != std::string::npos && !url.ends_with(']');
    return Json{{"host", url.substr(0, hasPort ? colon : url.size())},
                {"port", hasPort ? std::stoi(url.substr(colon + 1)) : 443},
                {"pin", params.contains("pin") ? params.at("pin") : Json()}};
}

} // namespace

ScriptedDaemon::ScriptedDaemon()
    : m_status(firstStatus()),
      m_places(Json::array(
          {place("DE", "DE-BE", 3, 2, 0.25, 18.0), place("DE", "DE-BY", 1, 1, 0.5, 24.0),
           place("FI", nullptr, 2, 2, 0.1, 31.0), place("JP", nullptr, 1, 0, 1.0, 240.0),
           place("NL", nullptr, 4, 3, 0.7, nullptr)})),
      m_checks(Json::array({{{"name", "daemon"}, {"ok", true}, {"detail", "higgs-vpnd 0.1.0"}}})),
      m_logLines(Json::array())
{}

std::string ScriptedDaemon::path() const
{
    return m_dir.path().toStdString() + "/vpnd.sock";
}

void ScriptedDaemon::start()
{
    m_server = std::make_unique<control::ControlServer>();
    addMethod("status", [this](const Json &) { return Result<Json>(m_status); });
    addMethod("subscribe", [this](const Json &) { return Result<Json>(m_status); });
    addMethod("connect", [this](const Json &params) { return connectTunnel(params); });
    addMethod("disconnect", [this](const Json &) { return disconnectTunnel(); });
    addMethod("countries", [this](const Json &) {
        return Result<Json>(Json{{"locations", m_places}});
    });
    addMethod("set", [this](const Json &params) { return set(params); });
    addMethod("pause", [this](const Json &params) { return pause(params); });
    addMethod("resume", [this](const Json &) { return connectTunnel(m_status["request"]); });
    addMethod("configureServer", [this](const Json &params) { return configureServer(params); });
    addMethod("setAccessKey", [this](const Json &params) {
        m_status["accessKey"] = params.value("key", "").empty() ? "none" : "set";
        tell();
        return Result<Json>(m_status);
    });
    addMethod("diagnose", [this](const Json &) {
        return Result<Json>(Json{{"ok", true}, {"checks", m_checks}});
    });
    addMethod("log", [this](const Json &) { return Result<Json>(Json{{"lines", m_logLines}}); });
    addMethod("restoreNetwork", [this](const Json &) { return disconnectTunnel(); });
    if (!m_server->listen(path()))
        qFatal("the scripted daemon cannot listen");
}

void ScriptedDaemon::stop()
{
    m_open.clear();
    m_server.reset();
}

void ScriptedDaemon::addMethod(const std::string &name, Answer own)
{
    m_server->addMethod(name, [this, name, own = std::move(own)](control::ControlCall call) {
        m_requests.push_back({name, call.params()});
        if (m_leftOpen.contains(name)) {
            m_open.push_back(std::move(call));
            return;
        }
        if (name == "subscribe")
            call.subscribe();
        const auto told = m_answers.find(name);
        const bool isTold = told != m_answers.end() && told->second;
        call.answer(isTold ? told->second(call.params()) : own(call.params()));
    });
}

void ScriptedDaemon::refuse(const std::string &method, ErrorCode code, const std::string &sentence)
{
    answer(method,
           [code, sentence](const Json &) { return Result<Json>(unexpected(code, sentence)); });
}

void ScriptedDaemon::tell()
{
    if (m_server != nullptr)
        m_server->notifySubscribers("status", m_status);
}

void ScriptedDaemon::connected(const std::string &country, const std::string &region)
{
    m_status.update(Json{{"state", "connected"},
                         {"switching", false},
                         {"problem", nullptr},
                         {"problemDetail", nullptr},
                         {"path", "relay"},
                         {"pathReason", "relay_only"},
                         {"country", country},
                         {"region", region.empty() ? Json() : Json(region)},
                         {"nodeId", "550e8400-e29b-41d4-a716-446655440000"},
                         {"sessionId", "650e8400-e29b-41d4-a716-446655440000"},
                         {"exitIp", "198.51.100.7"},
                         {"exitIpV6", "2001:db8:7::1"},
                         {"tunnelAddress", "10.86.0.2"},
                         {"since", wallNow().ms},
                         {"rttMs", 23.4},
                         {"health", "stable"},
                         {"tunnel", "wireguard-go"},
                         {"killSwitch", true}});
    tell();
}

void ScriptedDaemon::blocked(const std::string &problem, const std::string &detail)
{
    m_status.update(Json{{"state", "blocked"},
                         {"problem", problem},
                         {"problemDetail", detail},
                         {"path", nullptr},
                         {"health", nullptr},
                         {"since", nullptr},
                         {"killSwitch", true}});
    tell();
}

void ScriptedDaemon::disconnected()
{
    Json fresh = firstStatus();
    for (const char *kept : {"version", "server", "accessKey", "settings", "features", "lockdown"})
        fresh[kept] = m_status[kept];
    m_status = std::move(fresh);
    tell();
}

Result<Json> ScriptedDaemon::connectTunnel(const Json &params)
{
    if (m_status["server"].is_null())
        return unexpected(ErrorCode::InvalidArgument, "no server is configured");
    const bool stood = m_status["state"] == "connected";
    Json request;
    for (const char *name : {"country", "nodeId", "path", "via"})
        request[name] = params.is_object() && params.contains(name) ? params.at(name) : Json();
    m_status.update(Json{{"state", "connecting"},
                         {"switching", stood},
                         {"problem", nullptr},
                         {"pausedUntil", nullptr},
                         {"health", nullptr},
                         {"request", request},
                         {"killSwitch", true}});
    tell();
    return m_status;
}

Result<Json> ScriptedDaemon::disconnectTunnel()
{
    if (m_status["settings"]["lockdown"] == "on")
        blocked("lockdown");
    else
        disconnected();
    return m_status;
}

Result<Json> ScriptedDaemon::set(const Json &params)
{
    const std::string key = params.value("key", "");
    if (!m_status["settings"].contains(key))
        return unexpected(ErrorCode::InvalidArgument, "there is no such setting");
    m_status["settings"][key] = params.value("value", "");
    m_status["lockdown"] = m_status["settings"]["lockdown"] == "on";
    tell();
    return m_status["settings"];
}

Result<Json> ScriptedDaemon::pause(const Json &params)
{
    if (m_status["lockdown"] == true)
        return unexpected(ErrorCode::Forbidden, "lockdown is on: there is no pause");
    const Json request = m_status["request"];
    disconnected();
    constexpr std::int64_t MsPerMinute = 60'000;
    m_status["request"] = request;
    m_status["pausedUntil"] = wallNow().ms + params.value("minutes", 5) * MsPerMinute;
    tell();
    return m_status;
}

Result<Json> ScriptedDaemon::configureServer(const Json &params)
{
    if (m_status["state"] != "disconnected")
        return unexpected(ErrorCode::Forbidden, "disconnect first");
    m_status["server"] = serverOf(params);
    m_status["accessKey"] = params.contains("accessKey") ? "set" : "none";
    tell();
    return m_status;
}

Json ScriptedDaemon::last(const std::string &method) const
{
    for (auto each = m_requests.rbegin(); each != m_requests.rend(); ++each) {
        if (each->method == method)
            return each->params;
    }
    return nullptr;
}

std::size_t ScriptedDaemon::count(const std::string &method) const
{
    std::size_t number = 0;
    for (const Request &each : m_requests)
        number += each.method == method ? 1 : 0;
    return number;
}

} // namespace higgs::test
