// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/route_questions.h"

#include "server/services/route_explanation.h"
#include "shared/base/number_text.h"

#include <cmath>

namespace higgs::server {

namespace {

using protocol::Json;

constexpr std::array<std::string_view, 8> Names = {
    "country", "region", "minBandwidth", "maxLatency", "via", "nodeId", "natType", "clientLeg",
};
// Nobody asks on behalf of a client; the schema wants one.
constexpr const char *NoClient = "00000000-0000-0000-0000-000000000000";
constexpr std::int64_t LongestLeg = 60'000; // ms

struct Question
{
    protocol::RoutingRequest request;
    Milliseconds clientLeg{0};
};

bool isNumber(std::string_view name)
{
    return name == "minBandwidth" || name == "maxLatency" || name == "clientLeg";
}

std::optional<std::string_view> unknownName(const Json &params)
{
    for (const auto &member : params.items()) {
        if (std::find(Names.begin(), Names.end(), member.key()) == Names.end())
            return member.key();
    }
    return std::nullopt;
}

/// The same faults that a client would get, under the names that the operator used.
void rename(protocol::Faults &faults)
{
    for (protocol::Fault &fault : faults) {
        fault.path = fault.path.substr(fault.path.rfind('/'));
        if (fault.path == "/preferredCountry")
            fault.path = "/country";
        else if (fault.path == "/preferredLocation")
            fault.path = "/region";
        else if (fault.path == "/targetNodeId")
            fault.path = "/nodeId";
    }
}

std::variant<Question, protocol::Faults> questionOf(const Json &params)
{
    if (!params.is_object())
        return protocol::Faults{{"", "must be an object"}};
    if (const auto name = unknownName(params))
        return protocol::Faults{{"/" + std::string(*name), "is not known here"}};
    const auto given = [&params](const char *name) {
        const auto found = params.find(name);
        return found == params.end() ? Json() : *found;
    };
    Question question;
    if (const Json leg = given("clientLeg"); !leg.is_null()) {
        if (!leg.is_number() || leg.get<double>() < 0 || leg.get<double>() > LongestLeg)
            return protocol::Faults{{"/clientLeg", "must be milliseconds from 0 to 60000"}};
        question.clientLeg = Milliseconds(std::llround(leg.get<double>()));
    }
    const Json request = {{"clientId", NoClient},
                          {"targetNodeId", given("nodeId")},
                          {"requirements",
                           {{"preferredCountry", given("country")},
                            {"preferredLocation", given("region")},
                            {"minBandwidth", given("minBandwidth")},
                            {"maxLatency", given("maxLatency")},
                            {"via", given("via")}}},
                          {"clientNetworkInfo", {{"natType", given("natType")}}}};
    protocol::Faults faults;
    auto decoded = protocol::decodeRoutingRequest(request, &faults);
    if (!decoded) {
        rename(faults);
        return faults;
    }
    const auto &wanted = decoded->requirements;
    if (wanted.preferredLocation && wanted.preferredCountry &&
        wanted.preferredLocation->country != *wanted.preferredCountry)
        return protocol::Faults{{"/region", "is not in the country"}};
    question.request = std::move(*decoded);
    return question;
}

Json rounded(double value)
{
    return std::round(value * 100) / 100;
}

Json rounded(const std::optional<double> &value)
{
    return value ? rounded(*value) : Json();
}

Json partsJson(const ScoreParts &parts)
{
    return {{"base", rounded(parts.base)},         {"region", rounded(parts.region)},
            {"direct", rounded(parts.direct)},     {"bandwidth", rounded(parts.bandwidth)},
            {"latency", rounded(parts.latency)},   {"load", rounded(parts.load)},
            {"sessions", rounded(parts.sessions)}, {"loss", rounded(parts.loss)},
            {"degraded", rounded(parts.degraded)}, {"failures", rounded(parts.failures)},
            {"chance", rounded(parts.chance)}};
}

Json candidateJson(const ServerState &state, const RouteExplanation::Candidate &candidate)
{
    const NodeFigures &figures = candidate.figures;
    const Node *node = state.nodes.find(candidate.node);
    return {{"nodeId", candidate.node.text()},
            {"country", node->record.country.text()},
            {"region", candidate.region.empty() ? Json() : Json(candidate.region)},
            {"type", protocol::toString(candidate.type)},
            {"score", rounded(candidate.parts.total())},
            {"priority", priorityOf(candidate.parts.total())},
            {"estimatedLatency", rounded(candidate.estimate.latency)},
            {"estimatedBandwidth", rounded(candidate.estimate.bandwidth)},
            {"figures",
             {{"latency", rounded(figures.latency)},
              {"bandwidth", rounded(figures.bandwidth)},
              {"packetLoss", rounded(figures.packetLoss)},
              {"sessions", figures.sessions},
              {"places", figures.places},
              {"arrivals", figures.arrivals},
              {"natType", protocol::toString(figures.natType)},
              {"degraded", figures.degraded},
              {"linkLost", figures.linkLost},
              {"linkFailures", rounded(candidate.failures)},
              {"failedSessions", rounded(candidate.failedSessions)}}},
            {"parts", partsJson(candidate.parts)}};
}

Json targetJson(const ServerState &state, const NodeId &id, const RouteExplanation &explanation)
{
    Json target = {{"nodeId", id.text()}, {"leftOut", nullptr}, {"rank", nullptr}};
    if (state.nodes.find(id) == nullptr)
        target["leftOut"] = "unknown";
    else if (explanation.targetLeftOut)
        target["leftOut"] = toString(*explanation.targetLeftOut);
    for (std::size_t i = 0; i < explanation.candidates.size(); ++i) {
        if (explanation.candidates[i].node == id)
            target["rank"] = i + 1;
    }
    return target;
}

Json explanationJson(ServerState &state, const RoutingMoment &now,
                     const protocol::RoutingRequest &request)
{
    const RouteExplanation explanation =
        explainRoutes(state.routing, state.nodes, state.sessions, now, request);
    Json candidates = Json::array();
    for (const auto &candidate : explanation.candidates)
        candidates.push_back(candidateJson(state, candidate));
    Json leftOut = Json::array();
    for (std::size_t i = 0; i < LeftOutCount; ++i) {
        const auto &group = explanation.leftOut[i];
        Json named = Json::array();
        for (const NodeId &node : group.named)
            named.push_back(node.text());
        if (group.count > 0)
            leftOut.push_back({{"reason", toString(static_cast<LeftOut>(i))},
                               {"count", group.count},
                               {"nodes", std::move(named)}});
    }
    Json json = {{"nodes", explanation.nodes},
                 {"considered", explanation.considered},
                 {"offered", std::min(explanation.considered, MaxRoutesOffered)},
                 {"candidates", std::move(candidates)},
                 {"leftOut", std::move(leftOut)}};
    if (request.targetNodeId)
        json["target"] = targetJson(state, *request.targetNodeId, explanation);
    return json;
}

} // namespace

std::span<const std::string_view> routeQuestionNames()
{
    return Names;
}

Json routeQuestionValue(std::string_view name, const std::string &text)
{
    const std::optional<double> number = numberIn<double>(text);
    if (isNumber(name) && number)
        return *number;
    return text;
}

std::variant<Json, protocol::Faults> explainRoutes(ServerState &state, const IpAddress &from,
                                                   const Json &params)
{
    auto asked = questionOf(params);
    if (auto *faults = std::get_if<protocol::Faults>(&asked))
        return std::move(*faults);
    const auto &question = std::get<Question>(asked);
    const Limits &limits = state.settings.limits;
    const RoutingMoment now{{bootNow(), from, limits.waitingIsSafe, limits.unansweredIsSafe},
                            randomUnit,
                            question.clientLeg};
    Json json = explanationJson(state, now, question.request);
    if (question.request.requirements.via) {
        protocol::RoutingRequest entries;
        entries.clientNetworkInfo = question.request.clientNetworkInfo;
        entries.requirements.preferredCountry = question.request.requirements.via;
        json["entries"] = explanationJson(state, now, entries);
    }
    return json;
}

} // namespace higgs::server
