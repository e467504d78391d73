// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/sim_world.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <sys/epoll.h>

namespace higgs::bench {

namespace {

constexpr unsigned char BinaryFrame = 0x82;
constexpr unsigned char CloseFrame = 0x88;
constexpr unsigned char PongFrame = 0x8a;
constexpr std::string_view NormalClose("\x03\xe8", 2);
constexpr auto ProbeInterval = std::chrono::milliseconds(100);
// Nothing came to its end for so long: what is left does not come any more.
constexpr double Patience = 20;
// What a caller is about.
constexpr std::uint32_t Idle = 1;
constexpr std::uint32_t Busy = 2;
// Nodes whose heartbeats are asked for, among all that there are.
constexpr std::size_t AskedNodes = 500;
// Lines about what fails.
constexpr std::size_t MostSaid = 20;
// Of its interval: a node that is late is not offline at once.
constexpr double HeartbeatPart = 0.8;

} // namespace

SimWorld::SimWorld(const SimOptions &options)
    : m_options(options),
      m_context(clientContext()),
      m_epoll(epoll_create1(EPOLL_CLOEXEC)),
      m_words(options.seed)
{
    SSL_CTX_set1_groups_list(m_context, "X25519");
    m_lastTurn = m_nextProbe = SimClock::now();
    m_askedIds.resize(options.callers + 1);
    for (std::uint32_t i = 0; i <= options.callers; ++i)
        m_callers.push_back(start(SimKind::Caller, i));
}

std::unique_ptr<SimEnd> SimWorld::start(SimKind kind, std::uint32_t index)
{
    auto end = std::make_unique<SimEnd>(*this, kind, index);
    if (!end->connectTo(m_epoll, m_context, m_options.ports[index % m_options.ports.size()]))
        ++failed;
    return end;
}

// --- The loop ------------------------------------------------------------------------------------

void SimWorld::turn(int milliseconds)
{
    std::array<epoll_event, 512> events;
    const int count =
        epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), milliseconds);
    for (int i = 0; i < count; ++i)
        static_cast<SimEnd *>(events[static_cast<std::size_t>(i)].data.ptr)->ready();
    m_dead.clear();
    callOut();
}

/// False when nothing has settled for as long as one is patient, or the time is over.
bool SimWorld::run(double seconds, const std::function<bool()> &isDone)
{
    const auto begin = SimClock::now();
    auto moved = begin;
    std::size_t before = m_settled;
    const auto since = [](SimClock::time_point at) {
        return std::chrono::duration<double>(SimClock::now() - at).count();
    };
    while (!isDone()) {
        turn(10);
        if (m_settled != before)
            moved = SimClock::now();
        before = m_settled;
        if (seconds > 0 ? since(begin) >= seconds : since(moved) >= Patience)
            return false;
    }
    return true;
}

bool SimWorld::bringNodes()
{
    m_started = m_settled = 0;
    m_nodes.resize(m_options.nodes);
    const bool done = run(0, [this] {
        while (m_started < m_options.nodes && m_started - m_settled < m_options.window) {
            Node &node = m_nodes[m_started];
            node.id = m_words.uuid();
            node.link = start(SimKind::Node, static_cast<std::uint32_t>(m_started++));
        }
        return m_settled == m_options.nodes;
    });
    return done && failed == 0;
}

bool SimWorld::openSessions()
{
    m_started = m_settled = 0;
    m_sessions = std::vector<Session>(m_options.sessions);
    const bool done = run(0, [this] {
        while (m_started < m_options.sessions && m_started - m_settled < m_options.window) {
            Session &session = m_sessions[m_started];
            session.client = start(SimKind::Client, static_cast<std::uint32_t>(m_started++));
        }
        return m_settled == m_options.sessions;
    });
    for (const Session &session : m_sessions) {
        if (!session.echoed && m_said++ < MostSaid)
            std::fprintf(stderr, "session %s of client %u: client %s, leg %s\n", session.id.c_str(),
                         session.client ? session.client->index : 0,
                         session.clientConnected ? "connected" : "not connected",
                         session.legConnected ? "connected"
                         : session.leg        ? "begun"
                                              : "not begun");
    }
    return done && failed == 0;
}

/// As clients do it that disconnect.
bool SimWorld::endSessions()
{
    m_ending = true;
    m_started = m_settled = 0;
    const bool ended = run(0, [this] {
        while (m_started < m_sessions.size() && m_started - m_settled / 2 < m_options.window)
            m_sessions[m_started++].client->sendFrame(CloseFrame, NormalClose);
        return m_settled == 2 * m_sessions.size();
    });
    m_ending = false;
    m_legs.clear();
    m_addresses.clear();
    m_sessions.clear();
    return ended;
}

void SimWorld::rest(double seconds)
{
    pings.start(SimClock::now());
    run(seconds, [] { return false; });
}

