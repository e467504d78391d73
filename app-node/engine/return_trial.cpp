// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/return_trial.h"

#include <algorithm>

namespace higgs::node {

namespace {

/// What is not answered is asked so often, and the machine asks as often: on a line that loses,
/// or past a server that a guest keeps busy, chance must not look like a firewall.
constexpr unsigned Rounds = 8;
constexpr Milliseconds Pace{400};
/// After the last round, longer than any line that a guest can use: a second and a half by
/// satellite and radio. Not from the start on: a machine that stood still in between has not asked.
constexpr Milliseconds Patience{2'200};
/// Of ports that nobody has for good (RFC 6335).
constexpr unsigned FirstPort = 49'152;
constexpr unsigned Ports = 16'384;

std::uint32_t numberFrom(const protocol::StunTransactionId &id)
{
    std::uint32_t number = 0;
    for (std::size_t i = id.size() - sizeof number; i < id.size(); ++i)
        number = number << 8 | id.at(i);
    return number;
}

bool answers(const protocol::StunMessage &message,
             const std::vector<protocol::StunTransactionId> &asked)
{
    return message.messageClass == protocol::StunClass::Success &&
           message.method == protocol::StunBindingMethod &&
           std::count(asked.begin(), asked.end(), message.transaction) > 0;
}

} // namespace

ReturnTrial::ReturnTrial(Monotonic now, const ReturnQuestions &questions, NewId newId)
    : m_newId(std::move(newId)), m_next(now), m_end(now)
{
    add(questions, questions.responders, UdpProtocol, true);
    add(questions, questions.stun, UdpProtocol, false);
    add(questions, questions.services, TcpProtocol, false);
}

void ReturnTrial::add(const ReturnQuestions &questions, const std::vector<Endpoint> &places,
                      std::uint8_t protocol, bool inside)
{
    for (const Endpoint &place : places) {
        const auto guest = std::find_if(
            questions.guests.begin(), questions.guests.end(), [&place](const IpAddress &each) {
                return !each.isNull() && each.family() == place.address.family();
            });
        if (guest == questions.guests.end())
            continue;
        const std::uint32_t number = numberFrom(m_newId());
        const auto port = static_cast<std::uint16_t>(FirstPort + number % Ports);
        m_questions.push_back({.from = {*guest, port},
                               .to = place,
                               .protocol = protocol,
                               .inside = inside,
                               .sequence = number});
    }
}

Bytes ReturnTrial::packetFor(Question &question)
{
    if (question.protocol == TcpProtocol)
        return tcpPacket(question.from, question.to,
                         {.sequence = question.sequence, .acknowledged = 0, .flags = TcpSyn});
    protocol::StunMessage request;
    request.transaction = m_newId();
    question.asked.push_back(request.transaction);
    return udpPacket(question.from, question.to,
                     encodeStun(request, {.integrity = {}, .fingerprint = true}));
}

ReturnTrial::Round ReturnTrial::due(Monotonic now)
{
    Round round;
    if (now < m_next || m_rounds == Rounds)
        return round;
    m_next = now + Pace;
    m_end = now + Patience;
    ++m_rounds;
    for (Question &question : m_questions) {
        if (question.answered)
            continue;
        ++question.rounds;
        round.packets.push_back(packetFor(question));
        round.own.push_back({question.to, question.protocol});
    }
    return round;
}

std::vector<Bytes> ReturnTrial::heard(ByteSpan packet)
{
    const std::optional<TransportPacket> came = parseTransport(packet);
    if (!came)
        return {};
    for (Question &question : m_questions) {
        if (came->protocol != question.protocol || came->from != question.to ||
            came->to != question.from)
            continue;
        if (question.protocol == UdpProtocol) {
            const auto message = protocol::decodeStun(came->payload);
            question.answered = question.answered || (message && answers(*message, question.asked));
            continue;
        }
        if (came->segment.acknowledged != question.sequence + 1)
            continue;
        question.answered = true;                  // also by a refusal: it came back
        if ((came->segment.flags & TcpReset) == 0) // nobody waits for a guest that is none
            return {tcpPacket(
                question.from, question.to,
                {.sequence = came->segment.acknowledged, .acknowledged = 0, .flags = TcpReset})};
    }
    return {};
}

void ReturnTrial::ownAnswered(const Place &place)
{
    for (Question &question : m_questions) {
        if (question.to == place.endpoint && question.protocol == place.protocol)
            ++question.ownAnswers;
    }
}

Monotonic ReturnTrial::deadline() const
{
    return m_rounds < Rounds ? m_next : m_end;
}

/// The machine was answered most times: also by the node itself, whom a guest may keep busy.
bool ReturnTrial::isLost(const Question &question)
{
    return !question.answered && question.ownAnswers * 2 >= std::max(question.rounds, 2U);
}

bool ReturnTrial::allAnswered() const
{
    return std::all_of(m_questions.begin(), m_questions.end(),
                       [](const Question &each) { return each.answered; });
}

std::optional<ReturnVerdict> ReturnTrial::verdict(Monotonic now) const
{
    if (!m_questions.empty() && allAnswered())
        return ReturnVerdict{ReturnOutcome::Through, {}};
    if (!m_questions.empty() && (m_rounds < Rounds || now < m_end))
        return std::nullopt;
    ReturnVerdict verdict;
    for (const Question &each : m_questions) {
        if (each.answered) {
            if (verdict.outcome == ReturnOutcome::Unproven)
                verdict.outcome = ReturnOutcome::Through;
            continue;
        }
        if (!isLost(each))
            continue;
        verdict.outcome = ReturnOutcome::Lost;
        verdict.lost +=
            (verdict.lost.empty() ? "" : " and ") +
            std::string(each.inside ? "what this node answers" : "what the Internet answers") +
            " over " + (each.to.address.isV4() ? "IPv4" : "IPv6") +
            (each.protocol == TcpProtocol ? " (TCP)" : " (UDP)");
    }
    return verdict;
}

} // namespace higgs::node
