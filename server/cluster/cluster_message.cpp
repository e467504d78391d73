// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/cluster_message.h"
#include "server/cluster/sealed_rates.h"

#include "shared/protocol/json.h"
#include "shared/protocol/relay_endpoint.h"

#include <array>

namespace higgs::server {

namespace {

using protocol::Json;

constexpr unsigned MostNumber = 1'000'000;

Unexpected odd(const char *what)
{
    return unexpected(ErrorCode::Malformed, std::string("no cluster message: ") + what);
}

template <typename Id>
Json idsJson(const std::vector<Id> &ids)
{
    Json list = Json::array();
    for (const Id &each : ids)
        list.push_back(each.text());
    return list;
}

Json payloadJson(const Presence &here)
{
    return {{"type", "here"},
            {"number", here.instance.number},
            {"host", here.instance.host},
            {"port", here.instance.port},
            {"leaving", here.leaving}};
}

Json payloadJson(const RowsChanged &changed)
{
    return {{"type", "rows"},
            {"nodes", idsJson(changed.nodes)},
            {"sessions", idsJson(changed.sessions)}};
}

Json payloadJson(const NodesHeard &heard)
{
    Json rows = Json::array();
    for (const NodeHeard &each : heard.rows) {
        protocol::HeartbeatRequest said;
        said.status = each.status;
        said.metrics = each.metrics;
        rows.push_back({{"node", each.node.text()},
                        {"said", protocol::toJson(said)},
                        {"linked", each.linked}});
    }
    return {{"type", "heard"}, {"rows", std::move(rows)}};
}

Json payloadJson(const LegsChanged &changed)
{
    Json rows = Json::array();
    for (const SessionLegs &each : changed.rows)
        rows.push_back({{"session", each.session.text()},
                        {"client", each.clientOpen},
                        {"joined", each.clientJoined},
                        {"node", each.nodeOpen},
                        {"answered", each.answered}});
    return {{"type", "legs"}, {"rows", std::move(rows)}};
}

Json payloadJson(const CandidatesPassed &passed)
{
    return {{"type", "candidates"},
            {"to", passed.to == CandidatesPassed::To::Node ? "node" : "client"},
            {"session", passed.session.text()},
            {"text", passed.text}};
}

Json payloadJson(const RatesSpent &spent)
{
    return {{"type", "rates"}, {"sealed", spent.sealed}};
}

Json payloadJson(const FiguresWanted & /*wanted*/)
{
    return {{"type", "wanted"}};
}

// --- Reading -------------------------------------------------------------------------------------

const Json *member(const Json &json, const char *name)
{
    const auto found = json.find(name);
    return found == json.end() ? nullptr : &*found;
}

std::optional<std::string> text(const Json &json, const char *name)
{
    const Json *found = member(json, name);
    return found != nullptr && found->is_string() ? std::optional(found->get<std::string>())
                                                  : std::nullopt;
}

std::optional<std::uint64_t> number(const Json &json, const char *name)
{
    const Json *found = member(json, name);
    return found != nullptr && found->is_number_unsigned()
               ? std::optional(found->get<std::uint64_t>())
               : std::nullopt;
}

bool flag(const Json &json, const char *name)
{
    const Json *found = member(json, name);
    return found != nullptr && found->is_boolean() && found->get<bool>();
}

template <typename Id>
std::optional<Id> id(const Json &json, const char *name)
{
    const auto found = text(json, name);
    const Result<Id> parsed =
        found ? Id::parse(*found) : Result<Id>(unexpected(ErrorCode::Malformed, ""));
    return parsed ? std::optional(*parsed) : std::nullopt;
}

/// Null for what is no list, or too long a one.
const Json *rowsOf(const Json &json, const char *name)
{
    const Json *rows = member(json, name);
    return rows != nullptr && rows->is_array() && rows->size() <= MaxClusterRows ? rows : nullptr;
}

template <typename Id>
bool readIds(const Json &json, const char *name, std::vector<Id> &out)
{
    const Json *rows = rowsOf(json, name);
    if (rows == nullptr)
        return false;
    for (const Json &each : *rows) {
        const Result<Id> parsed = each.is_string()
                                      ? Id::parse(each.get<std::string>())
                                      : Result<Id>(unexpected(ErrorCode::Malformed, ""));
        if (!parsed)
            return false;
        out.push_back(*parsed);
    }
    return true;
}

bool read(const Json &json, const InstanceId &from, Presence &out)
{
    const auto host = text(json, "host");
    const auto port = number(json, "port");
    const auto which = number(json, "number");
    if (!host || !protocol::isHostText(*host) || !port || *port == 0 || *port > 65535 || !which ||
        *which == 0 || *which > MostNumber)
        return false;
    out.instance = {from, static_cast<unsigned>(*which), *host, static_cast<std::uint16_t>(*port)};
    out.leaving = flag(json, "leaving");
    return true;
}

bool read(const Json &json, const InstanceId & /*from*/, RowsChanged &out)
{
    return readIds(json, "nodes", out.nodes) && readIds(json, "sessions", out.sessions);
}

bool read(const Json &json, const InstanceId & /*from*/, NodesHeard &out)
{
    const Json *rows = rowsOf(json, "rows");
    if (rows == nullptr)
        return false;
    for (const Json &each : *rows) {
        const auto node = each.is_object() ? id<NodeId>(each, "node") : std::nullopt;
        const Json *said = node ? member(each, "said") : nullptr;
        if (said == nullptr)
            return false;
        const auto request = protocol::decodeHeartbeatRequest(*said, nullptr);
        if (!request)
            return false;
        out.rows.push_back({*node, request->status, request->metrics, flag(each, "linked")});
    }
    return true;
}

bool read(const Json &json, const InstanceId & /*from*/, LegsChanged &out)
{
    const Json *rows = rowsOf(json, "rows");
    if (rows == nullptr)
        return false;
    for (const Json &each : *rows) {
        const auto session = each.is_object() ? id<SessionId>(each, "session") : std::nullopt;
        if (!session)
            return false;
        out.rows.push_back({*session, flag(each, "client"), flag(each, "joined"),
                            flag(each, "node"), flag(each, "answered")});
    }
    return true;
}

bool read(const Json &json, const InstanceId & /*from*/, CandidatesPassed &out)
{
    const auto to = text(json, "to");
    const auto session = id<SessionId>(json, "session");
    auto passed = text(json, "text");
    if (!to || !session || !passed || passed->size() > MaxPassedText ||
        (*to != "node" && *to != "client"))
        return false;
    out.to = *to == "node" ? CandidatesPassed::To::Node : CandidatesPassed::To::Client;
    out.session = *session;
    out.text = std::move(*passed);
    return true;
}

bool read(const Json &json, const InstanceId & /*from*/, RatesSpent &out)
{
    auto sealed = text(json, "sealed");
    if (!sealed || sealed->size() > MaxSealedRates)
        return false;
    out.sealed = std::move(*sealed);
    return true;
}

bool read(const Json & /*json*/, const InstanceId & /*from*/, FiguresWanted & /*out*/)
{
    return true;
}

template <typename T>
Result<ClusterMessage> withPayload(const Json &json, ClusterMessage message)
{
    T payload;
    if (!read(json, message.from, payload))
        return odd("what it carries does not decode");
    message.payload = std::move(payload);
    return message;
}

} // namespace

std::string encodeClusterMessage(const ClusterMessage &message)
{
    Json json = std::visit([](const auto &each) { return payloadJson(each); }, message.payload);
    json["from"] = message.from.text();
    json["run"] = message.run;
    json["seq"] = message.number;
    return protocol::dumpJson(json);
}

Result<ClusterMessage> decodeClusterMessage(std::string_view encoded)
{
    const Result<Json> json = protocol::parseJson(encoded, {.bytes = MaxClusterMessage});
    if (!json)
        return unexpected(json.error());
    if (!json->is_object())
        return odd("it is no object");
    const auto type = text(*json, "type");
    const auto from = id<InstanceId>(*json, "from");
    const auto run = number(*json, "run");
    const auto seq = number(*json, "seq");
    if (!type || !from || !run || !seq || *seq == 0)
        return odd("it does not say whose it is");
    ClusterMessage message{*from, *run, *seq, {}};
    if (*type == "here")
        return withPayload<Presence>(*json, std::move(message));
    if (*type == "rows")
        return withPayload<RowsChanged>(*json, std::move(message));
    if (*type == "heard")
        return withPayload<NodesHeard>(*json, std::move(message));
    if (*type == "legs")
        return withPayload<LegsChanged>(*json, std::move(message));
    if (*type == "candidates")
        return withPayload<CandidatesPassed>(*json, std::move(message));
    if (*type == "rates")
        return withPayload<RatesSpent>(*json, std::move(message));
    if (*type == "wanted")
        return withPayload<FiguresWanted>(*json, std::move(message));
    return odd("its type is not known");
}

bool SequenceWatch::isNewer(const ClusterMessage &message)
{
    Latest &latest = m_latest[message.from];
    const bool isLate = latest.run == message.run && message.number <= latest.number;
    if (!isLate)
        latest = {message.run, message.number};
    return !isLate;
}

bool SequenceWatch::missed(const ClusterMessage &message)
{
    Latest &latest = m_latest[message.from];
    const bool follows = latest.run == message.run && message.number == latest.number + 1;
    latest = {message.run, message.number};
    return !follows;
}

} // namespace higgs::server
