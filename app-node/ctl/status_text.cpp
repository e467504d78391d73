// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/ctl/status_text.h"

#include "shared/control/terminal.h"
#include "shared/protocol/path_advice.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace higgs::node {

using control::bytesText;
using control::countMember;
using control::countryText;
using control::flagMember;
using control::hasMember;
using control::Json;
using control::textMember;

namespace {

constexpr std::size_t LabelWidth = 14;

struct Sentence
{
    std::string_view code;
    std::string_view text;
};

constexpr std::array Problems = {
    Sentence{
        "server_unreachable",
        "the server does not answer: check this machine's connection and the server's address"},
    Sentence{"server_untrusted", "the server's certificate is not the expected one: check --pin or "
                                 "--ca, and do not go on if nobody changed it"},
    Sentence{
        "certificate_dates",
        "the server's certificate is not valid at the time that this machine's clock shows: set "
        "the clock, or, if it is right, tell the server's operator"},
    Sentence{"access_denied", "the server admits only nodes with an access key: ask its operator"},
    Sentence{"already_registered", "the server knows this node's id or key as somebody else's: use "
                                   "the data directory it was made in"},
    Sentence{"pending_approval", "the operator has yet to approve this node"},
    Sentence{"server_refused", "the server refused the registration"},
    Sentence{"no_permission", "higgs-noded may not build an exit: it needs CAP_NET_ADMIN and "
                              "/dev/net/tun"},
    Sentence{"tunnel_failed", "WireGuard could not be started on this machine: see the log of "
                              "higgs-noded"},
    Sentence{"exit_failed", "no exit for guests stands on this machine, so nothing is shared: "
                            "'higgs-nodectl diagnose' says why"},
    Sentence{"exit_unsafe", "the self-test found a way into this home, so nothing is shared: see "
                            "'higgs-nodectl safety'"},
    Sentence{"no_server", "no server is configured: 'higgs-nodectl server URL'"},
};

constexpr std::array States = {
    Sentence{"off", "Off: nobody uses your connection"},
    Sentence{"starting", "Getting ready: nothing is shared yet"},
    Sentence{"sharing", "Sharing"},
    Sentence{"limited", "Limited"},
    Sentence{"problem", "Not sharing, because of a problem"},
};

template <std::size_t N>
std::string lookUp(const std::array<Sentence, N> &sentences, std::string_view code)
{
    const auto found = std::find_if(sentences.begin(), sentences.end(),
                                    [code](const Sentence &each) { return each.code == code; });
    return std::string(found == sentences.end() ? code : found->text);
}

std::string row(const std::string &label, const std::string &value)
{
    return padded(label, LabelWidth) + value + "\n";
}

std::string rateText(std::uint64_t mbps)
{
    return mbps == 0 ? "unlimited" : std::to_string(mbps) + " Mbit/s";
}

constexpr std::array Limits = {
    Sentence{"full", "as many guests as allowed are here: new ones are not taken"},
    Sentence{"maintenance", "the operator empties this node: new guests are not taken"},
    Sentence{"paused", "paused by you: nothing is shared"},
    Sentence{"schedule", "outside the hours of your schedule: nothing is shared"},
    Sentence{"volume", "the month's volume is used up: nothing is shared"},
    Sentence{"battery", "on battery: nothing is shared"},
    Sentence{"metered", "on a metered network: nothing is shared"},
};

/// Never more than is so: a node that nobody reaches shares nothing, whatever its state is called.
std::string stateText(const Json &status)
{
    const std::string reason = textMember(status, "limitReason");
    const std::uint64_t guests = countMember(status, "guests");
    const bool lone = textMember(status, "reach") == "none";
    if (guests > 0 && (lone || textMember(status, "state") == "problem"))
        return "Sharing with " +
               (guests == 1 ? std::string("one guest") : std::to_string(guests) + " guests") +
               " who came before: new ones cannot come, " +
               (lone ? "as there is no connection to the server" : "because of a problem");
    if (lone)
        return "Sharing is on, but nobody can reach you: there is no connection to the server";
    if (textMember(status, "state") != "limited" || reason.empty())
        return lookUp(States, textMember(status, "state")) + limitSentence(status);
    const std::uint64_t until = countMember(status, "limitUntil");
    const bool serves = reason == "full" || reason == "maintenance";
    return (serves ? "Sharing: " : "On, but held: ") + lookUp(Limits, reason) +
           (until == 0 ? "" : ", until " + localTimeText(until));
}

std::string rateOfGuests(const Json &status)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "up %.1f, down %.1f Mbit/s",
                  control::numberMember(status, "rxMbps"), control::numberMember(status, "txMbps"));
    return text.data();
}

