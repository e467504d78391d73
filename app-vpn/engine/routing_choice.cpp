// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/routing_choice.h"

#include <algorithm>
#include <array>

namespace higgs::vpn {

namespace {

struct CodeMeaning
{
    std::string_view code; ///< error.code of WIRE.md
    Verdict verdict;
};

constexpr std::array CodeMeanings = {
    CodeMeaning{"unauthorized", {Problem::AccessDenied, true}},
    CodeMeaning{"forbidden", {Problem::AccessDenied, true}},
    CodeMeaning{"unknown_node", {Problem::UnknownNode, true}},
    CodeMeaning{"node_offline", {Problem::NodeOffline, true}},
    CodeMeaning{"node_full", {Problem::NodeOffline, true}},
    CodeMeaning{"no_matching_node", {Problem::NoMatchingNode, true}},
    CodeMeaning{"no_node_online", {Problem::NoNodeOnline, true}},
    CodeMeaning{"too_many_sessions", {Problem::TooManySessions, true}},
    CodeMeaning{"rate_limited", {Problem::ServerBusy, false}},
};

} // namespace

Result<protocol::RoutingRequest> routingRequestFor(const ConnectRequest &wish,
                                                   const ClientId &client, const PublicKey &key,
                                                   const NodeId &target)
{
    protocol::RoutingRequest request;
    request.clientId = client;
    const Result<protocol::KeyText> keyText = protocol::KeyText::parse(key.toBase64());
    if (!keyText)
        return unexpected(keyText.error());
    request.clientPublicKey = *keyText;
    if (!target.isNull())
        request.targetNodeId = target;
    else if (!wish.node.isNull())
        request.targetNodeId = wish.node;
    if (!wish.country.empty()) {
        const auto country = protocol::CountryCode::parse(wish.country);
        if (!country)
            return unexpected(ErrorCode::InvalidArgument, "not a country: " + wish.country);
        request.requirements.preferredCountry = *country;
    }
    if (!wish.region.empty()) {
        const auto region = protocol::PlaceCode::parse(wish.region);
        if (!region || region->country != request.requirements.preferredCountry)
            return unexpected(ErrorCode::InvalidArgument, "not a region there: " + wish.region);
        request.requirements.preferredLocation = *region;
    }
    if (!wish.via.empty()) {
        const auto via = protocol::CountryCode::parse(wish.via);
        if (!via)
            return unexpected(ErrorCode::InvalidArgument, "not a country: " + wish.via);
        request.requirements.via = *via;
    }
    return request;
}

Verdict judge(const ApiFailure &failure)
{
    if (failure.error.code == ErrorCode::Untrusted)
        return {Problem::ServerUntrusted, true};
    if (failure.error.code == ErrorCode::NotValidNow)
        return {Problem::CertificateDates, false}; // a clock is set by itself, soon after the start
    if (failure.error.code == ErrorCode::Permission)
        return {Problem::NoPermission, true};
    const auto known =
        std::find_if(CodeMeanings.begin(), CodeMeanings.end(),
                     [&](const CodeMeaning &meaning) { return meaning.code == failure.code; });
    if (known != CodeMeanings.end())
        return known->verdict;
    if (failure.httpStatus >= 500)
        return {Problem::ServerBusy, false};
    if (failure.httpStatus >= 400)
        return {Problem::ServerRefused, true};
    return {Problem::ServerUnreachable, false};
}

std::vector<NodeId> exitsOf(const std::vector<protocol::Route> &routes)
{
    std::vector<NodeId> exits;
    for (const protocol::Route &route : routes) {
        if (!route.path.empty() &&
            std::find(exits.begin(), exits.end(), route.path.back()) == exits.end())
            exits.push_back(route.path.back());
    }
    return exits;
}

bool isOnlyExit(const NodeId &exit, const std::vector<protocol::NodeSummary> &nodes)
{
    bool listed = false;
    for (const protocol::NodeSummary &each : nodes) {
        if (each.nodeId != exit && each.activeConnections < each.maxConnections)
            return false;
        listed = listed || each.nodeId == exit;
    }
    return listed;
}

} // namespace higgs::vpn
