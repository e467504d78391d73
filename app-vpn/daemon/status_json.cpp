// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/status_json.h"

#include "app-vpn/daemon/receipt_json.h"
#include "shared/portmap/mapping_words.h"

namespace higgs::vpn {

namespace {

Json textOrNull(std::string_view text)
{
    return text.empty() ? Json() : Json(text);
}

Json addressOrNull(const std::optional<IpAddress> &address)
{
    return address ? Json(address->toString()) : Json();
}

Json serverJson(const StatusFrame &frame)
{
    const std::optional<ConfiguredServer> &server = frame.server;
    if (!server)
        return {};
    return Json{{"host", server->host},
                {"port", server->port},
                {"pin", server->trust.pin ? Json(pinText(*server->trust.pin)) : Json()},
                {"accessNeeded", frame.accessNeeded ? Json(*frame.accessNeeded) : Json()},
                {"version", textOrNull(frame.status.serverVersion)}};
}

Json leftJson(const std::optional<LeftExit> &left)
{
    if (!left)
        return {};
    return Json{{"country", textOrNull(left->country)},
                {"region", textOrNull(left->region)},
                {"nodeId", textOrNull(left->node.text())},
                {"request", requestJson(left->request)},
                {"carries", left->carries}};
}

Json faultJson(const std::optional<SwitchFault> &fault)
{
    if (!fault)
        return {};
    return Json{{"country", textOrNull(fault->country)},
                {"problem", toString(fault->problem)},
                {"problemDetail", textOrNull(fault->detail)}};
}

Json besideJson(const std::vector<BesideGuests> &beside)
{
    Json list = Json::array();
    for (const BesideGuests &each : beside)
        list.push_back(Json{{"interface", each.interfaceName},
                            {"guests", each.guests},
                            {"bridged", each.bridged},
                            {"held", each.held}});
    return list;
}

/// Codes for programs, and the sentences for who has no table of them.
Json adviceJson(const std::optional<protocol::PathAdvice> &advice)
{
    if (!advice)
        return {};
    Json improve = Json::array();
    std::string text = protocol::wordsOf(advice->cause).text;
    for (const protocol::PathStep each : advice->steps) {
        improve.push_back(protocol::wordsOf(each).name);
        text += std::string(" ") + protocol::wordsOf(each).text;
    }
    return Json{{"why", protocol::wordsOf(advice->cause).name},
                {"improve", std::move(improve)},
                {"text", std::move(text)}};
}

/// What this build and this machine can do.
Json featuresJson(const ExcludeAbility &exclude)
{
    return Json{{"cascade", true},
                {"paths",
                 {toString(PathPreference::Auto), toString(PathPreference::Relay),
                  toString(PathPreference::Direct), toString(PathPreference::Turn)}},
                {"exclude", exclude.reason.empty()},
                {"excludeReason", textOrNull(exclude.reason)}};
}

} // namespace

Json statusJson(const StatusFrame &frame)
{
    const ClientStatus &status = frame.status;
    return Json{
        {"version", HIGGS_VERSION},
        {"controlVersion", ControlVersion},
        {"state", toString(status.state)},
        {"problem", status.problem == Problem::None ? Json() : Json(toString(status.problem))},
        {"problemDetail", textOrNull(status.problemDetail)},
        {"path", status.path ? Json(toString(*status.path)) : Json()},
        {"pathReason", status.pathReason ? Json(toString(*status.pathReason)) : Json()},
        {"pathAdvice", adviceJson(status.pathAdvice)},
        {"country", textOrNull(status.country)},
        {"region", textOrNull(status.region)},
        {"nodeId", textOrNull(status.node.text())},
        {"sessionId", textOrNull(status.session.text())},
        {"exitIp", addressOrNull(status.exitAddress)},
        {"exitIpV6", addressOrNull(status.exitAddressV6)},
        {"exposedAddress", addressOrNull(status.exposedAddress)},
        {"tunnelAddress", addressOrNull(status.tunnelAddress)},
        {"tunnelAddressV6", addressOrNull(status.tunnelAddressV6)},
        {"since", status.since ? Json(status.since->ms) : Json()},
        {"rxBytes", status.rxBytes},
        {"txBytes", status.txBytes},
        {"lostDatagrams", toJson(status.lost)},
        {"rttMs", status.rttMs ? Json(*status.rttMs) : Json()},
        {"natType", toString(status.natType)},
        {"ownFirewall", status.ownFirewall},
        {"mappedAddress", status.mappedAddress ? Json(status.mappedAddress->toString()) : Json()},
        {"exitNatType", toString(status.exitNat)},
        {"nat", natJson(status.nat)},
        {"portMapping", portmap::mappingJson(status.mapping)},
        {"udpRefused", refusedJson(status.udpRefused)},
        {"tunnel", textOrNull(status.tunnelKind)},
        {"killSwitch", status.killSwitch},
        {"blockFault", textOrNull(status.blockFault)},
        {"blockRepairs", status.blockRepairs},
        {"blockRepairedAt", status.blockRepairedAt ? Json(status.blockRepairedAt->ms) : Json()},
        {"leaks", leaksJson(frame.leaks)},
        {"beside", besideJson(status.beside)},
        {"unguarded", status.unguarded},
        {"reconnects", status.reconnects},
        {"switching", status.switching},
        {"switchingFrom", leftJson(status.switchingFrom)},
        {"switchFault", faultJson(status.switchFault)},
        {"health", status.health ? Json(toString(*status.health)) : Json()},
        {"pausedUntil", status.pausedUntil ? Json(status.pausedUntil->ms) : Json()},
        {"lockdown", status.lockdown},
        {"bootBlock", frame.bootBlock ? Json(*frame.bootBlock) : Json()},
        {"request", status.request ? requestJson(*status.request) : Json()},
        {"server", serverJson(frame)},
        {"accessKey", frame.hasAccessKey ? "set" : "none"},
        {"settings", settingsJson(frame.settings)},
        {"settingsFault", textOrNull(frame.settingsFault)},
        {"features", featuresJson(frame.exclude)},
        {"excluded", frame.exclude.running ? Json(*frame.exclude.running) : Json()},
    };
}

} // namespace higgs::vpn
