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
        {"exposedAddress", nullptr},
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
        {"server",
         {{"host", "vpn.example.net"},
          {"port", 3000},
          {"pin", nullptr},
          {"accessNeeded", nullptr}}},
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
                {"pin", params.contains("pin") ? params.at("pin") : Json()},
                {"accessNeeded", nullptr}};
}

} // namespace

ScriptedDaemon::ScriptedDaemon()
    : ScriptedControl("vpnd.sock", firstStatus()),
      m_places(Json::array(
          {place("DE", "DE-BE", 3, 2, 0.25, 18.0), place("DE", "DE-BY", 1, 1, 0.5, 24.0),
           place("FI", nullptr, 2, 2, 0.1, 31.0), place("JP", nullptr, 1, 0, 1.0, 240.0),
           place("NL", nullptr, 4, 3, 0.7, nullptr)})),
      m_checks(Json::array({{{"name", "daemon"}, {"ok", true}, {"detail", "higgs-vpnd 0.1.0"}}})),
      m_logLines(Json::array())
{}

void ScriptedDaemon::addMethods()
{
    addMethod("connect", [this](const Json &params) { return connectTunnel(params); });
    addMethod("disconnect", [this](const Json &) { return disconnectTunnel(); });
    addMethod("cancelSwitch", [this](const Json &) {
        status()["switching"] = false;
        connected("DE", "DE-BE");
        return Result<Json>(status());
    });
    addMethod("countries", [this](const Json &) {
        if (status()["server"].is_object() &&
            status()["server"]["accessNeeded"] != m_accessNeeded) {
            status()["server"]["accessNeeded"] = m_accessNeeded;
            tell();
        }
        return Result<Json>(Json{{"locations", m_places}});
    });
    addMethod("set", [this](const Json &params) { return set(params); });
    addMethod("pause", [this](const Json &params) { return pause(params); });
    addMethod("resume", [this](const Json &) { return connectTunnel(status()["request"]); });
    addMethod("configureServer", [this](const Json &params) { return configureServer(params); });
    addMethod("setAccessKey", [this](const Json &params) {
        status()["accessKey"] = params.value("key", "").empty() ? "none" : "set";
        tell();
        return Result<Json>(status());
    });
    addMethod("diagnose", [this](const Json &) {
        return Result<Json>(Json{{"ok", true}, {"checks", m_checks}});
    });
    addMethod("log", [this](const Json &) { return Result<Json>(Json{{"lines", m_logLines}}); });
    addMethod("receipt", [](const Json &) {
        return Result<Json>(Json{{"counting", false}, {"left", nullptr}, {"refused", nullptr}});
    });
    addMethod("restoreNetwork", [this](const Json &) { return disconnectTunnel(); });
}

void ScriptedDaemon::connected(const std::string &country, const std::string &region)
{
    status().update(Json{{"state", "connected"},
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
    status().update(Json{{"state", "blocked"},
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
        fresh[kept] = status()[kept];
    status() = std::move(fresh);
    tell();
}

Result<Json> ScriptedDaemon::connectTunnel(const Json &params)
{
    if (status()["server"].is_null())
        return unexpected(ErrorCode::InvalidArgument, "no server is configured");
    const bool stood = status()["state"] == "connected";
    Json request;
    for (const char *name : {"country", "nodeId", "path", "via"})
        request[name] = params.is_object() && params.contains(name) ? params.at(name) : Json();
    status().update(Json{{"state", "connecting"},
                         {"switching", stood},
                         {"problem", nullptr},
                         {"pausedUntil", nullptr},
                         {"health", nullptr},
                         {"request", request},
                         {"killSwitch", true}});
    tell();
    return status();
}

Result<Json> ScriptedDaemon::disconnectTunnel()
{
    if (status()["settings"]["lockdown"] == "on")
        blocked("lockdown");
    else
        disconnected();
    return status();
}

Result<Json> ScriptedDaemon::set(const Json &params)
{
    const std::string key = params.value("key", "");
    if (!status()["settings"].contains(key))
        return unexpected(ErrorCode::InvalidArgument, "there is no such setting");
    status()["settings"][key] = params.value("value", "");
    status()["lockdown"] = status()["settings"]["lockdown"] == "on";
    tell();
    return status()["settings"];
}

Result<Json> ScriptedDaemon::pause(const Json &params)
{
    if (status()["lockdown"] == true)
        return unexpected(ErrorCode::Forbidden, "lockdown is on: there is no pause");
    const Json request = status()["request"];
    disconnected();
    constexpr std::int64_t MsPerMinute = 60'000;
    status()["request"] = request;
    status()["pausedUntil"] = wallNow().ms + params.value("minutes", 5) * MsPerMinute;
    tell();
    return status();
}

Result<Json> ScriptedDaemon::configureServer(const Json &params)
{
    if (status()["state"] != "disconnected")
        return unexpected(ErrorCode::Forbidden, "disconnect first");
    status()["server"] = serverOf(params);
    status()["accessKey"] = params.contains("accessKey") ? "set" : "none";
    tell();
    return status();
}

} // namespace higgs::test
