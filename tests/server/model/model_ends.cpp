// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/model/model_ends.h"

namespace higgs::model {

namespace {

unsigned serverOf(const std::string &host)
{
    return static_cast<unsigned>(host.back() - '0');
}

} // namespace

Ends::Ends(World &world, Scene scene) : m_world(world), m_scene(std::move(scene))
{
    for (unsigned who = 1; who <= Nodes; ++who) {
        m_nodes[who] = {};
        m_world.after(m_world.delay(1, 2'000), [this, who] { nodeLives(who); });
        m_world.after(m_world.delay(1, 2'000), [this, who] { nodeLinks(who); });
    }
    for (unsigned who = 1; who <= Clients; ++who) {
        m_clients[who] = {};
        m_world.after(m_world.delay(2'000, 10'000), [this, who] { clientAsks(who); });
    }
}

NodeId Ends::nodeId(unsigned number)
{
    return *NodeId::parse("20000000-0000-4000-8000-00000000000" + std::to_string(number));
}

bool Ends::reaches(unsigned server) const
{
    return !m_cut.contains(server) && m_scene.server(server) != nullptr;
}

unsigned Ends::anyServer()
{
    return static_cast<unsigned>(m_world.number(1, static_cast<int>(m_scene.servers)));
}

void Ends::toServer(unsigned server, Milliseconds delay, std::function<void(ModelServer &)> what)
{
    m_world.after(delay, [this, server, what = std::move(what)] {
        if (ModelServer *there = m_scene.server(server))
            what(*there);
    });
}

// --- Connections ---------------------------------------------------------------------------------

ConnectionId Ends::dial(const SessionId &session, Role role, unsigned who, unsigned server)
{
    const ConnectionId leg = ++m_last;
    m_legs[leg] = {session, role, who, server};
    if (!reaches(server)) {
        m_world.after(m_world.delay(1, 2'000), [this, leg] { closed(leg, Broken); });
        return leg;
    }
    const std::string token = role == Role::Client ? m_clients[who].token : std::string();
    const NodeId node = role == Role::Node ? nodeId(who) : NodeId();
    m_world.after(m_world.delay(1, 60), [this, server, session, role, node, token, leg] {
        ModelServer *there = reaches(server) ? m_scene.server(server) : nullptr;
        if (there == nullptr)
            closed(leg, Broken);
        else if (m_legs.contains(leg))
            there->openLeg(session, role, node, token, leg);
    });
    return leg;
}

/// This end wants it no more; the server hears of it.
void Ends::drop(ConnectionId leg)
{
    const auto found = m_legs.find(leg);
    if (found == m_legs.end())
        return;
    const unsigned server = found->second.server;
    m_legs.erase(found);
    toServer(server, m_world.delay(61, 100),
             [leg](ModelServer &there) { there.legEnded(leg, Broken); });
}

/// Both ends of the connection hear of it some time.
void Ends::breakLeg(ConnectionId leg)
{
    const auto found = m_legs.find(leg);
    if (found == m_legs.end())
        return;
    toServer(found->second.server, m_world.delay(0, 15'000),
             [leg](ModelServer &there) { there.legEnded(leg, Broken); });
    m_world.after(m_world.delay(0, 3'000), [this, leg] { closed(leg, Broken); });
}

void Ends::cut(unsigned server, bool isCut)
{
    if (!isCut) {
        m_cut.erase(server);
        return;
    }
    m_cut.insert(server);
    serverDied(server);
    for (const auto &[link, where] : m_links) {
        if (where.second == server)
            toServer(server, m_world.delay(0, 15'000),
                     [link = link](ModelServer &there) { there.linkEnded(link); });
    }
}

void Ends::serverDied(unsigned server)
{
    for (const auto &[leg, what] : std::map(m_legs)) {
        if (what.server == server)
            breakLeg(leg);
    }
    for (const auto &[link, where] : std::map(m_links)) {
        if (where.second == server)
            m_world.after(m_world.delay(0, 3'000), [this, link = link] { linkClosed(link); });
    }
}

void Ends::legClosed(ConnectionId leg, std::uint16_t code)
{
    m_world.after(m_world.delay(1, 60), [this, leg, code] { closed(leg, code); });
}

void Ends::closed(ConnectionId leg, std::uint16_t code)
{
    const auto found = m_legs.find(leg);
    if (found == m_legs.end())
        return;
    const Leg was = found->second;
    m_legs.erase(found);
    if (was.role == Role::Client) {
        ClientEnd &client = m_clients[was.who];
        if (client.leg != leg)
            return;
        client.leg = 0;
        if (code == 1000 || code == InvalidSession) {
            const SessionId session = client.session;
            forget(client);
            m_scene.lost(session);
            return;
        }
        return clientAgain(was.who);
    }
    NodeEnd &node = m_nodes[was.who];
    const auto guest = node.guests.find(was.session);
    if (guest == node.guests.end() || guest->second.leg != leg)
        return;
    guest->second.leg = 0;
    if (code == 1000 || code == InvalidSession) {
        node.guests.erase(guest);
        return;
    }
    m_world.after(m_world.delay(300, 5'000),
                  [this, who = was.who, session = was.session] { nodeDials(who, session); });
}

// --- Nodes ---------------------------------------------------------------------------------------

void Ends::nodeLives(unsigned who)
{
    m_world.after(m_world.delay(8'000, 12'000), [this, who] { nodeLives(who); });
    const unsigned server = anyServer();
    if (!reaches(server))
        return;
    if (const auto connects = m_scene.server(server)->heartbeat(nodeId(who))) {
        for (const protocol::SessionConnect &each : *connects)
            take(who, each.sessionId, each);
    }
}

void Ends::nodeLinks(unsigned who)
{
    NodeEnd &node = m_nodes[who];
    const unsigned server = anyServer();
    const ConnectionId link = ++m_last;
    if (!reaches(server) || !m_scene.server(server)->openLink(nodeId(who), link)) {
        m_world.after(m_world.delay(300, 2'000), [this, who] { nodeLinks(who); });
        return;
    }
    m_links[link] = {who, server};
    node.link = link;
    node.linkServer = server;
}

void Ends::linkClosed(ConnectionId link)
{
    const auto found = m_links.find(link);
    if (found == m_links.end())
        return;
    const unsigned who = found->second.first;
    m_links.erase(found);
    if (m_nodes[who].link != link)
        return;
    m_nodes[who].link = 0;
    m_world.after(m_world.delay(300, 2'000), [this, who] { nodeLinks(who); });
}

void Ends::linkSays(ConnectionId link, const std::shared_ptr<protocol::SignalMessage> &said)
{
    // One delay for all, so that a link's messages stay in order.
    m_world.after(Milliseconds(30), [this, link, said] {
        const auto found = m_links.find(link);
        if (found != m_links.end() && reaches(found->second.second))
            hear(found->second.first, *said);
    });
}

void Ends::hear(unsigned who, const protocol::SignalMessage &said)
{
    if (const auto *connect = std::get_if<protocol::SessionConnect>(&said.payload))
        return take(who, said.sessionId, *connect);
    NodeEnd &node = m_nodes[who];
    if (const auto guest = node.guests.find(said.sessionId); guest != node.guests.end()) {
        drop(guest->second.leg);
        node.guests.erase(guest);
    }
}

void Ends::take(unsigned who, const SessionId &session, const protocol::SessionConnect &told)
{
    Guest &guest = m_nodes[who].guests[session];
    guest.address = told.clientAddress ? told.clientAddress->toString() : std::string();
    const unsigned server = serverOf(told.relayEndpoint.host);
    if (guest.leg != 0 && guest.server == server)
        return;
    drop(std::exchange(guest.leg, 0));
    guest.server = server;
    nodeDials(who, session);
}

void Ends::nodeDials(unsigned who, const SessionId &session)
{
    const auto guest = m_nodes[who].guests.find(session);
    if (guest != m_nodes[who].guests.end() && guest->second.leg == 0)
        guest->second.leg = dial(session, Role::Node, who, guest->second.server);
}

// --- Clients -------------------------------------------------------------------------------------

void Ends::forget(ClientEnd &client)
{
    client = {};
    const auto who = static_cast<unsigned>(
        std::find_if(m_clients.begin(), m_clients.end(), [&client](const auto &each) {
            return &each.second == &client;
        })->first);
    m_world.after(m_world.delay(500, 8'000), [this, who] { clientAsks(who); });
}

void Ends::clientAsks(unsigned who)
{
    ClientEnd &client = m_clients[who];
    if (m_settled || client.busy || !client.session.isNull())
        return;
    const unsigned server = anyServer();
    if (!reaches(server)) {
        m_world.after(m_world.delay(500, 2'000), [this, who] { clientAsks(who); });
        return;
    }
    client.busy = true;
    client.node = nodeId(static_cast<unsigned>(m_world.number(1, Nodes)));
    const ClientId id =
        *ClientId::parse("30000000-0000-4000-8000-00000000000" + std::to_string(who));
    const auto answered = std::make_shared<bool>(false);
    // A dead server answers nothing.
    m_world.after(Milliseconds(5'000), [this, who, answered] {
        if (std::exchange(*answered, true))
            return;
        m_clients[who].busy = false;
        clientAsks(who);
    });
    m_scene.server(server)->open(id, client.node, [this, who, answered](auto opened) {
        if (std::exchange(*answered, true))
            return;
        ClientEnd &asker = m_clients[who];
        asker.busy = false;
        if (!opened) {
            m_world.after(m_world.delay(1'000, 4'000), [this, who] { clientAsks(who); });
            return;
        }
        asker.session = opened->told;
        asker.token = std::string(opened->token.reveal());
        m_scene.opened(asker.session);
        const SessionId session = asker.session;
        m_world.after(
            Milliseconds(std::chrono::duration_cast<Milliseconds>(ModelServer::SessionLife) * 2 /
                         3),
            [this, who, session] { clientRenews(who, session); });
        if (!m_world.chance(0.15)) { // the others never come
            asker.server = anyServer();
            asker.triesLeft = 2;
            clientDials(who);
        }
        m_world.after(m_world.delay(5'000, 200'000),
                      [this, who, session] { clientLeaves(who, session); });
    });
}

void Ends::clientDials(unsigned who)
{
    ClientEnd &client = m_clients[who];
    if (!client.session.isNull() && client.leg == 0)
        client.leg = dial(client.session, Role::Client, who, client.server);
}

void Ends::clientAgain(unsigned who)
{
    ClientEnd &client = m_clients[who];
    if (client.triesLeft > 0) {
        --client.triesLeft;
    } else {
        client.server = anyServer();
        client.triesLeft = 1;
    }
    m_world.after(m_world.delay(300, 3'000), [this, who] { clientDials(who); });
}

void Ends::clientRenews(unsigned who, const SessionId &session)
{
    if (m_clients[who].session != session)
        return;
    const unsigned server = anyServer();
    const bool done =
        reaches(server) && m_scene.server(server)->renew(session, m_clients[who].token);
    m_world.after(
        done ? Milliseconds(std::chrono::duration_cast<Milliseconds>(ModelServer::SessionLife) * 2 /
                            3)
             : m_world.delay(1'000, 3'000),
        [this, who, session] { clientRenews(who, session); });
}

void Ends::clientLeaves(unsigned who, const SessionId &session)
{
    ClientEnd &client = m_clients[who];
    if (m_settled || client.session != session)
        return;
    m_scene.left(session);
    const unsigned server = anyServer();
    const ConnectionId leg = client.leg;
    const std::string token = client.token;
    if (leg != 0 && m_world.chance(0.5)) {
        const unsigned there = m_legs[leg].server;
        m_legs.erase(leg);
        if (reaches(there))
            toServer(there, m_world.delay(61, 100),
                     [leg](ModelServer &s) { s.legEnded(leg, 1000); });
    } else {
        drop(leg);
        if (reaches(server) && m_world.chance(0.8))
            m_scene.server(server)->remove(session, token);
    }
    forget(client);
}

// --- What is believed ----------------------------------------------------------------------------

bool Ends::isCarried(const SessionId &session) const
{
    for (const auto &[who, client] : m_clients) {
        if (client.session != session || client.leg == 0)
            continue;
        const ModelServer *there = m_scene.server(client.server);
        if (there == nullptr || m_cut.contains(client.server))
            return false;
        for (const auto &[number, node] : m_nodes) {
            const auto guest = node.guests.find(session);
            if (guest != node.guests.end() && guest->second.leg != 0)
                return there->legOf(session, Role::Client) == client.leg &&
                       there->legOf(session, Role::Node) == guest->second.leg;
        }
    }
    return false;
}

std::vector<Ends::Held> Ends::held() const
{
    std::vector<Held> all;
    for (const auto &[who, client] : m_clients) {
        if (client.session.isNull() || client.server == 0)
            continue;
        Held one{client.session, isCarried(client.session), client.server, client.node, {}};
        for (const auto &[number, node] : m_nodes) {
            if (const auto guest = node.guests.find(client.session); guest != node.guests.end())
                one.address = guest->second.address;
        }
        all.push_back(std::move(one));
    }
    return all;
}

unsigned Ends::liveAt(const SessionId &session) const
{
    unsigned servers = 0;
    for (unsigned number = 1; number <= m_scene.servers; ++number) {
        const ModelServer *there = m_scene.server(number);
        servers += there != nullptr && m_legs.contains(there->legOf(session, Role::Client)) &&
                           m_legs.contains(there->legOf(session, Role::Node))
                       ? 1
                       : 0;
    }
    return servers;
}

std::string Ends::describe(const SessionId &session) const
{
    std::string text = session.text();
    for (const auto &[who, client] : m_clients) {
        if (client.session == session)
            text += ", client " + std::to_string(who) + (client.leg != 0 ? " on " : " tries ") +
                    std::to_string(client.server);
    }
    for (const auto &[who, node] : m_nodes) {
        const auto guest = node.guests.find(session);
        if (guest != node.guests.end())
            text += ", node " + std::to_string(who) +
                    (guest->second.leg != 0 ? " on " : " tries ") +
                    std::to_string(guest->second.server);
        text += ", link of node " + std::to_string(who) + " at " +
                std::to_string(node.link != 0 ? node.linkServer : 0);
    }
    return text;
}

std::vector<SessionId> Ends::heldByNodes() const
{
    std::vector<SessionId> all;
    for (const auto &[who, node] : m_nodes) {
        for (const auto &[session, guest] : node.guests)
            all.push_back(session);
    }
    return all;
}

} // namespace higgs::model
