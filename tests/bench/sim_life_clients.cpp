// SPDX-License-Identifier: GPL-3.0-or-later
// The clients of SimLife, and their nodes' legs.
#include "tests/bench/sim_life.h"

#include <array>
#include <cstring>

namespace higgs::bench {

namespace {

constexpr unsigned char BinaryFrame = 0x82;
constexpr unsigned char CloseFrame = 0x88;
constexpr std::string_view NormalClose("\x03\xe8", 2);
constexpr double Again = 0.3;    // seconds until the next attempt of a connection
constexpr double PutOff = 1;     // seconds until a client asks anew that got no node
constexpr double Pressed = 0.05; // seconds, where too many do something at this time
// Of those who go, so many say so; the others are just gone.
constexpr double Polite = 0.6;

struct Datagram
{
    std::uint32_t client = 0;
    std::uint32_t number = 0;
};

} // namespace

void SimLife::happenToClient(const Due &due)
{
    switch (due.event) {
    case Event::Come:
        clientComes(due.index);
        break;
    case Event::Retry:
        comeBack(due.index);
        break;
    case Event::Leave:
        clientLeaves(due.index, chance(m_options.clientAway));
        break;
    case Event::NextHome:
        clientLeaves(due.index, Pressed);
        break;
    case Event::Beat:
        beat(due.index);
        break;
    case Event::Renew:
        renew(due.index);
        break;
    case Event::Join: {
        const Client &client = m_clients[due.index];
        if (client.hasNode && !client.leg)
            join(client.node, due.index, client.legPort);
        break;
    }
    default:
        break;
    }
}

void SimLife::clientComes(std::uint32_t index)
{
    // Some nodes first.
    if (m_coming >= m_options.window || m_figures.comings < m_options.nodes / 2) {
        later(Pressed + chance(4 * Pressed), Event::Come, false, index);
        return;
    }
    Client &client = m_clients[index];
    ++m_coming;
    client.presence = Presence::Coming;
    client.since = SimClock::now();
    client.port = m_options.firstOnly ? m_options.ports.front() : somePort();
    client.end = start(SimKind::Client, index, client.port);
}

void SimLife::clientAnswered(std::uint32_t index, SimEnd &end, int status, std::string_view body)
{
    Client &client = m_clients[index];
    const bool isPutOff = status == 503 || status == 429;
    if (client.presence == Presence::Here) { // it came back with its token
        bury(client.end);
        if (isPutOff) {
            later(Again, Event::Retry, false, index);
            return;
        }
        if (client.hasNode) {
            ++m_figures.unheld;
            say("a session is not known any more", index, status, client.session);
        }
        clientLeaves(index, Pressed);
        return;
    }
    if (status != 200) {
        const bool isExplained = status == 404 || isAnythingAway();
        ++(isExplained ? m_figures.refused : m_figures.strange);
        if (!isExplained)
            say("a client's answer", index, status, body);
        --m_coming;
        client.presence = Presence::Away;
        ++client.epoch;
        bury(client.end);
        later(PutOff, Event::Come, false, index);
        return;
    }
    const std::string_view selected = body.substr(body.find("\"selectedRoute\""));
    const std::string_view endpoint = textIn(selected, "relayEndpoint");
    client.session = endpoint.substr(endpoint.rfind('/') + 1);
    client.token = textIn(selected, "sessionToken");
    client.sent = client.heard = 0;
    client.hasNode = client.isSplit = false;
    if (!m_given.insert(client.session).second) {
        ++m_figures.doubles;
        say("a session was given twice", index, 0, client.session);
    }
    m_sessions[client.session] = index;
    end.upgrade("/relay/" + client.session, client.token);
    if (const auto early = m_early.extract(client.session))
        join(early.mapped().first, index, early.mapped().second);
}

void SimLife::clientIsHere(std::uint32_t index)
{
    Client &client = m_clients[index];
    --m_coming;
    ++m_figures.opened;
    client.presence = Presence::Here;
    client.since = SimClock::now();
    ++client.epoch;
    if (m_options.clientStays > 0)
        later(chance(m_options.clientStays), Event::Leave, false, index);
    later(m_options.beat * std::generate_canonical<double, 32>(m_words.dice), Event::Beat, false,
          index);
    if (m_options.renewal > 0)
        later(m_options.renewal, Event::Renew, false, index);
}

void SimLife::clientLeaves(std::uint32_t index, double away)
{
    Client &client = m_clients[index];
    if (client.end && client.isConnected &&
        std::generate_canonical<double, 32>(m_words.dice) < Polite) {
        client.end->sendFrame(CloseFrame, NormalClose);
        orphan(client.end);
    } else {
        bury(client.end);
    }
    orphan(client.leg);
    if (client.hasNode)
        m_nodes[client.node].clients.erase(index);
    m_sessions.erase(client.session);
    m_early.erase(client.session);
    client.presence = Presence::Away;
    client.hasNode = client.isConnected = client.isLegConnected = client.isWaiting = false;
    ++client.epoch;
    later(away, Event::Come, false, index);
}

/// With its token, to another server where there is one.
void SimLife::comeBack(std::uint32_t index)
{
    Client &client = m_clients[index];
    client.port = otherThan(client.port);
    client.end = start(SimKind::Client, index, client.port);
}

void SimLife::clientLost(std::uint32_t index, std::string_view why)
{
    Client &client = m_clients[index];
    m_dead.push_back(std::move(client.end));
    client.isConnected = false;
    const bool isAway = isAnythingAway();
    if (client.presence == Presence::Coming) {
        ++(isAway ? m_figures.unanswered : m_figures.strange);
        if (!isAway)
            say("a client was lost while it came", index, 0, why);
        --m_coming;
        m_sessions.erase(client.session);
        orphan(client.leg);
        if (client.hasNode)
            m_nodes[client.node].clients.erase(index);
        client.hasNode = client.isLegConnected = false;
        client.presence = Presence::Away;
        ++client.epoch;
        later(PutOff, Event::Come, false, index);
        return;
    }
    if (!isAway && client.hasNode) {
        ++m_figures.unheld;
        say("a session that both ends hold was cut", index, 0, why);
    }
    client.isWaiting = isAway;
    later(Again * std::generate_canonical<double, 32>(m_words.dice), Event::Retry, false, index);
}

void SimLife::legAnswered(SimEnd &end, int)
{
    end.close();
    legLost(end);
}

/// The node tries again where it was told to, until it is told otherwise.
void SimLife::legLost(SimEnd &end)
{
    Client &client = m_clients[end.about];
    if (client.leg.get() != &end)
        return;
    m_dead.push_back(std::move(client.leg));
    client.isLegConnected = false;
    if (isAnythingAway() && client.presence == Presence::Here)
        client.isWaiting = true;
    if (client.hasNode)
        later(Again, Event::Join, false, end.about);
}

void SimLife::beat(std::uint32_t index)
{
    Client &client = m_clients[index];
    later(m_options.beat, Event::Beat, false, index);
    if (!client.isConnected || !client.isLegConnected)
        return;
    const Datagram datagram{index, ++client.sent};
    std::array<char, sizeof datagram> bytes{};
    std::memcpy(bytes.data(), &datagram, sizeof datagram);
    client.end->sendFrame(BinaryFrame, {bytes.data(), bytes.size()});
}

void SimLife::echoed(std::uint32_t index, std::string_view payload)
{
    Client &client = m_clients[index];
    Datagram datagram;
    if (payload.size() == sizeof datagram)
        std::memcpy(&datagram, payload.data(), sizeof datagram);
    if (datagram.client != index || datagram.number <= client.heard ||
        datagram.number > client.sent) {
        ++m_figures.doubles;
        say("a datagram of another one's, or twice", index, static_cast<int>(datagram.number), {});
        return;
    }
    const std::size_t missed = datagram.number - client.heard - 1;
    (isAnythingAway() ? m_figures.lostAway : m_figures.lost) += missed;
    if (missed > 0 && !isAnythingAway())
        say("datagrams were lost", index, static_cast<int>(missed), {});
    client.heard = datagram.number;
    ++m_figures.echoes;
    client.since = SimClock::now();
    if (!client.isWaiting)
        return;
    client.isWaiting = false;
    back.add(client.since - m_lostAt);
}

void SimLife::renew(std::uint32_t index)
{
    const Client &client = m_clients[index];
    SimEnd *caller = callerFor(Event::Renew, index, client.epoch);
    later(caller ? m_options.renewal : Pressed, Event::Renew, false, index);
    if (caller)
        caller->request("POST", "/api/v1/sessions/" + client.session + "/renew",
                        bearer(client.token), "{}");
}

} // namespace higgs::bench
