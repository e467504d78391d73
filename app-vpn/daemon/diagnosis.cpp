// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/diagnosis.h"

#include "shared/portmap/mapping_words.h"

#include <algorithm>

namespace higgs::vpn {

using control::Json;

namespace {

Json check(const char *name, bool ok, std::string detail)
{
    return Json{{"name", name}, {"ok", ok}, {"detail", std::move(detail)}};
}

Json tunnelCheck(const ClientStatus &status)
{
    const std::string state(toString(status.state));
    if (status.state == ClientState::Connected)
        return check("tunnel", true,
                     "connected by " + std::string(status.path ? toString(*status.path) : ""));
    if (status.problem != Problem::None)
        return check("tunnel", false,
                     state + ", " + std::string(toString(status.problem)) + ": " +
                         status.problemDetail);
    return check("tunnel", status.state != ClientState::Blocked, state);
}

Json killSwitchCheck(const ClientStatus &status)
{
    const bool wanted = status.state != ClientState::Disconnected;
    const std::string repaired = status.blockRepairs == 0
                                     ? std::string()
                                     : "; put back " + std::to_string(status.blockRepairs) +
                                           " times, after another program had changed it";
    if (status.killSwitch)
        return check("kill switch", wanted,
                     wanted ? "on: nothing leaves outside the tunnel" + repaired
                            : "on although disconnected: 'higgs-vpnctl restore-network' ends it");
    if (!status.blockFault.empty())
        return check("kill switch", false, "cannot be put back: " + status.blockFault);
    return check("kill switch", !wanted || status.state == ClientState::Disconnecting,
                 wanted ? "off although a tunnel is wanted" : "off, as nothing is connected");
}

/// An optional part: who has it not is blocked all the same.
Json barrierCheck(const ClientStatus &status)
{
    if (!status.killSwitch)
        return check("second barrier", true, "not needed, as the kill switch is off");
    if (status.unguarded.empty())
        return check("second barrier", true, "a filter at every network card holds as well");
    std::string text;
    for (const std::string &each : status.unguarded)
        text += (text.empty() ? "" : "; ") + each;
    return check("second barrier", false,
                 text +
                     ". While another program's change of the firewall is put back, sockets that "
                     "are bound to that card are held by nothing else");
}

/// A relay carries everything all the same.
Json natCheck(const ClientStatus &status)
{
    return check("NAT", true, natText(status.nat, wallNow()));
}

/// The best that there is, or why not, and what would improve it.
Json pathCheck(const ClientStatus &status)
{
    std::string text(toString(*status.path));
    if (status.pathReason)
        text += ", " + std::string(protocol::wordsOf(*status.pathReason).terminal);
    if (status.pathAdvice) {
        text += std::string(". ") + protocol::wordsOf(status.pathAdvice->cause).text;
        for (const protocol::PathStep each : status.pathAdvice->steps)
            text += std::string(" ") + protocol::wordsOf(each).text;
    }
    return check("path", true, std::move(text));
}

bool areHeld(const ClientStatus &status)
{
    return std::all_of(status.beside.begin(), status.beside.end(),
                       [](const BesideGuests &each) { return each.held; });
}

/// The person gave them a place in the home's network; but no promise is for them.
std::string besideText(const ClientStatus &status)
{
    std::string text;
    for (const BesideGuests &each : status.beside) {
        text += text.empty() ? "" : "; ";
        for (const std::string &guest : each.guests)
            text += (&guest == &each.guests.front() ? "" : ", ") + guest;
        text += " at " + each.interfaceName +
                (each.held ? ": blocked, as the kernel shows their frames to the kill switch"
                           : ": they share the network card, and neither tunnel nor kill switch is "
                             "for them");
    }
    return text;
}

} // namespace

Json diagnosis(const ClientStatus &status, const Result<void> &privileges,
               const std::string &serverName, const Result<std::size_t> &server)
{
    Json checks = Json::array();
    checks.push_back(check("daemon", true, "higgs-vpnd " HIGGS_VERSION));
    checks.push_back(check("privileges", privileges.has_value(),
                           privileges ? "a tunnel may be built" : privileges.error().detail));
    checks.push_back(check("server", server.has_value(),
                           server ? serverName + " answers, with " + std::to_string(*server) +
                                        (*server == 1 ? " place" : " places") + " to leave from"
                                  : serverName + ": " + server.error().detail));
    checks.push_back(tunnelCheck(status));
    if (status.state != ClientState::Disconnected)
        checks.push_back(natCheck(status));
    if (status.path)
        checks.push_back(pathCheck(status));
    if (!status.turnFault.empty())
        checks.push_back(check("TURN", false,
                               "the operator's TURN server does no service: " + status.turnFault +
                                   ". Everything goes by the relay; tell the operator of it"));
    if (status.mapping.v4.state != portmap::MappingState::Off)
        checks.push_back(check("port mapping", true, portmap::mappingSentence(status.mapping)));
    checks.push_back(killSwitchCheck(status));
    checks.push_back(barrierCheck(status));
    if (!status.beside.empty())
        checks.push_back(check("guests beside", areHeld(status), besideText(status)));
    bool ok = true;
    for (const Json &each : checks)
        ok = ok && each.at("ok").get<bool>();
    return Json{{"ok", ok}, {"checks", checks}};
}

} // namespace higgs::vpn
