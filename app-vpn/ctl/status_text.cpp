// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/status_text.h"

#include "app-vpn/ctl/problem_text.h"
#include "shared/control/terminal.h"
#include "shared/protocol/path_advice.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

namespace higgs::vpn {

using control::bytesText;
using control::countMember;
using control::countryText;
using control::flagMember;
using control::hasMember;
using control::Json;
using control::numberMember;
using control::textMember;

namespace {

constexpr std::size_t LabelWidth = 14;

std::string row(std::string label, const std::string &value)
{
    label.resize(LabelWidth, ' ');
    return label + value + "\n";
}

std::string padded(std::string text, std::size_t width)
{
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

/// What happens to the traffic while there is no tunnel, by what the firewall has and not by what
/// the state is called.
std::string trafficText(const Json &status, const std::string &until)
{
    return flagMember(status, "killSwitch") ? "nothing leaves this machine" + until
                                            : "your traffic is not protected";
}

std::string switchingText(const Json &status)
{
    const Json left = hasMember(status, "switchingFrom") ? status.at("switchingFrom") : Json();
    const std::string country = textMember(left, "country");
    return country.empty() ? "Switching" : "Switching from " + countryText(country);
}

/// The home of before carries until the new one is reached.
bool stillCarried(const Json &status)
{
    return flagMember(status, "switching") && flagMember(status, "killSwitch") &&
           hasMember(status, "switchingFrom") && flagMember(status.at("switchingFrom"), "carries");
}

std::string headline(const Json &status)
{
    const std::string state = textMember(status, "state");
    const bool blocked = flagMember(status, "killSwitch");
    if (isLockedDown(status) && blocked && hasMember(status, "settingsFault"))
        return "Blocked: the settings cannot be read, and nothing leaves this machine";
    if (isLockedDown(status))
        return blocked ? "Disconnected, and blocked: lockdown is on, nothing leaves this machine"
                       : "Disconnected: lockdown is on, but the block is not in force and your "
                         "traffic is not protected";
    if (state == "disconnected") {
        const std::string until = pauseEnd(status);
        if (!until.empty())
            return "Paused until " + until + ", then connects again";
        return "Disconnected: " + trafficText(status, "");
    }
    if (state == "connecting" && stillCarried(status))
        return switchingText(status) + ", by where your traffic still leaves";
    if (state == "connecting")
        return (flagMember(status, "switching") ? switchingText(status) : "Connecting") + ": " +
               trafficText(status, " until you are connected");
    if (state == "connected")
        return "Connected";
    if (state == "reconnecting")
        return "Reconnecting: " + trafficText(status, " until the tunnel is back");
    if (state == "disconnecting")
        return "Disconnecting";
    if (blocked && state == "blocked" && textMember(status, "problem") == "not_restored")
        return "Blocked: the line could not be opened, and nothing leaves this machine";
    if (state == "blocked")
        return blocked ? "Blocked: nothing leaves this machine until the tunnel is back"
                       : "Not connected: the block is not in force and your traffic is not "
                         "protected";
    return state;
}

/// Empty when nothing is known.
std::string healthText(const std::string &health)
{
    if (health == "stable")
        return "stable";
    if (health == "unstable")
        return "unstable: answers through the tunnel are late or missing";
    if (health == "no_signal")
        return "no signal: nothing comes back through the tunnel";
    return health;
}

std::string serverText(const Json &server)
{
    const std::string host = textMember(server, "host");
    const bool isV6 = host.find(':') != std::string::npos;
    return (isV6 ? "[" + host + "]" : host) + ":" + std::to_string(countMember(server, "port"));
}

/// "2026-11-23 14:32:05" by `format`, in this machine's time zone.
std::string localTime(std::uint64_t milliseconds, const char *format)
{
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm local{};
    char text[64] = "";
    if (::localtime_r(&seconds, &local) != nullptr)
        std::strftime(text, sizeof(text), format, &local);
    return text;
}

std::string milliseconds(double value)
{
    char text[32];
    std::snprintf(text, sizeof(text), "%.1f ms", value);
    return text;
}

std::string killSwitchText(const Json &status)
{
    if (flagMember(status, "killSwitch"))
        return "on: nothing leaves outside the tunnel";
    if (const std::string fault = textMember(status, "blockFault"); !fault.empty())
        return "removed by another program, and it cannot be put back (" + fault +
               "): traffic may leave; disconnect this machine from the network";
    return textMember(status, "state") == "connected"
               ? "not in force: if the tunnel fails, your traffic is not protected"
               : "off: traffic goes out unprotected";
}

std::string settingsFaultText(const std::string &fault)
{
    return fault + ". They may have said lockdown, so it is on: 'higgs-vpnctl set lockdown off' "
                   "opens the line. The file is kept beside the new one";
}

std::string lockdownText(const Json &status)
{
    if (!flagMember(status, "lockdown"))
        return "off";
    if (!flagMember(status, "killSwitch"))
        return "on, but not in force at the moment";
    if (flagMember(status, "bootBlock"))
        return "on: nothing leaves without the tunnel, at boot neither";
    const bool known = hasMember(status, "bootBlock") && status.at("bootBlock").is_boolean();
    return known ? "on, but not while this machine starts: 'sudo systemctl enable higgs-lockdown' "
                   "adds that"
                 : "on: nothing leaves without the tunnel while the daemon runs; nobody can tell "
                   "whether it is so at boot";
}

const Json &arrayMember(const Json &object, const char *name)
{
    static const Json none = Json::array();
    if (!object.is_object() || !object.contains(name) || !object.at(name).is_array())
        return none;
    return object.at(name);
}

/// What would help, a line each.
std::string stepsText(const Json &advice)
{
    std::string text;
    for (const Json &each : arrayMember(advice, "improve")) {
        const std::string name = each.is_string() ? each.get<std::string>() : std::string();
        if (const auto *step = protocol::adviceWords(name))
            text += row("Improve it", step->text);
    }
    return text;
}

/// What carries, and why that: by both routers where they stand in a better one's way.
std::string pathText(const Json &status)
{
    const std::string path = textMember(status, "path");
    if (path.empty())
        return {};
    const Json advice = hasMember(status, "pathAdvice") ? status.at("pathAdvice") : Json();
    if (const auto *why = protocol::adviceWords(textMember(advice, "why")))
        return row("Path", path + ": " + why->text) + stepsText(advice);
    const std::string reason = pathReasonText(textMember(status, "pathReason"));
    return row("Path", path + (reason.empty() ? "" : " (" + reason + ")"));
}

std::string addresses(const Json &status, const char *v4, const char *v6)
{
    const std::string first = textMember(status, v4);
    const std::string second = textMember(status, v6);
    return first.empty() || second.empty() ? first + second : first + ", " + second;
}

/// Virtual machines and containers that share a network card with this machine.
std::string plainText(const Json &text)
{
    return text.is_string() ? control::plainLine(text.get_ref<const std::string &>())
                            : std::string();
}

std::string besideText(const Json &beside)
{
    std::string guests;
    for (const Json &guest : arrayMember(beside, "guests"))
        guests += (guests.empty() ? "" : ", ") + plainText(guest);
    guests += " at " + textMember(beside, "interface");
    if (flagMember(beside, "held"))
        return guests + ", guests of this machine: blocked by the kill switch, not in the tunnel";
    return guests + ", guests of this machine that share its network card: outside the tunnel";
}

/// What the window shows, in the same order: own sessions, else the estimate of both legs, never
/// the server's figure alone.
std::string wayText(const Json &location)
{
    const auto whole = [&location](const char *name) {
        char text[32];
        std::snprintf(text, sizeof(text), "%.0f ms", std::max(numberMember(location, name), 1.0));
        return std::string(text);
    };
    if (hasMember(location, "pastMs"))
        return whole("pastMs") + " last time";
    return hasMember(location, "estimateMs") ? "about " + whole("estimateMs") : "not known yet";
}

double wayOrUnknown(const Json &location)
{
    constexpr double Unknown = 1e9;
    for (const char *name : {"pastMs", "estimateMs", "latency"}) {
        if (hasMember(location, name))
            return numberMember(location, name);
    }
    return Unknown;
}

/// The device's kind is told while there is one.
std::string withKind(const std::string &addresses, const std::string &kind)
{
    return kind.empty() ? addresses : addresses + ", by " + kind;
}

} // namespace

std::string problemLine(const Json &status)
{
    const std::string problem = textMember(status, "problem");
    if (problem.empty() || problem == "none")
        return {};
    const std::string detail = textMember(status, "problemDetail");
    // Of two homes it may be the entry that is missing.
    const Json request = hasMember(status, "request") ? status.at("request") : Json();
    const std::string via = textMember(request, "via");
    if (!via.empty() && (problem == "no_matching_node" || problem == "node_offline"))
        return "there are no two homes for this, one in " + countryText(via) +
               " to enter by and another one to leave from: choose other countries, or leave --via "
               "away, and the exit sees your address" +
               (detail.empty() ? "" : " [" + detail + "]");
    return problemText(problem) + (detail.empty() ? "" : " [" + detail + "]");
}

std::string switchFaultLine(const Json &status)
{
    if (!hasMember(status, "switchFault"))
        return {};
    const Json &fault = status.at("switchFault");
    const std::string asked = textMember(fault, "country");
    const std::string detail = textMember(fault, "problemDetail");
    return "still connected to " + countryText(textMember(status, "country")) + ", not " +
           (asked.empty() ? "another home" : "to " + countryText(asked)) + ": " +
           problemText(textMember(fault, "problem")) + (detail.empty() ? "" : " [" + detail + "]");
}

bool isLockedDown(const Json &status)
{
    return textMember(status, "state") == "blocked" && textMember(status, "problem") == "lockdown";
}

std::string pauseEnd(const Json &status)
{
    return hasMember(status, "pausedUntil") ? localTime(countMember(status, "pausedUntil"), "%H:%M")
                                            : std::string();
}

std::string statusText(const Json &status, WallTime now)
{
    std::string text = row("State", headline(status));
    if (const std::string problem = problemLine(status); !problem.empty() && !isLockedDown(status))
        text += row("Problem", problem);
    if (const std::string fault = switchFaultLine(status); !fault.empty())
        text += row("Switch", fault);
    if (const std::string fault = textMember(status, "settingsFault"); !fault.empty())
        text += row("Settings", settingsFaultText(fault));
    const std::string country = textMember(status, "country");
    const std::string region = textMember(status, "region");
    if (!country.empty())
        text += row("Exit", countryText(country) + (region.empty() ? "" : ", " + region));
    if (const std::string exit = addresses(status, "exitIp", "exitIpV6"); !exit.empty())
        text += row("Exit address", exit);
    text += pathText(status);
    const std::string nat = textMember(status, "natType");
    if (const std::string mapped = textMember(status, "mappedAddress"); !mapped.empty())
        text += row("NAT", nat + ", seen as " + mapped);
    else if (nat == "Blocked")
        text += row("NAT", flagMember(status, "ownFirewall")
                               ? "a firewall on this machine lets no UDP out"
                               : "no UDP gets through");
    if (const std::string own = addresses(status, "tunnelAddress", "tunnelAddressV6"); !own.empty())
        text += row("Tunnel", withKind(own, textMember(status, "tunnel")));
    if (const std::string node = textMember(status, "nodeId"); !node.empty())
        text += row("Node", node);
    if (hasMember(status, "rttMs"))
        text += row("Round trip", milliseconds(numberMember(status, "rttMs")));
    if (const std::string health = healthText(textMember(status, "health")); !health.empty())
        text += row("Health", health);
    if (hasMember(status, "since")) {
        const WallTime since = control::momentMember(status, "since");
        text += row("For", control::durationText(now - since));
        text += row("Received", bytesText(countMember(status, "rxBytes")));
        text += row("Sent", bytesText(countMember(status, "txBytes")));
    }
    text += row("Kill switch", killSwitchText(status));
    if (hasMember(status, "lockdown"))
        text += row("Lockdown", lockdownText(status));
    for (const Json &each : arrayMember(status, "unguarded"))
        text += row("Guarded once", plainText(each));
    for (const Json &each : arrayMember(status, "beside"))
        text += row("Not protected", besideText(each));
    if (const std::uint64_t outside = countMember(status, "excluded"); outside > 0)
        text += row("Outside", std::to_string(outside) + " programs run outside the tunnel");
    if (hasMember(status, "server"))
        text += row("Server", serverText(status.at("server")));
    text.pop_back();
    return text;
}

std::string countriesText(const Json &answer)
{
    std::vector<Json> rows;
    for (const Json &location : arrayMember(answer, "locations"))
        rows.push_back(location);
    if (rows.empty())
        return "Nobody shares a connection at the moment.";
    std::stable_sort(rows.begin(), rows.end(), [](const Json &a, const Json &b) {
        return wayOrUnknown(a) < wayOrUnknown(b);
    });
    std::string text =
        padded("COUNTRY", 32) + padded("REGION", 10) + padded("HOMES FREE", 12) + "ROUND TRIP\n";
    for (const Json &location : rows) {
        text += padded(countryText(textMember(location, "country")), 32);
        text += padded(textMember(location, "region"), 10);
        text += padded(std::to_string(countMember(location, "available")) + " of " +
                           std::to_string(countMember(location, "nodes")),
                       12);
        text += wayText(location) + "\n";
    }
    return text +
           "About: your own way to the server, and a home's. Last time: in your own sessions.";
}

std::string logText(const Json &answer)
{
    std::string text;
    for (const Json &entry : arrayMember(answer, "lines")) {
        text += (text.empty() ? "" : "\n") + localTime(countMember(entry, "time"), "%F %T") + " " +
                padded(textMember(entry, "level"), 8) + textMember(entry, "area") + " " +
                textMember(entry, "text");
    }
    return text.empty() ? "The daemon has logged nothing so far." : text;
}

} // namespace higgs::vpn
