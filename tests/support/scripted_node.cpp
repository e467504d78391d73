// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scripted_node.h"

#include "shared/base/clock.h"
#include "shared/control/server_url.h"

namespace higgs::test {

using control::Json;

namespace {

constexpr std::int64_t MsPerMinute = 60'000;

Json firstStatus()
{
    const std::string always(24, '1');
    return Json{
        {"controlVersion", 2},
        {"version", "0.1.0"},
        {"state", "off"},
        {"sharing", false},
        {"consent", false},
        {"problem", nullptr},
        {"problemDetail", nullptr},
        {"limitReason", nullptr},
        {"limitUntil", nullptr},
        {"pausedUntil", nullptr},
        {"since", nullptr},
        {"server", {{"host", "vpn.example.net"}, {"port", 3000}, {"pin", nullptr}}},
        {"accessKey", "none"},
        {"nodeId", "550e8400-e29b-41d4-a716-446655440000"},
        {"country", "DE"},
        {"region", nullptr},
        {"natType", nullptr},
        {"mappedAddress", nullptr},
        {"signalLink", false},
        {"tunnel", nullptr},
        {"egressInterface", "eth0"},
        {"reach", nullptr},
        {"nat", Json::array()},
        {"guestPaths", {{"direct", 0}, {"turn", 0}, {"relay", 0}, {"cascade", 0}}},
        {"pathAdvice", nullptr},
        {"udpPort", nullptr},
        {"guests", 0},
        {"rxBytes", 0},
        {"txBytes", 0},
        {"rxMbps", 0},
        {"txMbps", 0},
        {"today", {{"rxBytes", 0}, {"txBytes", 0}, {"guests", 0}}},
        {"volume", {{"usedBytes", 0}, {"capBytes", 0}, {"from", nullptr}, {"resetsAt", nullptr}}},
        {"limits",
         {{"maxGuests", 10},
          {"upMbps", 0},
          {"downMbps", 0},
          {"monthlyBytes", 0},
          {"resetDay", 1},
          {"schedule", std::vector<std::string>(7, always)},
          {"stopOnBattery", false},
          {"stopOnMetered", false},
          {"goodNeighbour", true}}},
        {"surroundings", {{"battery", false}, {"metered", nullptr}}},
        {"neighbour", {{"state", "off"}, {"allowedMbps", nullptr}, {"queueMs", nullptr}}},
        {"safety",
         {{"state", "never"},
          {"at", nullptr},
          {"tried", 0},
          {"refused", 0},
          {"failed", Json::array()}}},
        {"fuseTrips", 0},
        {"settings", {{"country", "DE"}, {"region", ""}}},
        {"fixed", Json::array()},
    };
}

} // namespace

Json attempt(const char *kind, const char *target, bool ok)
{
    const bool open = std::string_view(kind) == "control";
    return Json{{"target", target},
                {"spelling", target},
                {"kind", kind},
                {"expected", open ? "open" : "refused"},
                {"seen", open == ok ? "reached" : "refused"},
                {"ok", ok}};
}

ScriptedNode::ScriptedNode()
    : ScriptedControl("noded.sock", firstStatus()),
      m_attempts(
          Json::array({attempt("lan", "192.168.1.20"), attempt("lan", "192.168.1.1"),
                       attempt("router_admin", "192.168.1.1:443"), attempt("special4", "127.0.0.1"),
                       attempt("special4", "10.0.0.1"), attempt("special6", "fe80::1"),
                       attempt("nat64", "64:ff9b::a00:1"), attempt("metadata", "169.254.169.254"),
                       attempt("mail", "port 25"), attempt("control", "198.51.100.1")})),
      m_checks(Json::array({{{"name", "daemon"}, {"ok", true}, {"detail", "higgs-noded 0.1.0"}}}))
{}

void ScriptedNode::addMethods()
{
    addMethod("setSharing", [this](const Json &params) { return setSharing(params); });
    addMethod("consent", [this](const Json &params) { return setConsent(params); });
    addMethod("limits", [this](const Json &params) { return setLimits(params); });
    addMethod("set", [this](const Json &params) { return set(params); });
    addMethod("pause", [this](const Json &params) { return pause(params); });
    addMethod("resume", [this](const Json &) {
        sharing(0);
        return Result<Json>(status());
    });
    addMethod("configureServer", [this](const Json &params) { return configureServer(params); });
    addMethod("setAccessKey", [this](const Json &params) {
        status()["accessKey"] = params.value("key", "").empty() ? "none" : "set";
        tell();
        return Result<Json>(status());
    });
    addMethod("guests", [this](const Json &) { return Result<Json>(Json{{"guests", m_guests}}); });
    addMethod("endGuest", [this](const Json &params) { return endGuest(params); });
    addMethod("history", [this](const Json &) {
        return Result<Json>(Json{{"days", m_days}, {"hours", m_hours}});
    });
    addMethod("hour", [this](const Json &params) {
        if (onHour)
            onHour(params.value("at", std::int64_t{0}));
        return Result<Json>(m_hour);
    });
    addMethod("safety", [this](const Json &params) { return safety(params); });
    addMethod("diagnose", [this](const Json &) {
        return Result<Json>(Json{{"ok", true}, {"checks", m_checks}});
    });
    addMethod("log", [this](const Json &) { return Result<Json>(Json{{"lines", m_logLines}}); });
}

void ScriptedNode::agreed()
{
    status()["consent"] = true;
    tell();
}

void ScriptedNode::off()
{
    status().update(Json{{"state", "off"},
                         {"sharing", false},
                         {"problem", nullptr},
                         {"limitReason", nullptr},
                         {"pausedUntil", nullptr},
                         {"reach", nullptr},
                         {"guests", 0}});
    tell();
}

void ScriptedNode::sharing(int guests)
{
    status().update(
        Json{{"state", "sharing"},
             {"sharing", true},
             {"consent", true},
             {"problem", nullptr},
             {"problemDetail", nullptr},
             {"limitReason", nullptr},
             {"limitUntil", nullptr},
             {"pausedUntil", nullptr},
             {"since", wallNow().ms},
             {"signalLink", true},
             {"reach", "relay"},
             {"guestPaths", {{"direct", 0}, {"turn", 0}, {"relay", 3}, {"cascade", 0}}},
             {"pathAdvice", {{"why", "but_new_ports"}, {"improve", Json::array({"open_port"})}}},
             {"udpPort", 51820},
             {"tunnel", "wireguard-go"},
             {"guests", guests}});
    tell();
}

void ScriptedNode::problem(const std::string &code, const std::string &detail)
{
    status().update(Json{{"state", "problem"},
                         {"sharing", true},
                         {"problem", code},
                         {"problemDetail", detail.empty() ? Json() : Json(detail)},
                         {"reach", nullptr},
                         {"guests", 0}});
    tell();
}

void ScriptedNode::limited(const std::string &reason, Json until)
{
    status().update(Json{{"state", "limited"},
                         {"sharing", true},
                         {"problem", nullptr},
                         {"limitReason", reason},
                         {"limitUntil", until}});
    if (reason != "full" && reason != "maintenance")
        status()["guests"] = 0;
    if (reason == "paused")
        status()["pausedUntil"] = until;
    tell();
}

Result<Json> ScriptedNode::setSharing(const Json &params)
{
    if (!params.value("on", false)) {
        off();
        return status();
    }
    if (status()["consent"] == false)
        return unexpected(ErrorCode::Forbidden, "consent_required: the owner has not agreed");
    status().update(Json{{"state", "starting"}, {"sharing", true}, {"problem", nullptr}});
    tell();
    return status();
}

Result<Json> ScriptedNode::setConsent(const Json &params)
{
    status()["consent"] = params.value("agreed", false);
    if (status()["consent"] == false)
        off();
    tell();
    return status();
}

Result<Json> ScriptedNode::setLimits(const Json &params)
{
    status()["limits"].update(params);
    status()["volume"]["capBytes"] = status()["limits"]["monthlyBytes"];
    tell();
    return status()["limits"];
}

Result<Json> ScriptedNode::set(const Json &params)
{
    status()["settings"][params.value("key", "")] = params.value("value", "");
    tell();
    return status()["settings"];
}

Result<Json> ScriptedNode::pause(const Json &params)
{
    if (status()["sharing"] == false)
        return unexpected(ErrorCode::InvalidArgument, "nothing is shared");
    limited("paused", wallNow().ms + params.value("minutes", 600) * MsPerMinute);
    return status();
}

Result<Json> ScriptedNode::configureServer(const Json &params)
{
    if (status()["sharing"] == true)
        return unexpected(ErrorCode::Forbidden, "switch sharing off first");
    const auto url = control::parseServerUrl(params.value("url", ""));
    if (!url)
        return unexpected(url.error());
    status()["server"] = Json{{"host", url->host},
                              {"port", url->port},
                              {"pin", params.contains("pin") ? params.at("pin") : Json()}};
    status()["accessKey"] = params.contains("accessKey") ? "set" : "none";
    tell();
    return status();
}

Result<Json> ScriptedNode::endGuest(const Json &params)
{
    for (auto each = m_guests.begin(); each != m_guests.end(); ++each) {
        if ((*each)["number"] == params.value("number", 0)) {
            m_guests.erase(each);
            return Json::object();
        }
    }
    return unexpected(ErrorCode::NotFound, "there is no such guest");
}

Result<Json> ScriptedNode::safety(const Json &params)
{
    if (params.value("run", false)) {
        int held = 0;
        Json failed = Json::array();
        for (const Json &each : m_attempts) {
            held += each["ok"] == true ? 1 : 0;
            if (each["ok"] == false)
                failed.push_back(each["kind"]);
        }
        status()["safety"] = Json{{"state", failed.empty() ? "passed" : "failed"},
                                  {"at", wallNow().ms},
                                  {"tried", m_attempts.size()},
                                  {"refused", held},
                                  {"failed", failed}};
        tell();
    }
    Json answer = status()["safety"];
    answer["rows"] = status()["safety"]["state"] == "never" ? Json::array() : m_attempts;
    answer["rules"] = Json{{"ok", true}, {"detail", nullptr}};
    return answer;
}

} // namespace higgs::test
