// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/nodes_api.h"

#include "server/api/upgrade.h"
#include "server/services/registration.h"
#include "shared/base/log.h"
#include "shared/crypto/proof.h"

namespace higgs::server {

namespace {

constexpr std::uint16_t CloseNormalCode = 1000;

ProofState proofState(const ServerState &state, const protocol::RegisterRequest &request,
                      const PublicKey &key, const Clocks &now)
{
    if (!request.proof)
        return ProofState::Absent;
    const Node *known = state.nodes.find(request.nodeId);
    const SpentProofs spent = known != nullptr ? known->spentProofs : SpentProofs();
    if (!proofIsFresh(now, request.proof->timestamp, spent))
        return ProofState::Wrong;
    const Result<void> verified =
        verifyRegistrationMac(state.serverKey, request.nodeId, key, request.proof->timestamp,
                              request.proof->mac, now.wall);
    return verified ? ProofState::Good : ProofState::Wrong;
}

std::optional<Refusal> refusalFor(RegistrationVerdict verdict)
{
    switch (verdict) {
    case RegistrationVerdict::InvalidProof:
        return Refusal{401, "invalid_proof", "the proof of the private key is wrong or stale"};
    case RegistrationVerdict::KeyAlreadyRegistered:
        return Refusal{409, "key_already_registered", "the public key is another node's"};
    case RegistrationVerdict::AlreadyRegistered:
        return Refusal{409, "already_registered",
                       "the node is registered: a proof or its token is needed"};
    case RegistrationVerdict::New:
    case RegistrationVerdict::Renewed:
    case RegistrationVerdict::NewKey:
        break;
    }
    return std::nullopt;
}

protocol::NodeAction wireAction(const AdminAction &action)
{
    return std::visit([](const auto &value) { return protocol::NodeAction(value); }, action);
}

} // namespace

void NodesApi::registerNode(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    const auto accessKey = m_core.accessKey(exchange->request);
    if (state.settings.nodeAccess == protocol::NodeAccess::Key && !accessKey)
        return m_core.unauthorized(exchange);
    const auto json = m_core.body(exchange);
    if (!json)
        return;
    protocol::Faults faults;
    const auto request = protocol::decodeRegisterRequest(*json, &faults);
    if (!request)
        return m_core.validationFailed(exchange, std::move(faults));
    admit(exchange, *request, accessKey ? accessKey->digest : std::string());
}

void NodesApi::admit(const ExchangePtr &exchange, const protocol::RegisterRequest &request,
                     std::string accessKey)
{
    ServerState &state = m_core.state();
    const Clocks now = clocksNow();
    const auto key = PublicKey::parse(request.publicKey.text());
    if (!key)
        return m_core.validationFailed(exchange, "/publicKey", key.error().detail);
    if (state.bans.findNode(now.boot, request.nodeId, request.publicKey) != nullptr)
        return m_core.refuse(exchange,
                             {403, "forbidden", "the operator has removed or banned this node"});
    RegistrationClaim claim;
    claim.node = request.nodeId;
    claim.key = request.publicKey;
    claim.proof = proofState(state, request, *key, now);
    const auto token = ApiCore::bearer(exchange->request);
    claim.tokenIsNodes = token && m_core.nodeOfToken(*token) == request.nodeId;
    const RegistrationVerdict verdict = judgeRegistration(state.nodes, claim);
    if (const auto refusal = refusalFor(verdict))
        return m_core.refuse(exchange, *refusal);
    const Node *known = state.nodes.find(request.nodeId);
    if (known == nullptr && !makeRoom(exchange))
        return;

    std::optional<Node> before;
    if (known != nullptr)
        before = *known;
    NodeRecord record = makeNodeRecord(now.wall, exchange->peer.address, request, known, verdict,
                                       state.settings.nodeAccess == protocol::NodeAccess::Approve,
                                       randomUuid().substr(0, 8));
    record.accessKey = std::move(accessKey);
    state.nodes.put(now.boot, record, request.metrics);
    if (request.proof)
        state.nodes.acceptProof(now, record.id, record.lastProof);
    state.routeCache.forgetCandidates();
    state.storage.saveNode(
        record, m_core.whenStored<void>(exchange, [this, exchange, before, record,
                                                   verdict](const Result<void> &stored) {
            ServerState &current = m_core.state();
            const Node *node = current.nodes.find(record.id);
            if (!stored) {
                // Unless somebody has registered it again meanwhile.
                if (node != nullptr && node->record.tokenGeneration == record.tokenGeneration)
                    current.nodes.undo(record.id, before);
                if (stored.error().code == ErrorCode::AlreadyExists)
                    m_core.refuse(exchange, *refusalFor(RegistrationVerdict::KeyAlreadyRegistered));
                return;
            }
            if (verdict == RegistrationVerdict::NewKey) {
                current.life.endAllOf(record.id, CloseNormalCode, "Session closed");
                m_links.close(record.id, CloseNormalCode, "Replaced");
            }
            if (node != nullptr)
                registered(exchange, record.id);
        }));
}

bool NodesApi::makeRoom(const ExchangePtr &exchange)
{
    ServerState &state = m_core.state();
    const Limits &limits = state.settings.limits;
    const auto admission =
        state.nodes.admit(exchange->peer.address, limits.nodesOf,
                          state.settings.nodeAccess == protocol::NodeAccess::Approve);
    if (admission.room == NodeRegistry::Room::GivesWay) {
        state.nodes.remove(admission.who);
        state.storage.forgetNodes({admission.who});
        log::ofPeer(log::Level::Info, "nodes", "gave way", exchange->peer.address,
                    {{"node", admission.who.text()}});
    }
    const bool full = state.nodes.size() >= limits.nodes;
    if (!full && admission.room != NodeRegistry::Room::Full)
        return true;
    m_core.serverFull(exchange, full ? "as many nodes are registered as this server takes"
                                     : "this address has as many nodes as one may register");
    return false;
}

void NodesApi::registered(const ExchangePtr &exchange, const NodeId &id)
{
    ServerState &state = m_core.state();
    const NodeRecord &record = state.nodes.find(id)->record;
    const Clocks now = clocksNow();
    protocol::RegisterResponse response;
    response.nodeId = id;
    response.status = record.approved ? protocol::RegistrationStatus::Registered
                                      : protocol::RegistrationStatus::Pending;
    response.relayServers.push_back(
        {"relay-1", state.life.relayPlace().host, state.life.relayPlace().port, "websocket"});
    response.stunServers = state.turn.stunServers();
    response.sessionToken =
        state.nodeTokens.issue(id, now.wall, record.tokenGeneration + '.' + randomUuid());
    // The token's own expiry has whole seconds.
    const Seconds issuedAt{now.wall.ms / 1000};
    response.expiresAt = {(issuedAt + NodeTokenLife).count() * 1000};
    state.nodes.tokenIssued(id, issuedAt, now.inside(response.expiresAt));
    log::ofPeer(
        log::Level::Info, "nodes", "registered", exchange->peer.address,
        {{"node", id.text()}, {"country", record.country.text()}, {"approved", record.approved}});
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
    if (state.nodes.heartbeat(bootNow(), *node, *request))
        state.routeCache.forgetCandidates();
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
