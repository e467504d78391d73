// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/sim_life.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <sys/epoll.h>
#include <utility>

namespace higgs::bench {

namespace {

constexpr unsigned char CloseFrame = 0x88;
constexpr unsigned char PongFrame = 0x8a;
constexpr std::string_view GoingAway("\x03\xe9", 2);
// A server that is lost may cost ends their ways for so long.
constexpr auto LossIsOver = std::chrono::seconds(60);
// Of its interval: a node that is late is not offline at once.
constexpr double HeartbeatPart = 0.8;
constexpr double Again = 0.3;    // seconds until the next attempt of a connection
constexpr double Pressed = 0.05; // seconds, where too many do something at this time
// Of those who go, so many say so; the others are just gone.
constexpr double Polite = 0.6;
// Who gets nowhere for so long is stuck.
constexpr auto Stuck = std::chrono::seconds(20);
constexpr auto Split = std::chrono::seconds(8);
// So many heartbeats may be missed until a node is taken to be away.
constexpr int Believed = 4;
constexpr std::size_t MostSaid = 40;

std::uint16_t portIn(std::string_view endpoint)
{
    const std::size_t host = endpoint.find("//");
    const std::size_t colon = endpoint.find(':', host == std::string_view::npos ? 0 : host);
    std::uint16_t port = 0;
    if (colon != std::string_view::npos)
        std::from_chars(endpoint.data() + colon + 1, endpoint.data() + endpoint.size(), port);
    return port;
}

} // namespace

SimLife::SimLife(const LifeOptions &options)
    : m_options(options),
      m_context(clientContext()),
      m_epoll(epoll_create1(EPOLL_CLOEXEC)),
      m_words(options.seed),
      m_nodes(options.nodes),
      m_clients(options.clients),
      m_calls(options.callers),
      m_callers(options.callers)
{
    SSL_CTX_set1_groups_list(m_context, "X25519");
    for (std::uint32_t i = 0; i < m_callers.size(); ++i)
        later(0, Event::Caller, false, i);
    // As many of each as are there at a time.
    for (std::uint32_t i = 0; i < m_nodes.size(); ++i)
        later(firstComing(options.nodeStays, options.nodeAway), Event::Come, true, i);
    for (std::uint32_t i = 0; i < m_clients.size(); ++i)
        later(1 + firstComing(options.clientStays, options.clientAway), Event::Come, false, i);
}

double SimLife::firstComing(double stays, double away)
{
    const bool isThere =
        stays <= 0 || std::generate_canonical<double, 32>(m_words.dice) < stays / (stays + away);
    return isThere ? 0 : chance(away);
}

// --- The loop ------------------------------------------------------------------------------------

void SimLife::live(double seconds)
{
    const Moment end = SimClock::now() + std::chrono::duration_cast<SimClock::duration>(
                                             std::chrono::duration<double>(seconds));
    while (SimClock::now() < end)
        turn();
}

void SimLife::turn()
{
    std::array<epoll_event, 512> events;
    const int count = epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), 10);
    for (int i = 0; i < count; ++i)
        static_cast<SimEnd *>(events[static_cast<std::size_t>(i)].data.ptr)->ready();
    m_dead.clear();
    const Moment now = SimClock::now();
    while (!m_due.empty() && m_due.top().at <= now) {
        const Due due = m_due.top();
        m_due.pop();
        happen(due);
    }
}

void SimLife::later(double seconds, Event event, bool ofNode, std::uint32_t index)
{
    std::uint32_t epoch = 0;
    if (event != Event::Caller)
        epoch = ofNode ? m_nodes[index].epoch : m_clients[index].epoch;
    m_due.push({SimClock::now() + std::chrono::duration_cast<SimClock::duration>(
                                      std::chrono::duration<double>(seconds)),
                event, ofNode, index, epoch});
}

void SimLife::happen(const Due &due)
{
    if (due.event == Event::Caller) {
        m_calls[due.index] = {};
        const std::uint16_t port =
            m_options.ports[(due.index + m_words.dice()) % m_options.ports.size()];
        m_callers[due.index] = start(SimKind::Caller, due.index, port);
    } else if (due.ofNode && due.epoch == m_nodes[due.index].epoch) {
        happenToNode(due);
    } else if (!due.ofNode && due.epoch == m_clients[due.index].epoch) {
        happenToClient(due);
    }
}