bool SimWorld::ask(const std::function<void()> &begun)
{
    m_asking = true;
    const auto isReady = [this](const auto &caller) { return caller->about == Idle; };
    const auto isRested = [&] { return std::all_of(m_callers.begin(), m_callers.end(), isReady); };
    if (!run(10, isRested))
        return false;
    if (m_options.ask == "heartbeat") {
        m_priming = true;
        for (std::size_t i = 1; i < m_callers.size(); ++i)
            callAgain(*m_callers[i]);
        run(60, [&] { return m_nodes.size() >= AskedNodes && isRested(); });
        m_priming = false;
        if (m_nodes.empty())
            return false;
        run(1, [] { return false; }); // until all servers know them
    }
    answers = 0;
    askTimes.clear();
    begun();
    for (std::size_t i = 1; i < m_callers.size(); ++i)
        callAgain(*m_callers[i]);
    run(m_options.hold, [] { return false; });
    m_asking = false;
    return answers > 0;
}

// --- Callers -------------------------------------------------------------------------------------

/// The first one looks how fast the server answers; the others tell it that the nodes live.
void SimWorld::callOut()
{
    const auto now = SimClock::now();
    const double passed = std::chrono::duration<double>(now - m_lastTurn).count();
    m_lastTurn = now;
    SimEnd &prober = *m_callers.front();
    if (now >= m_nextProbe && prober.about == Idle) {
        m_nextProbe = now + ProbeInterval;
        prober.about = Busy;
        prober.request("GET", "/healthz", "");
    }
    if (m_asking || nodesUp == 0)
        return;
    m_heartbeatsDue +=
        passed * static_cast<double>(nodesUp) / (HeartbeatPart * m_options.heartbeat);
    // In turn, as each address may ask so often and no more.
    for (std::size_t i = 1; i < m_callers.size() && m_heartbeatsDue >= 1; ++i) {
        SimEnd &caller = *m_callers[1 + m_nextCaller++ % m_options.callers];
        if (caller.about != Idle)
            continue;
        const Node &node = m_nodes[m_nextHeartbeat++ % nodesUp];
        if (node.token.empty())
            continue;
        m_heartbeatsDue -= 1;
        caller.about = Busy;
        caller.request("POST", "/api/v1/nodes/" + node.id + "/heartbeat", bearer(node.token),
                       R"({"status":"online","metrics":{"latency":20}})");
    }
}

/// What is measured of the API, without a pause.
void SimWorld::callAgain(SimEnd &caller)
{
    caller.about = Busy;
    if (m_priming || m_options.ask == "register") {
        m_askedIds[caller.index] = m_words.uuid();
        caller.request(
            "POST", "/api/v1/nodes/register", "",
            m_words.registration(m_askedIds[caller.index], m_options.places, m_options.heartbeat));
    } else if (m_options.ask == "routing") {
        caller.request("POST", "/api/v1/routing/request", "", m_words.question());
    } else {
        const Node &node = m_nodes[m_words.dice() % m_nodes.size()];
        caller.request(
            "POST", "/api/v1/nodes/" + node.id + "/heartbeat", bearer(node.token),
            R"({"status":"online","metrics":{"latency":20,"bandwidth":{"up":5,"down":9}}})");
    }
}

// --- What ends say -------------------------------------------------------------------------------

void SimWorld::established(SimEnd &end)
{
    switch (end.kind) {
    case SimKind::Node:
        end.request(
            "POST", "/api/v1/nodes/register", "",
            m_words.registration(m_nodes[end.index].id, m_options.places, m_options.heartbeat));
        break;
    case SimKind::Client:
        end.request("POST", "/api/v1/routing/request", "", m_words.question());
        break;
    case SimKind::NodeLeg:
        end.upgrade("/relay/" + m_sessions[end.about].id, m_nodes[end.index].token);
        break;
    case SimKind::Caller:
        end.about = Idle;
        break;
    }
}

void SimWorld::answered(SimEnd &end, int status, std::string_view body)
{
    if (end.kind == SimKind::Caller) {
        const bool isProbe = end.index == 0;
        if (isProbe)
            probeTimes.add(SimClock::now() - end.since);
        else if (status == 200 && m_asking)
            askTimes.add(SimClock::now() - end.since);
        answers += status == 200 && m_asking && !isProbe ? 1 : 0;
        heartbeats += status == 200 && !m_asking && !isProbe ? 1 : 0;
        failed += status == 200 ? 0 : 1;
        if (status != 200 && m_said++ < MostSaid)
            std::fprintf(stderr, "answer %d: %.*s\n", status, static_cast<int>(body.size()),
                         body.data());
        end.about = Idle;
        if (m_priming && !isProbe && status == 200)
            m_nodes.push_back(
                {m_askedIds[end.index], std::string(textIn(body, "sessionToken")), nullptr});
        if (m_asking && !isProbe && !(m_priming && m_nodes.size() >= AskedNodes))
            callAgain(end);
        return;
    }
    if (status != 200) {
        if (m_said++ < MostSaid)
            std::fprintf(stderr, "answer %d: %.*s\n", status, static_cast<int>(body.size()),
                         body.data());
        end.close();
        lost(end, "refused");
        return;
    }
    if (end.kind == SimKind::Node) {
        Node &node = m_nodes[end.index];
        node.token = textIn(body, "sessionToken");
        end.upgrade("/api/v1/nodes/" + node.id + "/signal", node.token);
    } else if (end.kind == SimKind::Client) {
        clientAnswered(end, body);
    }
}

