// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/daemon/status_json.h"

#include <algorithm>

namespace higgs::node {

using control::Json;

namespace {

Json textOrNull(std::string_view text)
{
    return text.empty() ? Json() : Json(text);
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

Json limitsJson(const NodeLimits &limits)
{
    return Json{
        {"maxGuests", limits.maxGuests}, {"upMbps", limits.upMbps}, {"downMbps", limits.downMbps}};
}

Json statusJson(const NodeStatus &status)
{
    const auto online = std::count_if(status.guests.begin(), status.guests.end(),
                                      [](const GuestStatus &guest) { return guest.online; });
    return Json{
        {"version", HIGGS_VERSION},
        {"state", toString(status.state)},
        {"problem", status.problem == NodeProblem::None ? Json() : Json(toString(status.problem))},
        {"problemDetail", textOrNull(status.problemDetail)},
        {"nodeId", textOrNull(status.nodeId.text())},
        {"country", textOrNull(status.country)},
        {"region", textOrNull(status.region)},
        {"natType", status.natType},
        {"mappedAddress", status.mappedAddress ? Json(status.mappedAddress->toString()) : Json()},
        {"guests", online},
        {"rxBytes", status.rxBytes},
        {"txBytes", status.txBytes},
        {"limits", limitsJson(status.limits)},
        {"signalLink", status.signalLinkUp},
        {"tunnel", textOrNull(status.tunnelKind)},
        {"egressInterface", textOrNull(status.egressInterface)},
    };
}

Json guestsJson(const NodeStatus &status)
{
    Json guests = Json::array();
    for (const GuestStatus &guest : status.guests)
        guests.push_back(Json{{"since", guest.since.ms},
                              {"path", guest.path},
                              {"online", guest.online},
                              {"rxBytes", guest.rxBytes},
                              {"txBytes", guest.txBytes}});
    return Json{{"guests", guests}};
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
                           status.signalLinkUp ? "open: the server can announce guests at once"
                           : on ? "closed: guests are announced with the next heartbeat only"
                                : "closed, as sharing is off"));
    checks.push_back(check("NAT", status.natType != "Blocked",
                           status.natType + (status.mappedAddress
                                                 ? ", seen as " + status.mappedAddress->toString()
                                                 : std::string())));
    bool ok = true;
    for (const Json &each : checks)
        ok = ok && each.at("ok").get<bool>();
    return Json{{"ok", ok}, {"checks", checks}};
}

} // namespace higgs::node