double SimLife::chance(double mean)
{
    return mean <= 0 ? 0 : std::exponential_distribution<double>(1 / mean)(m_words.dice);
}

std::uint16_t SimLife::somePort()
{
    return m_options.ports[m_words.dice() % m_options.ports.size()];
}

std::uint16_t SimLife::otherThan(std::uint16_t port)
{
    std::uint16_t other = somePort();
    while (m_options.ports.size() > 1 && other == port)
        other = somePort();
    return other;
}

void SimLife::lose()
{
    m_lostAt = SimClock::now();
}

bool SimLife::isAnythingAway() const
{
    return m_lostAt != Moment{} && SimClock::now() - m_lostAt < LossIsOver;
}

std::unique_ptr<SimEnd> SimLife::start(SimKind kind, std::uint32_t index, std::uint16_t port)
{
    auto end = std::make_unique<SimEnd>(*this, kind, index);
    if (!end->connectTo(m_epoll, m_context, port)) {
        ++m_figures.strange;
        say("no descriptor or port", index, 0, {});
    }
    return end;
}

/// It may be in the middle of a call.
void SimLife::bury(std::unique_ptr<SimEnd> &end)
{
    if (!end)
        return;
    end->close();
    m_dead.push_back(std::move(end));
}

/// Nobody's any more; the server is to close it.
void SimLife::orphan(std::unique_ptr<SimEnd> &end)
{
    if (!end || end->isClosed()) {
        bury(end);
        return;
    }
    SimEnd *known = end.get();
    m_orphans[known] = std::move(end);
}

SimEnd *SimLife::callerFor(Event event, std::uint32_t index, std::uint32_t epoch)
{
    const std::size_t first = m_words.dice() % m_callers.size();
    for (std::size_t i = 0; i < m_callers.size(); ++i) {
        const std::size_t at = (first + i) % m_callers.size();
        Call &call = m_calls[at];
        if (!call.isReady || call.event != Event::Caller)
            continue;
        call = {event, index, epoch, true};
        return m_callers[at].get();
    }
    return nullptr;
}

void SimLife::say(const char *what, std::uint32_t index, int status, std::string_view body)
{
    if (m_said++ < MostSaid)
        std::fprintf(stderr, "%s: %u, %d %.*s\n", what, index, status,
                     static_cast<int>(std::min<std::size_t>(body.size(), 300)), body.data());
}

LifeFigures SimLife::figures()
{
    m_figures.nodes = m_figures.sessions = m_figures.waiting = m_figures.stuck = 0;
    m_figures.lately = 0;
    m_figures.orphans = m_orphans.size();
    const Moment now = SimClock::now();
    const auto believed = Believed * std::chrono::seconds(m_options.heartbeat);
    for (const Node &node : m_nodes) {
        m_figures.nodes += node.presence == Presence::Here ? 1 : 0;
        m_figures.lately += node.presence != Presence::Here && now - node.left < believed ? 1 : 0;
    }
    for (std::uint32_t i = 0; i < m_clients.size(); ++i) {
        Client &client = m_clients[i];
        const bool isHeld = client.isConnected && client.isLegConnected;
        m_figures.sessions += isHeld ? 1 : 0;
        m_figures.waiting += client.isWaiting ? 1 : 0;
        const auto silent = now - client.since;
        if (client.presence != Presence::Away && silent > Stuck)
            ++m_figures.stuck;
        if (isHeld && client.port != client.legPort && silent > Split && !client.isSplit) {
            client.isSplit = true;
            ++m_figures.split;
            say("its ends are at two servers", i, client.legPort, client.session);
        }
    }
    return m_figures;
}

// --- Nodes ---------------------------------------------------------------------------------------

void SimLife::happenToNode(const Due &due)
{
    switch (due.event) {
    case Event::Come:
    case Event::Retry:
        nodeComes(due.index);
        break;
    case Event::Leave:
        nodeLeaves(due.index);
        break;
    case Event::Heartbeat:
        heartbeat(due.index);
        break;
    default:
        break;
    }
}

void SimLife::nodeComes(std::uint32_t index)
{
    if (m_coming >= m_options.window) {
        later(Pressed + chance(Pressed), Event::Come, true, index);
        return;
    }
    Node &node = m_nodes[index];
    ++m_coming;
    node.presence = Presence::Coming;
    node.port = otherThan(node.port);
    node.link = start(SimKind::Node, index, node.port);
}

