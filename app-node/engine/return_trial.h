// SPDX-License-Identifier: GPL-3.0-or-later
// Whether guests get answers: the same questions asked as a guest, through the exit, and beside it
// by this machine for itself. What only the machine is answered is lost between the exit and its
// guests, whatever the reason. A pure core.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/stun.h"
#include "shared/tunnel/ip_packet.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace higgs::node {

struct ReturnQuestions
{
    std::vector<IpAddress> guests;    ///< as whom it is asked; one a family
    std::vector<Endpoint> responders; ///< the node's own for guests, over UDP
    std::vector<Endpoint> stun;       ///< beyond the router, over UDP
    std::vector<Endpoint> services;   ///< beyond the router, over TCP
};

enum class ReturnOutcome : std::uint8_t {
    Through,  ///< guests get what the machine gets
    Lost,     ///< they do not
    Unproven, ///< nobody answers the machine either
};

struct ReturnVerdict
{
    ReturnOutcome outcome = ReturnOutcome::Unproven;
    std::string lost; ///< with Lost: what, as a sentence's subject
};

class ReturnTrial
{
public:
    /// Ids that nobody can guess; of each a port and a sequence number are made as well.
    using NewId = std::function<protocol::StunTransactionId()>;

    /// Questions of families that no guest has are not asked.
    ReturnTrial(Monotonic now, const ReturnQuestions &questions, NewId newId);

    struct Place
    {
        Endpoint endpoint;
        std::uint8_t protocol = UdpProtocol;
    };
    struct Round
    {
        std::vector<Bytes> packets; ///< whole IP packets that a guest sends now
        std::vector<Place> own;     ///< whom this machine asks beside it, once each
    };

    Round due(Monotonic now);
    /// What came for the guest; the packets that it answers with.
    std::vector<Bytes> heard(ByteSpan packet);
    /// One of this machine's own questions there was answered.
    void ownAnswered(const Place &place);

    /// When due() or verdict() has something new to say.
    [[nodiscard]] Monotonic deadline() const;
    /// Nothing while answers may come.
    [[nodiscard]] std::optional<ReturnVerdict> verdict(Monotonic now) const;

private:
    struct Question
    {
        Endpoint from;
        Endpoint to;
        std::uint8_t protocol = UdpProtocol;
        bool inside = false; ///< to the node itself
        std::uint32_t sequence = 0;
        std::vector<protocol::StunTransactionId> asked{};
        unsigned rounds = 0; ///< in which it was asked
        unsigned ownAnswers = 0;
        bool answered = false;
    };

    void add(const ReturnQuestions &questions, const std::vector<Endpoint> &places,
             std::uint8_t protocol, bool inside);
    Bytes packetFor(Question &question);
    [[nodiscard]] bool allAnswered() const;
    [[nodiscard]] static bool isLost(const Question &question);

    NewId m_newId;
    std::vector<Question> m_questions;
    Monotonic m_next;
    unsigned m_rounds = 0;
    Monotonic m_end;
};

} // namespace higgs::node
