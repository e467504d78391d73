// SPDX-License-Identifier: GPL-3.0-or-later
// route explain: which nodes a client would get now, why these, and why not the others.
#include "server/admin_commands.h"
#include "server/api/route_questions.h"

#include <array>
#include <cstdio>

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

// On the command line, and as the server calls it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> Names = {{
    {"country", "country"},
    {"region", "region"},
    {"min-bandwidth", "minBandwidth"},
    {"max-latency", "maxLatency"},
    {"via", "via"},
    {"node", "nodeId"},
    {"nat", "natType"},
    {"client-leg", "clientLeg"},
}};

std::optional<std::string_view> nameOf(std::string_view word)
{
    for (const auto &[ours, theirs] : Names) {
        if (ours == word)
            return theirs;
    }
    return std::nullopt;
}

/// "-" where nothing is known.
std::string figure(const Json &value, int decimals = 0)
{
    if (!value.is_number())
        return "-";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value.get<double>());
    return text.data();
}

std::string padded(std::string text, std::size_t width)
{
    return text.size() < width ? text + std::string(width - text.size(), ' ') : text + ' ';
}

std::string candidateLine(const Json &candidate)
{
    const Json &figures = candidate["figures"];
    const Json &region = candidate["region"];
    const std::string place =
        region.is_string() ? region.get<std::string>() : candidate.value("country", std::string());
    std::string line = candidate.value("nodeId", std::string()) + "  " + padded(place, 8) +
                       padded(candidate.value("type", std::string()), 8) +
                       padded(figure(candidate["score"], 1), 7) +
                       padded(figure(figures["latency"]) + " ms", 9) +
                       padded(figure(figures["bandwidth"]) + " Mbit/s", 13) +
                       figure(figures["sessions"]) + '/' + figure(figures["places"]) + "  ";
    std::string parts;
    for (const auto &part : candidate["parts"].items()) {
        const double value = part.value().is_number() ? part.value().get<double>() : 0;
        if (value != 0)
            parts += (parts.empty() ? "" : " ") + part.key() + (value > 0 ? "+" : "") +
                     figure(part.value(), 1);
    }
    return line + parts + '\n';
}

std::string textOf(const Json &explanation)
{
    std::string text;
    for (const Json &candidate : explanation["candidates"])
        text += candidateLine(candidate);
    text += figure(explanation["considered"]) + " considered of " + figure(explanation["nodes"]) +
            " registered, " + figure(explanation["offered"]) + " offered\n";
    for (const Json &group : explanation["leftOut"]) {
        text += "left out, " + group.value("reason", std::string()) + ": " + figure(group["count"]);
        for (const Json &node : group["nodes"])
            text += ' ' + node.get<std::string>();
        text += '\n';
    }
    if (const auto target = explanation.find("target"); target != explanation.end()) {
        const Json &reason = (*target)["leftOut"];
        text += target->value("nodeId", std::string()) + ": " +
                (reason.is_string() ? "left out, " + reason.get<std::string>()
                                    : "rank " + figure((*target)["rank"])) +
                '\n';
    }
    return text;
}

int explain(CommandLink &link, Words words)
{
    Json params = Json::object();
    bool asJson = false;
    for (const std::string &word : words) {
        if (word == "json") {
            asJson = true;
            continue;
        }
        const std::size_t sign = word.find('=');
        const auto name = nameOf(std::string_view(word).substr(0, sign));
        if (sign == std::string::npos || !name)
            return WrongUsage;
        params[std::string(*name)] = routeQuestionValue(*name, word.substr(sign + 1));
    }
    const auto explained = link.call("route.explain", params);
    if (!explained)
        return commandFailed("cannot explain: " + explained.error().detail);
    std::string text = asJson ? explained->dump(2) + '\n' : textOf(*explained);
    if (const auto entries = explained->find("entries"); !asJson && entries != explained->end())
        text += "entries:\n" + textOf(*entries);
    const auto shown = print(text);
    return shown ? 0 : commandFailed(shown.error().detail);
}

constexpr AdminCommand Commands[] = {
    {"route", "explain", "[NAME=VALUE ...] [json]",
     "which nodes a client would be offered, and why (boson-server(8))", explain},
};

} // namespace

std::span<const AdminCommand> routeCommands()
{
    return Commands;
}

} // namespace higgs::server
