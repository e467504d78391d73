// SPDX-License-Identifier: GPL-3.0-or-later
// The straight way to the other end, by the daemon's UDP socket, as one of a session's paths: tells
// where we are, probes where the other end is, and carries datagrams while a way stands.
#pragma once

#include "shared/net/named_endpoints.h"
#include "shared/paths/check_message.h"
#include "shared/paths/own_place.h"
#include "shared/paths/path.h"
#include "shared/paths/path_checks.h"
#include "shared/paths/udp_mux.h"

#include <QTimer>
#include <map>
#include <set>

namespace higgs {

struct DirectMemberOptions
{
    CheckCodec codec;
    bool decides = false; ///< the client
    /// Which of the other end's addresses may be sent to, at the moment of asking.
    EndpointCheck check;
    /// The same of one that is in this network, or says so.
    std::function<Result<CheckedEndpoint>(const Endpoint &)> checkNeighbour{};
    protocol::NatType peerNat = protocol::NatType::Unknown;
    /// Has the ports counted that our router gives in order, by portsCounted() from the event loop;
    /// asked where OwnPlace says that it is such a one, before new addresses are probed.
    std::function<void()> countPorts{};
};

/// Never closes but by close(): what was not found may be found later. Must die before the mux.
class DirectMember : public Path, private StunParty
{
    Q_OBJECT

public:
    DirectMember(UdpMux &mux, DirectMemberOptions options);
    ~DirectMember() override;

    [[nodiscard]] protocol::PathType type() const override { return protocol::PathType::Direct; }
    void open() override;
    void close() override;
    void setReceiver(DatagramSink *receiver) override { m_inbound.receiver = receiver; }
    void take(std::span<const ByteSpan> datagrams) override;
    [[nodiscard]] std::size_t room() const override { return m_mux.room(); }
    void whenRoom(RoomWaiter &waiter) override { m_mux.whenRoom(waiter); }
    [[nodiscard]] std::optional<protocol::PathReason> reason() const override;
    void detach() override;
    void hurry() override;
    void cameByAnother() override;
    void hear(const protocol::RelayControl &control) override;
    void tellAnew() override;

    /// Told to the other end, now and whenever it can hear.
    void setOwnPlace(OwnPlace place);
    /// The router's ports as they are now, if they were asked for.
    void portsCounted(const OwnPlace &place);
    void setPeerNat(protocol::NatType type);
    /// Where the other end is, by another messenger than hear()'s.
    void hearCandidates(std::span<const protocol::Candidate> candidates);

    [[nodiscard]] std::optional<Endpoint> remote() const;
    [[nodiscard]] std::optional<double> rttMs() const { return m_checks.rttMs(); }

private:
    /// Datagrams of the other end, from wherever it proved to be.
    class Inbound : public DatagramSink
    {
    public:
        explicit Inbound(PathChecks &checks) : m_checks(checks) {}
        void take(std::span<const ByteSpan> datagrams) override;
        DatagramSink *receiver = nullptr;

    private:
        PathChecks &m_checks;
    };

    void stunReceived(const protocol::StunMessage &message, ByteSpan datagram,
                      const MuxArrival &arrival) override;
    void asked(std::uint64_t number, const protocol::StunMessage &message,
               const MuxArrival &arrival);
    void advance();
    bool countsFirst();
    [[nodiscard]] bool isInside(const Endpoint &address) const;
    [[nodiscard]] bool isOutside(const Endpoint &address) const;
    [[nodiscard]] std::optional<CheckTarget> target(const protocol::Candidate &candidate) const;
    void answer(const Endpoint &to, const protocol::StunTransactionId &transaction);
    void probe(const PathChecks::Probe &probe);
    void listen();
    void forgetAnswers();
    void tellPhase(Monotonic now);
    void schedule(Monotonic now);

    UdpMux &m_mux;
    DirectMemberOptions m_options;
    PathChecks m_checks;
    Inbound m_inbound;
    OwnPlace m_own;
    std::vector<protocol::Candidate> m_told; ///< to the other end
    std::vector<protocol::Candidate> m_heard;
    bool m_neighbour = false; ///< the other end is behind our router
    bool m_counting = false;  ///< nothing is told or probed until the ports are known
    bool m_late = false;      ///< probes had left before it was known that they are to be counted
    bool m_probed = false;
    std::optional<Monotonic> m_countedAt;
    PathPhase m_phase = PathPhase::Opening;
    std::optional<Endpoint> m_to; ///< the chosen way
    std::set<Endpoint> m_listening;
    std::set<protocol::StunTransactionId> m_expected;
    /// Requests that are answered as soon as who asked has proved to be there; the latest of each.
    std::map<Endpoint, protocol::StunTransactionId> m_held;
    std::optional<protocol::PathReason> m_reason;
    bool m_served = false;
    QTimer m_timer;
    QTimer m_trafficTimer; ///< since the first datagram after the last look
};

} // namespace higgs
