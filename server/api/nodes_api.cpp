// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/nodes_api.h"

#include "server/api/upgrade.h"
#include "shared/base/log.h"

namespace higgs::server {

namespace {

constexpr Seconds RetryWhenKeyFull{60};

Refusal refusalFor(AdmissionFailure failure)
{
    switch (failure) {
    case AdmissionFailure::InvalidProof:
        return {401, "invalid_proof", "the proof of the private key is wrong or stale"};
    case AdmissionFailure::KeyAlreadyRegistered:
        return {409, "key_already_registered", "the public key is another node's"};
    case AdmissionFailure::AlreadyRegistered:
        return {409, "already_registered",
                "the node is registered: a proof or its token is needed"};
    case AdmissionFailure::Banned:
    case AdmissionFailure::BadKey: // has another shape, as have the next
    case AdmissionFailure::ServerFull:
    case AdmissionFailure::AddressFull:
    case AdmissionFailure::KeyFull:
    case AdmissionFailure::StorageAway:
        break;
    }
    return {403, "forbidden", "the operator has removed or banned this node"};
}

protocol::NodeAction wireAction(const AdminAction &action)
{
    return std::visit([](const auto &value) { return protocol::NodeAction(value); }, action);
}

} // namespace

void NodesApi::registerNode(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    const auto accessKey = m_core.accessKey(exchange->request, KeyPurpose::Share);
    const bool needsKey = state.settings.nodeAccess == protocol::NodeAccess::Key;
    if (needsKey && !accessKey)
        return m_core.unauthorized(exchange);
    const auto json = m_core.body(exchange);
    if (!json)
        return;
    protocol::Faults faults;
    const auto request = protocol::decodeRegisterRequest(*json, &faults);
    if (!request)
        return m_core.validationFailed(exchange, std::move(faults));
    NodeApplication application;
    application.from = exchange->peer.address;
    if (accessKey)
        application.accessKey = accessKey->digest;
    if (needsKey) // else who shows none would have more than who shows one
        application.homesOfKey = accessKey->maxSessions.value_or(0);
    const auto token = ApiCore::bearer(exchange->request);
    application.tokenIsNodes = token && m_core.nodeOfToken(*token) == request->nodeId;
    application.request = *request;
    state.admission.admit(application, [this, exchange](NodeAdmission::Outcome outcome) {
        if (const auto *refused = std::get_if<AdmissionRefused>(&outcome))
            refuseAdmission(exchange, *refused);
        else
            admitted(exchange, std::get<AdmittedNode>(outcome));
    });
}

void NodesApi::refuseAdmission(const ExchangePtr &exchange, const AdmissionRefused &refused)
{
    switch (refused.why) {
    case AdmissionFailure::BadKey:
        return m_core.validationFailed(exchange, "/publicKey", refused.detail);
    case AdmissionFailure::ServerFull:
        return m_core.serverFull(exchange, "nodes",
                                 "as many nodes are registered as this server takes");
    case AdmissionFailure::AddressFull:
        return m_core.serverFull(exchange, "nodes_of_address",
                                 "this address has as many nodes as one may register");
    case AdmissionFailure::KeyFull: // no limit of the server's that an operator is alarmed by
        return m_core.refuse(exchange, {503,
                                        "server_full",
                                        "this access key has as many homes as it may have",
                                        {},
                                        RetryWhenKeyFull});
    case AdmissionFailure::StorageAway:
        return m_core.storageFailed(exchange, refused.detail);
    default:
        return m_core.refuse(exchange, refusalFor(refused.why));
    }
}

void NodesApi::admitted(const ExchangePtr &exchange, AdmittedNode &node)
{
    ServerState &state = m_core.state();
    protocol::RegisterResponse response;
    response.nodeId = node.id;
    response.status = node.approved ? protocol::RegistrationStatus::Registered
                                    : protocol::RegistrationStatus::Pending;
    response.relayServers = state.instances.relayServers();
    response.stunServers = state.turn.stunServers();
    response.sessionToken = std::move(node.token);
    response.expiresAt = node.expiresAt;
    log::ofPeer(log::Level::Info, "nodes", "registered", exchange->peer.address,
                {{"request", exchange->id},
                 {"node", node.id.text()},
                 {"country", node.country.text()},
                 {"approved", node.approved}});
    m_core.json(exchange, protocol::toJson(response));
}

std::optional<NodeId> NodesApi::authorizedNode(const ExchangePtr &exchange)
{
    const auto node = NodeId::parse(exchange->values.at(0));
    const NodeId wanted = node ? *node : NodeId();
    if (!m_core.requireNode(exchange, wanted))
        return std::nullopt;
    return wanted;
}

void NodesApi::heartbeat(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    const auto node = authorizedNode(exchange);
    if (!node)
        return;
    const auto json = m_core.body(exchange);
    if (!json)
        return;
    protocol::Faults faults;
    const auto request = protocol::decodeHeartbeatRequest(*json, &faults);
    if (!request)
        return m_core.validationFailed(exchange, std::move(faults));
    state.nodes.heartbeat(bootNow(), *node, *request);
    state.cluster.nodeHeard(*node);
    if (request->metrics && request->metrics->latency)
        m_core.metrics().nodeLatency(*request->metrics->latency / 1000);
    protocol::HeartbeatResponse response;
    response.nextHeartbeat = state.nodes.find(*node)->record.heartbeatInterval;
    for (const AdminAction &action : actionsFor(*node, request->status))
        response.actions.push_back(wireAction(action));
    for (protocol::SessionConnect &connect : state.life.pendingConnects(*node))
        response.actions.emplace_back(std::move(connect));
    m_core.json(exchange, protocol::toJson(response));
}

std::vector<AdminAction> NodesApi::actionsFor(const NodeId &id, protocol::NodeStatus reported)
{
    ServerState &state = m_core.state();
    std::vector<AdminAction> actions = state.nodes.takeActions(id);
    const Node &node = *state.nodes.find(id);
    if (!actions.empty()) {
        log::info("nodes", "told", {{"node", id.text()}, {"actions", actions.size()}});
        state.storage.forgetOrders(node.ordersTaken);
    } else if (node.record.maintenance && reported == protocol::NodeStatus::Online) {
        // It has been started anew, or never heard of it.
        actions.push_back(maintenanceAction(true, std::nullopt));
    }
    return actions;
}

void NodesApi::metrics(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    const auto token = ApiCore::bearer(exchange->request);
    const auto owner = token ? m_core.nodeOfToken(*token) : std::nullopt;
    if (!owner)
        return m_core.unauthorized(exchange);
    const auto json = m_core.body(exchange);
    if (!json)
        return;
    protocol::Faults faults;
    const auto report = protocol::decodeMetricsReport(*json, &faults);
    if (!report)
        return m_core.validationFailed(exchange, std::move(faults));
    if (!m_core.requireNode(exchange, report->nodeId))
        return;
    if (!metricsTimeIsAcceptable(wallNow(), report->timestamp))
        return m_core.validationFailed(exchange, "/timestamp", "more than 1 h old or 5 min ahead");
    state.metrics.add(*report);
    state.nodes.report(report->nodeId, *report);
    state.cluster.nodeHeard(report->nodeId);
    if (report->network && report->network->latency)
        m_core.metrics().nodeLatency(*report->network->latency / 1000);
    m_core.json(exchange, protocol::statusOk());
}

void NodesApi::openSignal(const ExchangePtr &exchange)
{
    const auto node = authorizedNode(exchange);
    if (!node)
        return;
    auto upgraded = upgradeToWebSocket(m_core, exchange, false);
    if (upgraded)
        m_links.open(*node, std::move(upgraded->connection));
}

} // namespace higgs::server