std::string volumeText(const Json &volume)
{
    const std::uint64_t cap = countMember(volume, "capBytes");
    return bytesText(countMember(volume, "usedBytes")) + (cap == 0 ? "" : " of " + bytesText(cap)) +
           ", from " + localTimeText(countMember(volume, "from")) + " to " +
           localTimeText(countMember(volume, "resetsAt"));
}

std::string guestsHereText(const Json &status)
{
    const Json paths = memberOf(status, "guestPaths");
    std::string text = std::to_string(countMember(status, "guests"));
    if (countMember(status, "guests") == 0 || !paths.is_object())
        return text;
    text += ": " + std::to_string(countMember(paths, "direct")) + " directly, " +
            std::to_string(countMember(paths, "relay")) + " through the relay";
    if (const std::uint64_t turn = countMember(paths, "turn"); turn > 0)
        text += ", " + std::to_string(turn) + " through TURN";
    if (const std::uint64_t onward = countMember(paths, "cascade"); onward > 0)
        text += ", " + std::to_string(onward) + " on to another exit";
    return text;
}

/// That a sentence is about: what the node shall have, where another program has it.
std::uint64_t portToSay(const Json &status)
{
    const std::uint64_t taken = countMember(status, "udpPortTaken");
    return taken != 0 ? taken : countMember(status, "udpPort");
}

std::string natText(const Json &status)
{
    const std::string type = textMember(status, "natType");
    if (type == "Blocked")
        return flagMember(status, "ownFirewall") ? "a firewall on this machine lets no UDP out"
                                                 : "no UDP gets through";
    const std::string mapped = textMember(status, "mappedAddress");
    return type + (mapped.empty() ? "" : ", seen as " + mapped);
}

/// By which way guests can come, and what would make more of them come directly.
std::string adviceText(const Json &status)
{
    const Json advice = memberOf(status, "pathAdvice");
    if (textMember(status, "state") == "off" || !advice.is_object())
        return {};
    std::string text;
    if (const auto *reach = protocol::adviceWords(textMember(advice, "why")))
        text += row("Ways here", reach->text);
    for (const Json &each : memberOf(advice, "improve")) {
        const std::string name = each.is_string() ? each.get<std::string>() : std::string();
        const auto *step = protocol::adviceWords(name);
        if (step == nullptr)
            continue;
        std::string words = step->text;
        if (const std::size_t place = words.find("%1"); place != std::string::npos)
            words.replace(place, 2, std::to_string(portToSay(status)));
        text += row("Improve it", words);
    }
    return text;
}

} // namespace