void SimWorld::clientAnswered(SimEnd &client, std::string_view body)
{
    const std::string_view selected = body.substr(body.find("\"selectedRoute\""));
    const std::string_view endpoint = textIn(selected, "relayEndpoint");
    Session &session = m_sessions[client.index];
    session.id = endpoint.substr(endpoint.rfind('/') + 1);
    session.token = textIn(selected, "sessionToken");
    doubles += m_given.insert(session.id).second ? 0 : 1;
    m_legs[session.id] = client.index;
    client.upgrade("/relay/" + session.id, session.token);
    if (const auto waiting = m_waitingLegs.extract(session.id)) {
        session.leg = start(SimKind::NodeLeg, waiting.mapped());
        session.leg->about = client.index;
    }
}

void SimWorld::upgraded(SimEnd &end)
{
    if (end.kind != SimKind::Node)
        return;
    ++nodesUp;
    ++m_settled;
    nodeTimes.add(SimClock::now() - end.begun);
}

void SimWorld::message(SimEnd &end, bool text, std::string_view payload)
{
    if (end.kind == SimKind::Node) {
        told(end.index, payload);
        return;
    }
    const bool isClient = end.kind == SimKind::Client;
    Session &session = m_sessions[isClient ? end.index : end.about];
    if (text) {
        if (payload.find("\"action\":\"connected\"") != std::string_view::npos) {
            (isClient ? session.clientConnected : session.legConnected) = true;
            tryEcho(session);
        } else if (payload.find("\"heartbeat\"") != std::string_view::npos) {
            end.sendFrame(PongFrame, {}); // a sign of life
        }
        return;
    }
    if (!isClient) {
        end.sendFrame(BinaryFrame, payload);
        return;
    }
    std::uint32_t index = ~0U;
    if (payload.size() == sizeof index)
        std::memcpy(&index, payload.data(), sizeof index);
    doubles += index == end.index && !session.echoed ? 0 : 1; // another one's datagram, or twice
    session.echoed = true;
    ++sessionsUp;
    ++m_settled;
    sessionTimes.add(SimClock::now() - end.begun);
}

void SimWorld::told(std::uint32_t node, std::string_view text)
{
    if (text.find("\"action\":\"connect\"") == std::string_view::npos)
        return;
    const std::string id(textIn(text, "sessionId"));
    std::string address = std::to_string(node);
    address.append(" ").append(textIn(text, "clientAddress"));
    doubles += m_addresses.insert(address).second ? 0 : 1;
    const auto known = m_legs.find(id);
    if (known == m_legs.end()) {
        m_waitingLegs[id] = node;
        return;
    }
    Session &session = m_sessions[known->second];
    if (session.leg) // told twice: the server may do so, and it is one leg all the same
        return;
    session.leg = start(SimKind::NodeLeg, node);
    session.leg->about = known->second;
}

void SimWorld::tryEcho(Session &session)
{
    if (!session.clientConnected || !session.legConnected)
        return;
    const std::uint32_t index = session.client->index;
    std::array<char, sizeof index> bytes{};
    std::memcpy(bytes.data(), &index, sizeof index);
    session.client->sendFrame(BinaryFrame, {bytes.data(), bytes.size()});
}

void SimWorld::pinged(SimEnd &end)
{
    if (end.kind == SimKind::Node)
        pings.note(SimClock::now());
}

void SimWorld::lost(SimEnd &end, std::string_view why)
{
    const bool isCaller = end.kind == SimKind::Caller;
    m_settled += isCaller ? 0 : 1;
    const bool isExpected =
        isCaller ? end.about != Busy
                 : m_ending && (end.kind == SimKind::Client || end.kind == SimKind::NodeLeg);
    failed += isExpected ? 0 : 1;
    if (!isExpected && m_said++ < MostSaid)
        std::fprintf(stderr, "end of kind %d, %u: %.*s\n", static_cast<int>(end.kind), end.index,
                     static_cast<int>(why.size()), why.data());
    // Who asked nothing for long has had its time: another one.
    if (isCaller)
        m_dead.push_back(std::exchange(m_callers[end.index], start(SimKind::Caller, end.index)));
}

} // namespace higgs::bench
