// SPDX-License-Identifier: GPL-3.0-or-later
// How the router in front of a socket maps and filters, found out by questions to STUN servers
// (RFC 5780 section 4, in RFC 3489's four names). Without socket, clock or randomness.
#pragma once

#include "shared/base/clock.h"
#include "shared/protocol/nat_type.h"
#include "shared/protocol/stun.h"

#include <optional>
#include <span>
#include <vector>

namespace higgs {

enum class NatMapping : std::uint8_t {
    Unknown,
    None,        ///< the server sees the socket's own address
    Independent, ///< one for all other ends
    Dependent,   ///< another one for another end
};

enum class NatFiltering : std::uint8_t {
    Unknown,
    None,
    ByAddress,
    ByAddressAndPort,
};

/// Of a router that gives its ports in order.
struct PortOrder
{
    std::uint16_t step = 0; ///< how far the next new end's port is from the last one's
    std::uint16_t last = 0;

    friend bool operator==(const PortOrder &, const PortOrder &) = default;
};

/// Of mappings in the order of their making, whether they are in order: the last three of one
/// address, at equal or at short distances, as once may be chance. Pure.
std::optional<PortOrder> portOrder(std::span<const Endpoint> mappings);

struct NatFindings
{
    NatMapping mapping = NatMapping::Unknown;
    NatFiltering filtering = NatFiltering::Unknown;
    bool blocked = false; ///< not one server answered
    /// And not one question left: a firewall of this machine refuses them. The network's may, too.
    bool ownFirewall = false;
    std::optional<Endpoint> mapped;
    Endpoint local; ///< what `mapped` is the mapping of; null: nobody answered
    /// A router that gives its ports in order: how far the next new end's is from the last one's.
    std::optional<std::uint16_t> portStep;
    std::uint16_t lastPort = 0; ///< the last end's, of such a router

    std::vector<Endpoint> answered; ///< servers, each once, as they were asked
    unsigned questions = 0;         ///< datagrams that were sent
    std::size_t bytes = 0;          ///< of them, without headers
    Milliseconds took{0};
    std::optional<Monotonic> alternateAsked; ///< from then on the filter lets its answers pass

    /// With an unknown filter the strictest one: Firewalled, or PortRestricted.
    [[nodiscard]] protocol::NatType type() const;
};

/// Which questions have to be asked, and what the answers mean. The filter is asked about first:
/// a packet to the server's second place would open it. A server of one address has a second port
/// at best, beside the first in the list: mappings are compared there, and a filter that lets it in
/// is known to be no stricter than by address; its silence may be the server's. A question that is
/// not answered is repeated, and counts as filtered only when others, asked beside it, were
/// answered.
class NatClassifier
{
public:
    struct Question
    {
        Endpoint to;
        Endpoint answerFrom; ///< no answer from elsewhere counts
        Bytes message;
    };

    /// At least so long after a packet to the second address filters are as if it never was.
    static constexpr Seconds FilterMemory{300};

    /// `servers`, not empty, of one family: the first that answers is the one that may have a
    /// second address, the others are what its mapping is compared at otherwise. `before`: what
    /// was found by the same socket, which is taken over if the mapping is the same and the filter
    /// may remember the last questions.
    NatClassifier(std::vector<Endpoint> servers, Monotonic now,
                  std::optional<NatFindings> before = {});
    /// Whether another end gets another mapping, and no more: two round trips, where the filter
    /// takes a second and more. It is left open to the server's second place.
    static NatClassifier ofMapping(std::vector<Endpoint> servers, Monotonic now);

    [[nodiscard]] bool isDone() const { return m_state == State::Done; }
    [[nodiscard]] const NatFindings &findings() const { return m_findings; }
    [[nodiscard]] IpAddress::Family family() const
    {
        return m_servers.empty() ? IpAddress::Family::V4 : m_servers.front().address.family();
    }
    /// When poll() will have something to say; not to be asked when done.
    [[nodiscard]] Monotonic deadline() const;

    /// The next question that is due; to be called until there is none. `transaction` must be
    /// random, and is used only if there is one.
    std::optional<Question> poll(Monotonic now, const protocol::StunTransactionId &transaction);
    /// `local`: to what address of ours it came.
    void handle(Monotonic now, const protocol::StunMessage &answer, const Endpoint &from,
                const Endpoint &local);

    enum class State : std::uint8_t { Asking, Filtering, Comparing, Stepping, Done };
    enum class Event : std::uint8_t {
        Silent,     ///< the last server or destination that was asked
        Remembered, ///< nothing has changed since the last time
        HasSecond,  ///< the server answered, and has a second address or port
        HasNone,    ///< it answered, and there may be other servers
        Judged,     ///< the filter
        Same,       ///< mapping as at the first server
        Differs,
        Nobody, ///< is left to compare with
    };

private:
    enum class Kind : std::uint8_t { Plain, Control, ChangePort, ChangeBoth };
    struct Sent
    {
        protocol::StunTransactionId transaction{};
        Kind kind = Kind::Plain;
        Endpoint from;
        Monotonic at;
    };

    void expire(Monotonic now);
    void ask(Monotonic now);
    void askFilter(Monotonic now);
    void answeredFirst(Monotonic now, const protocol::StunMessage &answer, const Sent &sent,
                       const Endpoint &local);
    void answeredFilter(Monotonic now, const Sent &sent);
    void answeredComparison(Monotonic now);
    void nextDestination(Monotonic now);
    void happen(Monotonic now, Event event);
    void finish(Monotonic now);
    [[nodiscard]] Endpoint destination() const;
    [[nodiscard]] bool opensFilter(const Endpoint &to) const;
    [[nodiscard]] Sent planned(Kind kind, Monotonic now,
                               const protocol::StunTransactionId &transaction) const;

    std::vector<Endpoint> m_servers;
    std::optional<NatFindings> m_before;
    Monotonic m_begun;
    bool m_mappingOnly = false;
    State m_state = State::Asking;
    NatFindings m_findings;

    std::size_t m_server = 0;             ///< of m_servers, that is asked, or answered
    std::optional<Endpoint> m_other;      ///< its second address and port
    std::optional<Endpoint> m_sibling;    ///< its second port, where it has no second address
    std::vector<Endpoint> m_destinations; ///< whose mappings are compared, in this order
    std::size_t m_destination = 0;
    std::vector<Endpoint> m_mappings; ///< in the order of their making

    std::vector<Kind> m_due;
    std::vector<Sent> m_sent;
    Monotonic m_next; ///< when something is due again
    std::size_t m_try = 0;
    Milliseconds m_roundTrip{0};
    unsigned m_controls = 0; ///< that were answered
    bool m_portPassed = false;
};

} // namespace higgs