std::string padded(std::string text, std::size_t width)
{
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

Json memberOf(const Json &object, const char *name)
{
    return hasMember(object, name) ? object.at(name) : Json();
}

std::string localTimeText(std::uint64_t ms)
{
    const auto seconds = static_cast<std::time_t>(ms / 1'000);
    std::tm parts{};
    std::array<char, 32> text{};
    if (::localtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%F %H:%M", &parts) == 0)
        return {};
    return text.data();
}

std::string limitSentence(const Json &status)
{
    const std::string reason = textMember(status, "limitReason");
    if (reason.empty())
        return {};
    const std::uint64_t until = countMember(status, "limitUntil");
    return " Limited: " + lookUp(Limits, reason) +
           (until == 0 ? "" : ", until " + localTimeText(until)) + ".";
}

std::string problemLine(const Json &status)
{
    const std::string problem = textMember(status, "problem");
    if (problem.empty() || problem == "none")
        return {};
    const std::string detail = textMember(status, "problemDetail");
    return lookUp(Problems, problem) + (detail.empty() ? "" : " [" + detail + "]");
}

std::string limitsText(const Json &limits)
{
    const std::uint64_t monthly = countMember(limits, "monthlyBytes");
    return row("Guests", std::to_string(countMember(limits, "maxGuests")) + " at once") +
           row("They send", rateText(countMember(limits, "upMbps"))) +
           row("They receive", rateText(countMember(limits, "downMbps"))) +
           row("A month", (monthly == 0 ? "unlimited" : bytesText(monthly)) + ", from day " +
                              std::to_string(countMember(limits, "resetDay"))) +
           row("On battery", flagMember(limits, "stopOnBattery") ? "stop" : "share") +
           row("Metered", flagMember(limits, "stopOnMetered") ? "stop" : "share") +
           row("Neighbour", flagMember(limits, "goodNeighbour") ? "guests give way to the owner"
                                                                : "guests take what they get") +
           row("Router", flagMember(limits, "portMapping") ? "may be asked to open the UDP port"
                                                           : "is not asked for a port") +
           scheduleText(limits);
}

static std::string mappingText(const Json &mapping)
{
    const std::string protocol = textMember(mapping, "protocol");
    const std::string external = textMember(mapping, "external");
    return textMember(mapping, "state") + (external.empty() ? "" : ", " + external) +
           (protocol.empty() ? "" : ", by " + protocol);
}

std::string statusText(const Json &status)
{
    std::string text = row("State", stateText(status));
    if (const std::string problem = problemLine(status); !problem.empty())
        text += row("Problem", problem);
    if (const std::string fault = textMember(status, "settingsFault"); !fault.empty())
        text += row("Settings", fault + ": nothing is shared until 'higgs-nodectl on'; look at "
                                        "'higgs-nodectl limits' first, the damaged file is kept");
    if (const std::string country = textMember(status, "country"); !country.empty()) {
        const std::string region = textMember(status, "region");
        text += row("Country", countryText(country) + (region.empty() ? "" : ", " + region));
    }
    text += row("NAT", natText(status));
    if (const Json mapping = memberOf(status, "portMapping"); mapping.is_object())
        text += row("Port mapping", mappingText(mapping));
    text += row("Guests", guestsHereText(status));
    text += adviceText(status);
    if (countMember(status, "guests") > 0)
        text += row("Now", rateOfGuests(status));
    text += row("From guests", bytesText(countMember(status, "rxBytes")));
    text += row("To guests", bytesText(countMember(status, "txBytes")));
    const Json today = memberOf(status, "today");
    text += row("Today", bytesText(countMember(today, "rxBytes") + countMember(today, "txBytes")) +
                             ", " + std::to_string(countMember(today, "guests")) + " guests");
    text += row("This month", volumeText(memberOf(status, "volume")));
    if (const std::string safety = textMember(memberOf(status, "safety"), "state"); !safety.empty())
        text += row("Self-test", safety);
    if (const std::string fault = textMember(status, "barrierFault"); !fault.empty())
        text += row("Barrier", fault);
    if (const std::string egress = textMember(status, "egressInterface"); !egress.empty())
        text += row("Leaves by", egress);
    if (const std::string tunnel = textMember(status, "tunnel"); !tunnel.empty())
        text += row("WireGuard", tunnel);
    if (const std::string node = textMember(status, "nodeId"); !node.empty())
        text += row("Node", node);
    text.pop_back();
    return text;
}

std::string guestsText(const Json &answer, WallTime now)
{
    const Json guests = memberOf(answer, "guests");
    if (!guests.is_array() || guests.empty())
        return "No guests.";
    std::string text = padded("NUMBER", 8) + padded("FOR", 14) + padded("PATH", 10) +
                       padded("ONLINE", 8) + padded("RECEIVED", 12) + "SENT\n";
    for (const Json &guest : guests) {
        const WallTime since = control::momentMember(guest, "since");
        text += padded(std::to_string(countMember(guest, "number")), 8);
        text += padded(control::durationText(now - since), 14);
        text += padded(textMember(guest, "path"), 10);
        text += padded(flagMember(guest, "online") ? "yes" : "no", 8);
        text += padded(bytesText(countMember(guest, "rxBytes")), 12);
        text += bytesText(countMember(guest, "txBytes")) + "\n";
    }
    text.pop_back();
    return text;
}

} // namespace higgs::node
