// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked of the home's router, when, and what of its answers is believed: one UDP port of
// this machine, by PCP, else NAT-PMP, else UPnP. Without sockets, clock or randomness.
#pragma once

#include "shared/portmap/nat_pmp_message.h"
#include "shared/portmap/pcp_message.h"

#include <optional>
#include <string_view>
#include <vector>

namespace higgs::portmap {

enum class MappingProtocol : std::uint8_t { Pcp, NatPmp, Upnp };

/// "pcp", "nat-pmp", "upnp".
std::string_view toString(MappingProtocol protocol);

enum class MappingState : std::uint8_t {
    Off,              ///< nothing is shared
    Forbidden,        ///< by the owner
    NoRouter,         ///< there is none, or it is not of this network
    Asking,           ///< nothing is known yet
    Mapped,           ///< and the address is the one that others see
    Unconfirmed,      ///< mapped, and nobody has said yet what others see
    Mismatch,         ///< mapped at another address than others see: not believed
    BehindAnotherNat, ///< the router's own address is not public: the mapping is of no use
    Refused,          ///< the router offers it, and does not do it
    Unavailable,      ///< no router offers it
};

/// "off", "forbidden", "no-router", "asking", "mapped", "unconfirmed", "mismatch",
/// "behind-another-nat", "refused", "unavailable".
std::string_view toString(MappingState state);

struct MappingStatus
{
    MappingState state = MappingState::Off;
    std::optional<MappingProtocol> protocol; ///< that the router speaks
    Endpoint external;                       ///< as the router says; null: unknown

    friend bool operator==(const MappingStatus &, const MappingStatus &) = default;
};

/// Of both families.
struct MapperStatus
{
    MappingStatus v4;
    MappingStatus v6;                 ///< a pinhole
    std::uint64_t refusedAnswers = 0; ///< that were not as they have to be, over the mapper's life

    friend bool operator==(const MapperStatus &, const MapperStatus &) = default;
};

struct MappingTerms
{
    Endpoint internal; ///< this machine's address towards the router, and the port
    PcpNonce nonce{};  ///< random
    /// To be tried in this order.
    std::vector<MappingProtocol> protocols;
};

/// What UPnP's driver made of a request.
struct UpnpMapping
{
    Endpoint external;
    Seconds lease{0}; ///< 0: until it is taken away
};

/// For the driver to do: a datagram to the router, or a task for UPnP.
struct MappingTask
{
    enum class Kind : std::uint8_t { Datagram, UpnpMap, UpnpUnmap };
    Kind kind = Kind::Datagram;
    Bytes datagram;
};

/// Of one router and one of its families. A new network or port is a new core.
class PortMappingCore
{
public:
    static constexpr Seconds Lease{3'600};
    /// How often a router is asked whether it has forgotten everything.
    static constexpr Seconds RestartCheck{60};
    /// How often the mapping itself is asked for again, however long its lease: UPnP tells no
    /// restart, and a router may lose its rules without one.
    static constexpr Seconds MapCheck{300};
    /// After which a router that offers nothing may have been configured.
    static constexpr Seconds Rest{600};

    PortMappingCore(MappingTerms terms, Monotonic now);

    /// A datagram that came from the router's own address and port.
    void handle(Monotonic now, ByteSpan datagram);
    /// The router's kernel says that nobody listens there.
    void closed(Monotonic now);
    /// Of the last UpnpMap. Unavailable: there is no such router.
    void upnpAnswered(Monotonic now, const Result<UpnpMapping> &answer);
    /// As which address of this family a STUN server sees this machine.
    void observed(const IpAddress &address) { m_observed = address; }

    /// Something has changed outside: whatever stands is asked for again.
    void askAgain(Monotonic now);

    /// What is to be done now; call until nothing is left.
    std::optional<MappingTask> poll(Monotonic now);
    [[nodiscard]] Monotonic deadline() const { return m_next; }
    /// What takes away all that may have been mapped, at the end.
    std::vector<MappingTask> release();

    [[nodiscard]] MappingStatus status() const;

private:
    enum class Question : std::uint8_t {
        Address, ///< NAT-PMP: the external address
        Map,
        Restart, ///< has the router forgotten?
    };
    enum class Phase : std::uint8_t { Asking, Holding, Resting };

    struct Epoch
    {
        std::uint32_t server = 0;
        Monotonic at;
    };

    [[nodiscard]] MappingProtocol protocol() const { return m_terms.protocols[m_place]; }
    [[nodiscard]] bool isAwaited(Question question) const;
    void begin(Monotonic now, std::size_t place);
    void ask(Monotonic now, Question question);
    void next(Monotonic now, bool refused);
    void failed(Monotonic now, bool refused);
    void mapped(Monotonic now, const Endpoint &external, Seconds lease);
    void schedule(Monotonic now);
    void restarted(Monotonic now, std::uint32_t epoch, bool renewed);
    [[nodiscard]] bool isSane(Monotonic now, std::uint32_t epoch) const;
    void handlePcp(Monotonic now, ByteSpan datagram);
    void handleNatPmp(Monotonic now, ByteSpan datagram);
    [[nodiscard]] MappingTask task() const;
    [[nodiscard]] MappingTask removal(MappingProtocol protocol) const;

    MappingTerms m_terms;
    IpAddress m_observed;
    Phase m_phase = Phase::Asking;
    std::size_t m_place = 0; ///< in the order of protocols
    Question m_question = Question::Map;
    unsigned m_sent = 0;    ///< of this question
    bool m_waiting = false; ///< for its answer
    Monotonic m_next;
    Monotonic m_renewAt;
    std::optional<Monotonic> m_expires; ///< while Holding; none: never
    Endpoint m_external;
    IpAddress m_natPmpAddress;
    std::optional<Epoch> m_epoch;
    bool m_refused = false;              ///< by one that speaks a protocol
    bool m_private = false;              ///< the router's address was not public
    std::vector<MappingProtocol> m_held; ///< by which a mapping may stand
    std::vector<MappingTask> m_removals;
};

} // namespace higgs::portmap
