// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/model/model_server.h"

#include "server/services/timely.h"

namespace higgs::model {

namespace {

ServerSettings settings(unsigned number)
{
    ServerSettings all;
    all.publicHost = ModelServer::hostOf(number);
    all.publicPort = 3000;
    all.severalServers = true;
    all.sessionLife = ModelServer::SessionLife;
    all.limits.sessionsPerClient = ModelServer::PerClient;
    return all;
}

std::size_t at(Role role)
{
    return role == Role::Client ? 0 : 1;
}

} // namespace

ModelServer::ModelServer(World &world, unsigned number, ScriptedBase &base, ScriptedRedis &redis,
                         EndsOutside &ends)
    : m_world(world),
      m_ends(ends),
      m_storage(world, base, number),
      m_bus(new ScriptedBus(world, redis)),
      m_cluster(std::unique_ptr<Bus>(m_bus)),
      m_state(settings(number), NodeTokens(Secret<32>()), PrivateKey::generate(),
              ClientGroups(Secret<32>()), TurnService({}, {}),
              Instance{idOf(number), number, hostOf(number), 3000}, m_storage, *this, *this,
              m_cluster)
{
    m_cluster.attach(m_state, *this, *this);
    m_state.takenUp = false;
    m_state.storageUp = false;
    takeUp();
    connect(&m_second, &QTimer::timeout, this, &ModelServer::everySecond);
    connect(&m_probe, &QTimer::timeout, this, &ModelServer::probe);
    m_second.start(1'000);
    m_probe.start(2'000);
    m_cluster.start();
}

ModelServer::~ModelServer() = default;

InstanceId ModelServer::idOf(unsigned number)
{
    return *InstanceId::parse("10000000-0000-4000-8000-00000000000" + std::to_string(number));
}

void ModelServer::takeUp()
{
    m_storage.load(wallNow(), {this, [this](const Result<StoredState> &stored) {
                                   if (stored && !m_state.takenUp)
                                       restored(*stored);
                               }});
}

void ModelServer::restored(const StoredState &stored)
{
    m_state.nodes.restore(clocksNow(), stored.nodes);
    m_state.sessions.restore(clocksNow(), SessionLife, stored.sessions);
    m_state.takenUp = true;
    m_state.storageUp = true;
}

void ModelServer::everySecond()
{
    const BootTime now = bootNow();
    m_state.life.expire(now);
    m_state.life.endNeverJoined(now - m_state.settings.limits.firstConnection);
    m_state.nodes.sweep(now);
    if (m_state.storageUp)
        m_state.life.settle();
}

void ModelServer::probe()
{
    m_storage.probe({this, [this](const Result<std::int64_t> &found) {
                         m_state.storageUp = found.has_value() && m_state.takenUp;
                         if (found && !m_state.takenUp)
                             takeUp();
                     }});
}

// --- What clients and nodes ask ------------------------------------------------------------------

void ModelServer::open(const ClientId &client, const NodeId &node, Opened answer)
{
    if (!m_state.takenUp)
        return answer(std::nullopt);
    SessionWish wish;
    wish.request.clientId = client;
    wish.request.targetNodeId = node;
    wish.request.clientPublicKey = *protocol::KeyText::parse(toBase64(Bytes(32, 7)));
    wish.from = *IpAddress::parse("198.51.100.7");
    wish.group = m_state.clientGroups.of(client, wish.from);
    m_state.opening.open(wish, [answer = std::move(answer)](SessionOpening::Outcome outcome) {
        auto *opened = std::get_if<OpenedSession>(&outcome);
        answer(opened != nullptr ? std::optional(std::move(*opened)) : std::nullopt);
    });
}

const Session *ModelServer::ofToken(const SessionId &session, const std::string &token) const
{
    const Session *known = m_state.sessions.find(session);
    return known != nullptr && known->expiresAt > bootNow() &&
                   known->record.tokenDigest == digestOf(token)
               ? known
               : nullptr;
}

bool ModelServer::renew(const SessionId &session, const std::string &token)
{
    if (!m_state.takenUp || ofToken(session, token) == nullptr)
        return false;
    const Clocks now = clocksNow();
    m_state.life.renew(now, session, now.told(now.boot + SessionLife));
    return true;
}

bool ModelServer::remove(const SessionId &session, const std::string &token)
{
    if (!m_state.takenUp || ofToken(session, token) == nullptr)
        return false;
    m_state.life.end(session, 1000, "Session closed");
    return true;
}

bool ModelServer::endByOrder(const SessionId &session)
{
    if (!m_state.takenUp || m_state.sessions.find(session) == nullptr)
        return false;
    m_state.life.end(session, 1008, "Ended by the operator");
    return true;
}

std::optional<std::vector<protocol::SessionConnect>> ModelServer::heartbeat(const NodeId &node)
{
    if (!m_state.takenUp || m_state.nodes.find(node) == nullptr)
        return std::nullopt;
    m_state.nodes.heartbeat(bootNow(), node, {});
    m_state.cluster.nodeHeard(node);
    return m_state.life.pendingConnects(node);
}

bool ModelServer::openLink(const NodeId &node, ConnectionId link)
{
    if (!m_state.takenUp || m_state.nodes.find(node) == nullptr)
        return false;
    close(node, 1000, "Replaced");
    m_links[node] = link;
    m_state.nodes.linkOpened(bootNow(), node);
    m_cluster.nodeHeard(node);
    for (const SessionId &each : m_state.sessions.ofNode(node)) {
        if (const Session *session = m_state.sessions.find(each))
            m_state.life.announce(*session);
    }
    return true;
}

void ModelServer::linkEnded(ConnectionId link)
{
    for (const auto &[node, open] : m_links) {
        if (open != link)
            continue;
        const NodeId which = node;
        m_links.erase(which);
        m_state.nodes.linkClosed(bootNow(), which);
        m_cluster.nodeHeard(which);
        return;
    }
}

void ModelServer::send(const NodeId &node, const protocol::SignalMessage &message)
{
    if (const auto link = m_links.find(node); link != m_links.end()) {
        auto said = std::make_shared<protocol::SignalMessage>();
        said->sessionId = message.sessionId;
        if (const auto *connect = std::get_if<protocol::SessionConnect>(&message.payload)) {
            protocol::SessionConnect copy;
            copy.sessionId = connect->sessionId;
            copy.relayEndpoint = connect->relayEndpoint;
            copy.clientAddress = connect->clientAddress;
            said->payload = std::move(copy);
        } else {
            said->payload = protocol::SessionDisconnect{};
        }
        m_ends.linkSays(link->second, said);
    }
}

void ModelServer::close(const NodeId &node, std::uint16_t /*code*/, std::string_view /*reason*/)
{
    const auto link = m_links.find(node);
    if (link == m_links.end())
        return;
    const ConnectionId closed = link->second;
    m_links.erase(link);
    m_ends.linkClosed(closed);
}

// --- The relay -----------------------------------------------------------------------------------

void ModelServer::openLeg(const SessionId &session, Role role, const NodeId &node,
                          const std::string &token, ConnectionId leg)
{
    if (!m_state.takenUp)
        return m_ends.legClosed(leg, Broken);
    const Session *own = role == Role::Client ? ofToken(session, token) : nullptr;
    if (own == nullptr || m_state.instances.isOwn(own->record.instance))
        return admit(session, role, node, token, leg, false);
    m_cluster.takeOver(session, [this, session, role, node, token, leg](const Result<void> &taken) {
        if (!taken && taken.error().code != ErrorCode::NotFound)
            return m_ends.legClosed(leg, ServerFault);
        admit(session, role, node, token, leg, !taken);
    });
}

void ModelServer::admit(const SessionId &session, Role role, const NodeId &node,
                        const std::string &token, ConnectionId leg, bool notTaken)
{
    const Session *known = m_state.sessions.find(session);
    const bool isHere = known != nullptr && m_state.instances.isOwn(known->record.instance);
    const bool isIts = role == Role::Client ? ofToken(session, token) != nullptr
                                            : known != nullptr && known->record.node == node;
    if (isIts && isHere && !m_ended.contains(session))
        return adopt(session, role, leg);
    const bool isUnsure = known == nullptr
                              ? !m_state.storageUp || !m_cluster.mayExpire(session)
                              : known->expiresAt <= bootNow() && !m_cluster.mayExpire(session);
    if (isUnsure)
        m_cluster.lookAgain(session);
    const bool isFault =
        notTaken || isUnsure || (known != nullptr && !isHere && role == Role::Node && isIts);
    m_ends.legClosed(leg, isFault ? ServerFault : InvalidSession);
}

void ModelServer::adopt(const SessionId &session, Role role, ConnectionId leg)
{
    ConnectionId &place = m_legs[session][at(role)];
    const ConnectionId former = std::exchange(place, leg);
    if (former != 0)
        m_ends.legClosed(former, 1000);
    legChanged(session, role, true);
    if (relays(session))
        m_state.sessions.setAnswered(session);
}

void ModelServer::legChanged(const SessionId &session, Role role, bool open)
{
    if (role == Role::Client)
        m_state.sessions.setClientOpen(bootNow(), session, open);
    else
        m_state.sessions.setNodeOpen(session, open);
    m_cluster.legsChanged(session);
}

void ModelServer::legEnded(ConnectionId leg, std::uint16_t code)
{
    for (auto &[session, legs] : m_legs) {
        for (const Role role : {Role::Client, Role::Node}) {
            if (legs[at(role)] != leg)
                continue;
            legs[at(role)] = 0;
            const SessionId which = session;
            legChanged(which, role, false);
            if (code != 1000) {
                const Session *broken = m_state.sessions.find(which);
                if (role == Role::Node && broken != nullptr)
                    m_state.life.announce(*broken);
                return;
            }
            // The relay has ended it: both ends are closed.
            m_ended.insert(which);
            closeLegs(which, 1000);
            const Session *known = m_state.sessions.find(which);
            if (known == nullptr || m_state.instances.isOwn(known->record.instance))
                m_state.life.endedByRelay(which, SessionLife::By::Rule);
            return;
        }
    }
}

void ModelServer::closeLegs(const SessionId &session, std::uint16_t code)
{
    const auto found = m_legs.find(session);
    if (found == m_legs.end())
        return;
    const Legs legs = found->second;
    m_legs.erase(found);
    for (const Role role : {Role::Client, Role::Node}) {
        if (legs[at(role)] == 0)
            continue;
        m_ends.legClosed(legs[at(role)], code);
        legChanged(session, role, false);
    }
}

void ModelServer::endSession(const SessionId &session, std::uint16_t code,
                             std::string_view /*reason*/)
{
    m_ended.insert(session);
    closeLegs(session, code);
}

void ModelServer::releaseSession(const SessionId &session, std::uint16_t code,
                                 std::string_view /*reason*/)
{
    m_ended.erase(session);
    closeLegs(session, code);
}

bool ModelServer::relays(const SessionId &session) const
{
    return legOf(session, Role::Client) != 0 && legOf(session, Role::Node) != 0;
}

ConnectionId ModelServer::legOf(const SessionId &session, Role role) const
{
    const auto found = m_legs.find(session);
    return found == m_legs.end() ? 0 : found->second[at(role)];
}

} // namespace higgs::model
