// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/daemon/status_json.h"

#include "shared/portmap/mapping_words.h"

#include <algorithm>

namespace higgs::node {

namespace {

Json textOrNull(std::string_view text)
{
    return text.empty() ? Json() : Json(text);
}

Json timeOrNull(const std::optional<WallTime> &time)
{
    return time ? Json(time->ms) : Json();
}

Json flagOrNull(std::optional<bool> flag)
{
    return flag ? Json(*flag) : Json();
}

Json numberOrNull(std::optional<double> number)
{
    return number ? Json(*number) : Json();
}

Json serverJson(const NodeConfig &config, const NodeStatus &status)
{
    if (config.serverHost.empty())
        return {};
    return Json{{"host", config.serverHost},
                {"port", config.serverPort},
                {"pin", config.trust.pin ? Json(pinText(*config.trust.pin)) : Json()},
                {"version", textOrNull(status.serverVersion)}};
}

/// How guests can come: over the relay, which needs the signal link, or not at all.
Json reachJson(const NodeStatus &status)
{
    const bool open = status.state == NodeState::Sharing ||
                      (status.state == NodeState::Limited && !status.tunnelKind.empty());
    if (!open)
        return {};
    return status.signalLinkUp ? "relay" : "none";
}

/// How many of the guests that are here come by which way.
Json guestPathsJson(const NodeStatus &status)
{
    Json counts{{"direct", 0}, {"turn", 0}, {"relay", 0}, {"cascade", 0}};
    for (const GuestStatus &guest : status.guests) {
        if (guest.online) {
            Json &count = counts[std::string(toString(guest.path))];
            count = count.get<unsigned>() + 1;
        }
    }
    return counts;
}

/// How guests can reach this home, and what would help, in English.
std::string adviceText(const NodeStatus &status)
{
    std::string text = protocol::wordsOf(status.advice.reach).text;
    if (!status.advice.step)
        return text;
    std::string step = protocol::wordsOf(*status.advice.step).text;
    if (const std::size_t place = step.find("%1"); place != std::string::npos)
        step.replace(
            place, 2,
            std::to_string(status.udpPortTaken != 0 ? status.udpPortTaken : status.udpPort));
    return text + " " + step;
}

/// Codes for programs, and the sentences for who has no table of them.
Json adviceJson(const NodeStatus &status)
{
    Json improve = Json::array();
    if (status.advice.step)
        improve.push_back(protocol::wordsOf(*status.advice.step).name);
    return Json{{"why", protocol::wordsOf(status.advice.reach).name},
                {"improve", std::move(improve)},
                {"text", adviceText(status)}};
}

std::string pathsText(const NodeStatus &status)
{
    const Json counts = guestPathsJson(status);
    const auto count = [&counts](const char *path) {
        return std::to_string(counts.at(path).get<unsigned>());
    };
    std::string text = "guests here now: " + count("direct") + " directly, " + count("relay") +
                       " through the relay";
    if (counts.at("turn") != 0)
        text += ", " + count("turn") + " through TURN";
    if (counts.at("cascade") != 0)
        text += ", " + count("cascade") + " on to another exit";
    return text + ". " + adviceText(status);
}

Json fixedJson(const FixedSettings &fixed)
{
    Json names = Json::array();
    for (const auto &[name, isFixed] :
         {std::pair{"server", fixed.server}, std::pair{"country", fixed.country},
          std::pair{"region", fixed.region}, std::pair{"accessKey", fixed.accessKey}}) {
        if (isFixed)
            names.push_back(name);
    }
    return names;
}

constexpr std::size_t NamedFaults = 8;

std::string_view protocolName(std::uint8_t protocol)
{
    switch (protocol) {
    case TcpProtocol:
        return "tcp";
    case UdpProtocol:
        return "udp";
    case IcmpProtocol:
    case Icmp6Protocol:
        return "icmp";
    default:
        return "ip"; // its number is in the spelling
    }
}

Json safetySummary(const std::optional<ExitSafety> &safety)
{
    if (!safety)
        return Json{{"state", "never"},
                    {"at", Json()},
                    {"tried", 0},
                    {"refused", 0},
                    {"failed", Json::array()}};
    const auto refused = std::count_if(safety->trials.begin(), safety->trials.end(),
                                       [](const ExitTrial &trial) { return !trial.reached; });
    const bool unknown = safety->routerUnknown && safety->isTight() && safety->rulesDetail.empty();
    return Json{{"state", safety->passed() ? "passed"
                          : unknown        ? "unknown"
                                           : "failed"},
                {"at", safety->at.ms},
                {"tried", safety->trials.size()},
                {"refused", refused},
                {"failed", safety->faults(NamedFaults)}};
}

Json check(const char *name, bool ok, std::string detail)
{
    return Json{{"name", name}, {"ok", ok}, {"detail", std::move(detail)}};
}

Json sharingCheck(const NodeStatus &status)
{
    if (status.problem == NodeProblem::None)
        return check("sharing", true, std::string(toString(status.state)));
    return check("sharing", false,
                 std::string(toString(status.problem)) + ": " + status.problemDetail);
}

} // namespace

Json statusJson(const StatusFrame &frame)
{
    const NodeStatus &status = frame.status;
    const auto online = std::count_if(status.guests.begin(), status.guests.end(),
                                      [](const GuestStatus &guest) { return guest.online; });
    // A rate is of the second before: of guests who have gone it says what is so no more.
    const bool limited = status.limitReason != LimitReason::None;
    return Json{
        {"version", HIGGS_VERSION},
        {"controlVersion", ControlVersion},
        {"state", toString(status.state)},
        {"sharing", status.sharing},
        {"consent", frame.consent},
        {"settingsFault", textOrNull(frame.settingsFault)},
        {"problem", status.problem == NodeProblem::None ? Json() : Json(toString(status.problem))},
        {"problemDetail", textOrNull(status.problemDetail)},
        {"limitReason", limited ? Json(toString(status.limitReason)) : Json()},
        {"limitUntil", timeOrNull(status.limitUntil)},
        {"pausedUntil", timeOrNull(status.pausedUntil)},
        {"since", status.since.ms},
        {"server", serverJson(frame.config, status)},
        {"accessKey", frame.config.accessKey.empty() ? "none" : "set"},
        {"nodeId", textOrNull(status.nodeId.text())},
        {"country", textOrNull(status.country)},
        {"region", textOrNull(status.region)},
        {"natType", status.natType},
        {"ownFirewall", status.ownFirewall},
        {"mappedAddress", status.mappedAddress ? Json(status.mappedAddress->toString()) : Json()},
        {"nat", natJson(status.nat)},
        {"portMapping", portmap::mappingJson(status.mapping)},
        {"udpRefused", refusedJson(status.udpRefused)},
        {"reach", reachJson(status)},
        {"guestPaths", guestPathsJson(status)},
        {"pathAdvice", adviceJson(status)},
        {"udpPort", status.udpPort != 0 ? Json(status.udpPort) : Json()},
        {"udpPortTaken", status.udpPortTaken != 0 ? Json(status.udpPortTaken) : Json()},
        {"guests", online},
        {"rxBytes", status.rxBytes},
        {"txBytes", status.txBytes},
        {"lostDatagrams", toJson(status.lost)},
        {"rxMbps", online > 0 ? status.rxMbps : 0.0},
        {"txMbps", online > 0 ? status.txMbps : 0.0},
        {"today",
         {{"rxBytes", status.today.rxBytes},
          {"txBytes", status.today.txBytes},
          {"guests", status.today.guests}}},
        {"volume",
         {{"usedBytes", status.volume.usedBytes},
          {"capBytes", status.limits.monthlyBytes},
          {"from", status.volume.from.ms},
          {"resetsAt", status.volume.resetsAt.ms}}},
        {"limits", limitsJson(status.limits)},
        {"surroundings",
         {{"battery", flagOrNull(status.surroundings.onBattery)},
          {"metered", flagOrNull(status.surroundings.metered)}}},
        {"neighbour",
         {{"state", toString(status.neighbour.state)},
          {"allowedMbps", numberOrNull(status.neighbour.allowedMbps)},
          {"queueMs", numberOrNull(status.neighbour.queueMs)}}},
        {"safety", safetySummary(status.safety)},
        {"fuseTrips", status.fuseTrips},
        {"signalLink", status.signalLinkUp},
        {"tunnel", textOrNull(status.tunnelKind)},
        {"barrierFault", status.tunnelKind.empty() ? Json() : textOrNull(status.barrierFault)},
        {"egressInterface", textOrNull(status.egressInterface)},
        {"settings", {{"country", status.country}, {"region", status.region}}},
        {"fixed", fixedJson(frame.fixed)},
    };
}

Json guestsJson(const NodeStatus &status)
{
    Json guests = Json::array();
    for (const GuestStatus &guest : status.guests)
        guests.push_back(Json{{"number", guest.number},
                              {"since", guest.since.ms},
                              {"path", toString(guest.path)},
                              {"online", guest.online},
                              {"rxBytes", guest.rxBytes},
                              {"txBytes", guest.txBytes},
                              {"rxMbps", guest.online ? guest.rxMbps : 0.0},
                              {"txMbps", guest.online ? guest.txMbps : 0.0},
                              {"cut", guest.cut}});
    return Json{{"guests", guests}};
}

Json safetyJson(const std::optional<ExitSafety> &safety)
{
    Json answer = safetySummary(safety);
    Json rows = Json::array();
    for (const ExitTrial &trial : safety ? safety->trials : std::vector<ExitTrial>()) {
        const bool hasPort =
            trial.target.protocol == TcpProtocol || trial.target.protocol == UdpProtocol;
        rows.push_back(
            Json{{"target", hasPort ? Endpoint{trial.target.address, trial.target.port}.toString()
                                    : trial.target.address.toString()},
                 {"protocol", protocolName(trial.target.protocol)},
                 {"spelling", trial.target.spelling},
                 {"kind", toString(trial.target.kind)},
                 {"expected", trial.target.kind == TargetKind::Control ? "open" : "refused"},
                 {"seen", trial.reached ? "reached" : "refused"},
                 {"ok", trial.ok()}});
    }
    answer["rows"] = std::move(rows);
    const std::string detail = safety ? safety->rulesDetail : "";
    answer["rules"] = {{"ok", detail.empty()}, {"detail", textOrNull(detail)}};
    return answer;
}

Json historyJson(const UsageLedger &usage, LocalDay today, LocalDay count)
{
    Json days = Json::array();
    for (const auto &[day, moved] : usage.days()) {
        if (day > today - count && day <= today)
            days.push_back(Json{{"day", toText(day)},
                                {"rxBytes", moved.rxBytes},
                                {"txBytes", moved.txBytes},
                                {"guests", moved.guests}});
    }
    return Json{{"days", days}};
}

Json diagnosis(const NodeStatus &status, const Result<void> &privileges)
{
    const bool on = status.state != NodeState::Off;
    Json checks = Json::array();
    checks.push_back(check("daemon", true, "higgs-noded " HIGGS_VERSION));
    checks.push_back(check("privileges", privileges.has_value(),
                           privileges ? "an exit may be built" : privileges.error().detail));
    checks.push_back(sharingCheck(status));
    checks.push_back(check("signal link", !on || status.signalLinkUp,
                           status.signalLinkUp ? "open: the server can send guests at once"
                           : on ? "closed: guests are announced with the next heartbeat only"
                                : "closed, as sharing is off"));
    checks.push_back(
        check("NAT", status.natType != "Blocked",
              on ? natText(status.nat, wallNow()) : "not asked for, as sharing is off"));
    if (on)
        checks.push_back(check("paths", true, pathsText(status)));
    checks.push_back(check("port mapping", true, portmap::mappingSentence(status.mapping)));
    const bool tunnel = !status.tunnelKind.empty();
    const bool whole = status.barrierFault.empty();
    checks.push_back(check("second barrier", !tunnel || whole,
                           !tunnel ? "none is needed, as there is no tunnel"
                           : whole ? "a filter on the tunnel guards the home, too"
                                   : status.barrierFault));
    bool ok = true;
    for (const Json &each : checks)
        ok = ok && each.at("ok").get<bool>();
    return Json{{"ok", ok}, {"checks", checks}};
}

} // namespace higgs::node
