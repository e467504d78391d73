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

    /// Whole IP packets that a guest sends now.
    std::vector<Bytes> due(Monotonic now);
    /// What came for the guest; the packets that it answers with.
    std::vector<Bytes> heard(ByteSpan packet);
    /// This machine's own question there was answered.
    void ownAnswered(const Endpoint &place);

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
        bool inside = false; ///< to the node itself, which always answers
        std::uint32_t sequence = 0;
        std::vector<protocol::StunTransactionId> asked{};
        bool answered = false;
        bool ownAnswered = false;
    };

    void add(const ReturnQuestions &questions, const std::vector<Endpoint> &places,
             std::uint8_t protocol, bool inside);
    Bytes packetFor(Question &question);
    [[nodiscard]] bool allAnswered() const;

    NewId m_newId;
    std::vector<Question> m_questions;
    Monotonic m_next;
    Milliseconds m_wait;
    Monotonic m_end;
};

} // namespace higgs::node