void SimLife::nodeAnswered(std::uint32_t index, SimEnd &end, int status, std::string_view body)
{
    Node &node = m_nodes[index];
    if (status == 200) {
        node.token = textIn(body, "sessionToken");
        end.upgrade("/api/v1/nodes/" + node.id + "/signal", node.token);
        return;
    }
    const bool isPutOff = status == 503 || status == 429;
    const std::chrono::duration<double> away = SimClock::now() - node.left;
    if (status == 401 && m_options.forgotten > 0 && away.count() >= m_options.forgotten) {
        ++m_figures.strangers;
        node.token.clear(); // as another one
    } else if (!isPutOff || !isAnythingAway()) {
        ++m_figures.strange;
        say("a node's answer", index, status, body);
        node.token.clear(); // as another one
    } else {
        ++m_figures.unanswered;
    }
    end.close();
    lost(end, "refused");
}

void SimLife::nodeIsHere(std::uint32_t index)
{
    Node &node = m_nodes[index];
    --m_coming;
    ++m_figures.comings;
    node.presence = Presence::Here;
    ++node.epoch;
    if (m_options.nodeStays > 0)
        later(chance(m_options.nodeStays), Event::Leave, true, index);
    later(m_options.heartbeat * HeartbeatPart * std::generate_canonical<double, 32>(m_words.dice),
          Event::Heartbeat, true, index);
}

void SimLife::nodeLeaves(std::uint32_t index)
{
    Node &node = m_nodes[index];
    node.presence = Presence::Away;
    node.left = SimClock::now();
    ++node.epoch;
    if (std::generate_canonical<double, 32>(m_words.dice) < Polite) {
        node.link->sendFrame(CloseFrame, GoingAway);
        orphan(node.link);
    } else {
        bury(node.link);
    }
    for (const std::uint32_t client : std::exchange(node.clients, {})) {
        m_clients[client].hasNode = false;
        m_clients[client].isLegConnected = false;
        bury(m_clients[client].leg);
        later(1, Event::NextHome, false, client);
    }
    later(chance(m_options.nodeAway), Event::Come, true, index);
}

void SimLife::heartbeat(std::uint32_t index)
{
    const Node &node = m_nodes[index];
    SimEnd *caller = callerFor(Event::Heartbeat, index, node.epoch);
    if (!caller) {
        later(Pressed, Event::Heartbeat, true, index);
        return;
    }
    caller->request("POST", "/api/v1/nodes/" + node.id + "/heartbeat", bearer(node.token),
                    R"({"status":"online","metrics":{"latency":20}})");
    later(m_options.heartbeat * HeartbeatPart, Event::Heartbeat, true, index);
}

void SimLife::told(std::uint32_t node, std::string_view text)
{
    const std::string id(textIn(text, "sessionId"));
    const auto known = m_sessions.find(id);
    if (text.find("\"action\":\"disconnect\"") != std::string_view::npos) {
        m_early.erase(id);
        if (known != m_sessions.end() && m_clients[known->second].node == node)
            orphan(m_clients[known->second].leg);
        return;
    }
    if (text.find("\"action\":\"connect\"") == std::string_view::npos)
        return;
    std::string address = std::to_string(node);
    address.append(" ").append(textIn(text, "clientAddress"));
    std::string &holder = m_addresses[address];
    const auto other = m_sessions.find(holder);
    if (holder != id && other != m_sessions.end() && m_clients[other->second].isConnected &&
        m_clients[other->second].isLegConnected && m_clients[other->second].node == node) {
        ++m_figures.doubles;
        say("an address was given twice", node, 0, address);
    }
    holder = id;
    const std::uint16_t port = portIn(textIn(text, "relayEndpoint"));
    if (known == m_sessions.end())
        m_early[id] = {node, port};
    else
        join(node, known->second, port);
}

/// The node's leg of a session, where it is relayed.
void SimLife::join(std::uint32_t node, std::uint32_t index, std::uint16_t port)
{
    Client &client = m_clients[index];
    if (m_nodes[node].presence == Presence::Away)
        return;
    if (client.leg && !client.leg->isClosed() && client.legPort == port)
        return; // told twice
    orphan(client.leg);
    client.node = node;
    client.hasNode = true;
    m_nodes[node].clients.insert(index);
    client.isLegConnected = false;
    client.legPort = port;
    client.leg = start(SimKind::NodeLeg, node, port);
    client.leg->about = index;
}

// --- What ends say -------------------------------------------------------------------------------

