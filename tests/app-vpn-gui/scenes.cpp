// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app-vpn-gui/scenes.h"

#include "shared/base/clock.h"

namespace higgs::test {

using control::Json;

namespace {

Json count(std::uint64_t packets, std::uint64_t bytes)
{
    return {{"packets", packets}, {"bytes", bytes}};
}

} // namespace

Json receiptOf(std::uint64_t outside, int gaps)
{
    return {{"counting", true},
            {"since", 1'795'000'000'000},
            {"until", nullptr},
            {"seconds", 7800},
            {"gaps", gaps},
            {"left",
             {{"outside", count(outside, outside * 60)},
              {"tunnel", count(9000, 12'000'000)},
              {"programs", count(0, 0)},
              {"local", count(3, 200)},
              {"upkeep", count(2, 700)}}},
            {"refused",
             {{"names", count(14, 900)},
              {"ipv4", count(5, 300)},
              {"ipv6", count(4, 320)},
              {"local", count(1, 60)},
              {"forwarded", count(0, 0)}}}};
}

void stand(ScriptedDaemon &daemon)
{
    daemon.connected("DE", "DE-BE");
    daemon.status()["switching"] = false;
    daemon.status()["exposedAddress"] = nullptr;
    Json &status = daemon.status();
    status["mappedAddress"] = "198.51.100.7:40000";
    status["exitIp"] = "203.0.113.25";
    status["exitIpV6"] = "2001:db8:4f2:9c01:5b7a:13ff:fe20:81d4";
    status["path"] = "relay";
    status["pathReason"] = "relay_only";
    status["rttMs"] = 24.3;
    status["health"] = "stable";
    status["killSwitch"] = true;
    status["since"] = (wallNow() - std::chrono::seconds(4983)).ms;
    status["request"] =
        Json{{"country", "DE"}, {"nodeId", nullptr}, {"path", nullptr}, {"via", nullptr}};
    daemon.tell();
}

void reset(ScriptedDaemon &daemon)
{
    daemon.disconnected();
    Json &status = daemon.status();
    for (const char *name : {"problem", "country", "region", "since", "pausedUntil", "request",
                             "path", "switchingFrom", "switchFault"})
        status[name] = nullptr;
    status["killSwitch"] = false;
    status["lockdown"] = false;
    status["switching"] = false;
    status["settings"]["country"] = "any";
    status["exposedAddress"] = "198.51.100.7";
    daemon.tell();
}

/// From Germany to Finland. `carries`: the old tunnel does still.
static void leave(ScriptedDaemon &daemon, bool carries)
{
    stand(daemon);
    Json &status = daemon.status();
    status["state"] = "connecting";
    status["switching"] = true;
    status["path"] = nullptr;
    status["switchingFrom"] = Json{{"country", "DE"},
                                   {"region", "DE-BE"},
                                   {"request", status["request"]},
                                   {"carries", carries}};
    status["request"]["country"] = "FI";
}

const std::vector<StateScene> &stateScenes()
{
    static const std::vector<StateScene> all = {
        {QStringLiteral("disconnected"), reset},
        {QStringLiteral("connecting"),
         [](ScriptedDaemon &d) {
             reset(d);
             d.status()["state"] = "connecting";
             d.status()["killSwitch"] = true;
             d.status()["settings"]["country"] = "DE";
         }},
        {QStringLiteral("server-gone"),
         [](ScriptedDaemon &d) {
             reset(d);
             d.status()["state"] = "connecting";
             d.status()["problem"] = "server_unreachable";
             d.status()["killSwitch"] = true;
         }},
        {QStringLiteral("disconnecting"),
         [](ScriptedDaemon &d) {
             stand(d);
             d.status()["state"] = "disconnecting";
         }},
        {QStringLiteral("connected"), stand},
        {QStringLiteral("unstable"),
         [](ScriptedDaemon &d) {
             stand(d);
             d.status()["health"] = "unstable";
         }},
        {QStringLiteral("narrow"),
         [](ScriptedDaemon &d) {
             stand(d);
             d.status()["pathReason"] = "udp_blocked";
             d.status()["pathAdvice"] = Json{
                 {"why", "narrow"}, {"improve", Json::array({"another_network", "offer_turn"})}};
         }},
        {QStringLiteral("unguarded"),
         [](ScriptedDaemon &d) {
             stand(d);
             d.status()["killSwitch"] = false;
             d.status()["health"] = "unstable";
         }},
        {QStringLiteral("reconnecting"),
         [](ScriptedDaemon &d) {
             stand(d);
             d.status()["state"] = "reconnecting";
             d.status()["problem"] = "node_lost";
         }},
        {QStringLiteral("switching"), [](ScriptedDaemon &d) { leave(d, false); }},
        {QStringLiteral("switching-carried"), [](ScriptedDaemon &d) { leave(d, true); }},
        {QStringLiteral("not-switched"),
         [](ScriptedDaemon &d) {
             stand(d);
             d.status()["switchFault"] = Json{{"country", "JP"}, {"problem", "no_matching_node"}};
         }},
        {QStringLiteral("blocked"),
         [](ScriptedDaemon &d) {
             stand(d);
             d.status()["state"] = "blocked";
             d.status()["problem"] = "node_lost";
             d.status()["path"] = nullptr;
         }},
        {QStringLiteral("lockdown"),
         [](ScriptedDaemon &d) {
             reset(d);
             d.status()["state"] = "blocked";
             d.status()["problem"] = "lockdown";
             d.status()["killSwitch"] = true;
             d.status()["lockdown"] = true;
         }},
        {QStringLiteral("refused"),
         [](ScriptedDaemon &d) {
             reset(d);
             d.status()["problem"] = "access_denied";
         }},
        {QStringLiteral("paused"),
         [](ScriptedDaemon &d) {
             reset(d);
             d.status()["pausedUntil"] = (wallNow() + std::chrono::minutes(14)).ms;
         }},
    };
    return all;
}

} // namespace higgs::test
