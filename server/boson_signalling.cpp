// SPDX-License-Identifier: GPL-3.0-or-later
// What nodes say by their signal links, and who hears of it.
#include "server/boson.h"
#include "server/services/candidates.h"

namespace higgs::server {

void Boson::connectSignalling()
{
    connect(&m_links, &SignalLinks::opened, this, [this](const NodeId &node) {
        m_state.nodes.linkOpened(bootNow(), node);
        m_cluster.nodeHeard(node);
        m_links.announce(node, m_state.sessions.ofNode(node));
    });
    m_links.setAnnouncement(
        [this](const SessionId &session) { return m_state.life.announcement(session); });
    connect(&m_core, &ApiCore::nodeSeen, this,
            [this](const NodeId &node, const IpAddress &address) {
                for (const SessionId &session : m_state.sessions.ofNode(node))
                    m_hub.seenAlso(session, relay::Role::Node, address);
            });
    connect(&m_links, &SignalLinks::closed, this, [this](const NodeId &node) {
        m_state.nodes.linkClosed(bootNow(), node);
        m_cluster.nodeHeard(node);
    });
    connect(&m_links, &SignalLinks::received, this, &Boson::signalReceived);
}

void Boson::signalReceived(const NodeId &node, const IpAddress &from, const std::string &text)
{
    // The same bucket as for opening links: chatter is bounded, and dropped beyond.
    if (m_state.limiter.take(monotonicNow(), RateClass::Signal, from)) {
        m_metrics.rateLimited(toString(RateClass::Signal));
        return;
    }
    auto message = protocol::decodeSignalText(text);
    if (!message)
        return;
    if (message->direction != protocol::Direction::NodeToClient) {
        m_links.sendFault(node, message->sessionId, "wrong_direction",
                          "this end may not send in that direction");
        return;
    }
    const Session *session = m_state.sessions.find(message->sessionId);
    const Node *known = m_state.nodes.find(node);
    if (session == nullptr || known == nullptr || session->record.node != node)
        return;
    if (const auto *found = std::get_if<protocol::SessionCandidates>(&message->payload)) {
        if (session->isOfCascade())
            return;
        protocol::RelayControl control;
        control.action = protocol::ControlAction::Candidates;
        SeenAt seen = known->seen;
        seen.note(from);
        for (const protocol::Candidate &candidate : found->candidates) {
            if (admissibleCandidate(candidate, seen, m_turnAddresses.known()))
                control.candidates.push_back(candidate);
        }
        protocol::RelayMessage relayed;
        relayed.sessionId = message->sessionId;
        relayed.direction = protocol::Direction::NodeToClient;
        relayed.payload = std::move(control);
        std::string passed = protocol::dumpJson(protocol::toJson(relayed));
        if (m_state.instances.isOwn(session->record.instance))
            m_hub.candidatesForClient(message->sessionId, std::move(passed));
        else
            m_cluster.passCandidates(CandidatesPassed::To::Client, message->sessionId,
                                     std::move(passed));
    } else if (std::holds_alternative<protocol::SessionDisconnect>(message->payload)) {
        m_state.life.end(message->sessionId, relay::CloseNormal, "Session closed");
    }
}

} // namespace higgs::server