void SimLife::established(SimEnd &end)
{
    if (m_orphans.count(&end) != 0)
        return;
    switch (end.kind) {
    case SimKind::Node: {
        Node &node = m_nodes[end.index];
        if (!node.token.empty()) {
            end.upgrade("/api/v1/nodes/" + node.id + "/signal", node.token);
            break;
        }
        node.id = m_words.uuid();
        end.request("POST", "/api/v1/nodes/register", "",
                    m_words.registration(node.id, m_options.places, m_options.heartbeat));
        break;
    }
    case SimKind::Client: {
        const Client &client = m_clients[end.index];
        if (client.presence == Presence::Here)
            end.upgrade("/relay/" + client.session, client.token);
        else
            end.request("POST", "/api/v1/routing/request", "", m_words.question());
        break;
    }
    case SimKind::NodeLeg:
        end.upgrade("/relay/" + m_clients[end.about].session, m_nodes[end.index].token);
        break;
    case SimKind::Caller:
        m_calls[end.index].isReady = true;
        break;
    }
}

void SimLife::answered(SimEnd &end, int status, std::string_view body)
{
    if (m_orphans.count(&end) != 0)
        return;
    if (end.kind == SimKind::Caller)
        callerAnswered(end, status, body);
    else if (end.kind == SimKind::Node)
        nodeAnswered(end.index, end, status, body);
    else if (end.kind == SimKind::Client)
        clientAnswered(end.index, end, status, body);
    else
        legAnswered(end, status);
}

void SimLife::callerAnswered(SimEnd &end, int status, std::string_view body)
{
    Call &call = m_calls[end.index];
    const bool isStill = call.event == Event::Heartbeat ? m_nodes[call.index].epoch == call.epoch
                                                        : m_clients[call.index].epoch == call.epoch;
    if (status != 200 && isStill) {
        if (isAnythingAway()) {
            ++m_figures.unanswered;
        } else {
            ++m_figures.strange;
            say(call.event == Event::Heartbeat ? "a heartbeat's answer" : "a renewal's answer",
                call.index, status, body);
        }
    }
    call.event = Event::Caller;
}

void SimLife::upgraded(SimEnd &end)
{
    if (end.kind == SimKind::Node && m_orphans.count(&end) == 0)
        nodeIsHere(end.index);
}

void SimLife::pinged(SimEnd &) {}

void SimLife::message(SimEnd &end, bool text, std::string_view payload)
{
    if (m_orphans.count(&end) != 0)
        return;
    if (end.kind == SimKind::Node) {
        told(end.index, payload);
        return;
    }
    const bool isClient = end.kind == SimKind::Client;
    const std::uint32_t index = isClient ? end.index : end.about;
    Client &client = m_clients[index];
    if (!text) {
        if (isClient)
            echoed(index, payload);
        else
            end.sendFrame(0x82, payload);
    } else if (payload.find("\"heartbeat\"") != std::string_view::npos) {
        end.sendFrame(PongFrame, {}); // a sign of life
    } else if (payload.find("\"action\":\"connected\"") != std::string_view::npos) {
        (isClient ? client.isConnected : client.isLegConnected) = true;
        if (isClient && client.presence == Presence::Coming)
            clientIsHere(index);
    }
}

void SimLife::lost(SimEnd &end, std::string_view why)
{
    if (const auto orphan = m_orphans.find(&end); orphan != m_orphans.end()) {
        m_dead.push_back(std::move(orphan->second));
        m_orphans.erase(orphan);
        return;
    }
    if (end.kind == SimKind::Caller) {
        m_dead.push_back(std::move(m_callers[end.index]));
        m_calls[end.index] = {};
        later(Again, Event::Caller, false, end.index);
        return;
    }
    if (end.kind == SimKind::Client) {
        clientLost(end.index, why);
        return;
    }
    if (end.kind == SimKind::NodeLeg) {
        legLost(end);
        return;
    }
    Node &node = m_nodes[end.index];
    m_dead.push_back(std::move(node.link));
    if (node.presence == Presence::Coming)
        --m_coming;
    if (isAnythingAway()) {
        ++m_figures.unanswered;
    } else if (why != "refused") {
        ++m_figures.strange;
        say("a node's link was lost", end.index, 0, why);
    }
    node.presence = Presence::Coming; // and not away: its sessions go on
    ++node.epoch;
    later(Again + chance(Again), Event::Retry, true, end.index);
}

} // namespace higgs::bench
