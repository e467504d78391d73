// SPDX-License-Identifier: GPL-3.0-or-later
// UDP to the other end as one of a session's paths: tells where we are, probes where the other end
// is, and carries datagrams while a way stands. Straight, by the daemon's UDP socket; or, where no
// straight way is found, by an allocation on a TURN server, which the client makes and the node
// sees as one more address of the client's.
#pragma once

#include "shared/base/pace.h"
#include "shared/net/named_endpoints.h"
#include "shared/paths/check_message.h"
#include "shared/paths/own_place.h"
#include "shared/paths/path.h"
#include "shared/paths/path_checks.h"
#include "shared/paths/turn_lease.h"
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
    /// The same of those that the other end has on a TURN server; empty: as `check`.
    EndpointCheck checkRelayed{};
    /// The same of one that is in this network, or says so.
    std::function<Result<CheckedEndpoint>(const Endpoint &)> checkNeighbour{};
    /// Whether it may write to one more address of its own network because the other end says that
    /// it is there. Null: never.
    std::function<bool()> mayKnock{};
    /// By a clock that does not go back from one run to the next: the server's. This end's numbers
    /// begin there.
    WallTime startedAt = wallNow();
    protocol::NatType peerNat = protocol::NatType::Unknown;
    /// Has the ports counted that our router gives in order, by portsCounted() from the event loop;
    /// asked where OwnPlace says that it is such a one, before new addresses are probed.
    std::function<void()> countPorts{};
    /// By which an allocation is to be had; null: none.
    std::unique_ptr<TurnLease> turn{};
    /// False: by TURN alone, and nothing is told or asked by which the ends could meet straight.
    bool straight = true;
    /// Nothing else is to carry: a way that is lost is looked for like the first one before that is
    /// anybody's news.
    bool alone = false;
};

/// Never closes but by close(): what was not found may be found later. Must die before the mux.
class DirectMember : public Path, private StunParty, private TurnLeaseReceiver, private RoomWaiter
{
    Q_OBJECT

public:
    /// A straight way is looked for alone so long; also after one that broke.
    static constexpr Milliseconds TurnAfter{2'000};
    /// An allocation is kept so long beside a straight way.
    static constexpr Milliseconds TurnKept{30'000};
    /// One by which no way was found in that time is given back: the other end has none to it.
    static constexpr Milliseconds TurnSearch{15'000};
    /// Addresses of its own network that an end writes to on the other's word, over a session: two
    /// families', twice; and the client, which is to find its exit there, as many again.
    static constexpr std::size_t MaxKnocked = 4;
    static constexpr std::size_t MaxSearched = 8;
    /// An other end that answers and is silent in turn raises as many doubts as it likes: each has
    /// STUN servers asked, and the other end told.
    static constexpr unsigned DoubtsAtOnce = 12;
    static constexpr Milliseconds DoubtInterval{10'000};
    /// As the server passes them on.
    static constexpr unsigned TellsAtOnce = 8;
    static constexpr Milliseconds TellInterval{1'000};

    DirectMember(UdpMux &mux, DirectMemberOptions options);
    ~DirectMember() override;

    /// Direct or Turn, by the way in use.
    [[nodiscard]] protocol::PathType type() const override;
    void open() override;
    void close() override;
    void setReceiver(DatagramSink *receiver) override { m_inbound.receiver = receiver; }
    void take(std::span<const ByteSpan> datagrams) override;
    [[nodiscard]] std::size_t room() const override;
    void whenRoom(RoomWaiter &waiter) override;
    [[nodiscard]] std::optional<protocol::PathReason> reason() const override;
    /// Of TURN.
    [[nodiscard]] std::optional<Error> fault() const override;
    [[nodiscard]] std::uint64_t dropped() const override { return m_dropped; }
    void detach() override;
    void hurry() override;
    void woke() override;
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

Q_SIGNALS:
    /// The way in use misses an answer: where we are may not be true any more.
    void doubtful();

private:
    /// Datagrams of the other end, from wherever it proved to be.
    class Inbound : public DatagramSink
    {
    public:
        Inbound(PathChecks &checks, QTimer &timer) : m_checks(checks), m_timer(timer) {}
        void take(std::span<const ByteSpan> datagrams) override;
        DatagramSink *receiver = nullptr;

    private:
        PathChecks &m_checks;
        QTimer &m_timer;
    };

    void stunReceived(const protocol::StunMessage &message, ByteSpan datagram,
                      const MuxArrival &arrival) override;
    void stunCame(const protocol::StunMessage &message, ByteSpan datagram, const CheckWay &from,
                  std::optional<unsigned> hopLimit);
    /// `size`: of the request, if it is padded.
    void asked(std::uint64_t number, const protocol::StunMessage &message, std::size_t size,
               const CheckWay &from, std::optional<unsigned> hopLimit);
    /// Network: this machine has no route there.
    Result<void> send(const CheckWay &to, ByteSpan datagram);
    void noteRoute(const Endpoint &to, bool routed);
    [[nodiscard]] bool isRouted(IpAddress::Family family) const;
    void advance();
    bool countsFirst();
    [[nodiscard]] bool isInside(const Endpoint &address) const;
    [[nodiscard]] bool isOutside(const Endpoint &address) const;
    [[nodiscard]] std::optional<CheckTarget> target(const protocol::Candidate &candidate);
    bool knocks(const Endpoint &address);
    [[nodiscard]] bool hears(const CheckWay &from) const;
    void answer(const CheckWay &to, const protocol::StunTransactionId &transaction,
                std::size_t size = 0);
    void roomAgain() override { tellRoom(); }
    [[nodiscard]] std::vector<protocol::Candidate> candidates() const;
    void tellTargets();
    [[nodiscard]] bool isRelayed(const Endpoint &address) const;
    void probe(const PathChecks::Probe &probe);
    void noteOpened(const protocol::StunMessage &answer, const Endpoint &from);
    void listen();
    void forgetAnswers();
    [[nodiscard]] bool speaksAnotherFamily() const;
    void tellPhase(Monotonic now);
    void schedule(Monotonic now);
    void noteRefused();

    // TURN
    void turnReceived(std::uint32_t number, const Endpoint &peer,
                      std::span<const ByteSpan> datagrams) override;
    void turnChanged();
    void turnFailed();
    void addTurnTargets(std::vector<CheckTarget> &targets);
    [[nodiscard]] std::vector<Endpoint> turnPeers() const;
    /// `before`: the way that was in use until now.
    void judgeTurn(Monotonic now, const std::optional<CheckTarget> &before);
    void wantTurn();
    [[nodiscard]] DatagramSink *turnSink(const CheckWay &way) const;

    UdpMux &m_mux;
    DirectMemberOptions m_options;
    PathChecks m_checks;
    Inbound m_inbound;
    OwnPlace m_own;
    std::map<Endpoint, bool> m_routes;       ///< to who has answered: whether one was there
    std::vector<protocol::Candidate> m_told; ///< to the other end
    std::vector<protocol::Candidate> m_heard;
    bool m_neighbour = false;     ///< the other end is behind our router
    std::set<Endpoint> m_knocked; ///< of this network, and told still
    std::size_t m_knocks = 0;     ///< over this object's life
    bool m_counting = false;      ///< nothing is told or probed until the ports are known
    bool m_late = false; ///< probes had left before it was known that they are to be counted
    bool m_probed = false;
    std::optional<Monotonic> m_countedAt;
    PathPhase m_phase = PathPhase::Opening;
    std::optional<CheckTarget> m_to; ///< the chosen way
    std::set<Endpoint> m_opened;     ///< ways by a port that a router was asked to open
    std::set<Endpoint> m_listening;
    std::set<CheckWay> m_turnTrusted; ///< from where datagrams are the other end's
    std::vector<std::uint32_t> m_allocations;
    std::optional<Monotonic> m_turnGood; ///< since when TURN is looked for, or last found
    QTimer m_turnTimer;                  ///< until it is wanted
    QTimer m_turnEnd;                    ///< until it is given back
    std::set<protocol::StunTransactionId> m_expected;
    /// Requests that are answered as soon as who asked has proved to be there; the latest of each.
    std::map<CheckWay, protocol::StunTransactionId> m_held;
    std::optional<protocol::PathReason> m_reason;
    std::uint64_t m_dropped = 0; ///< for want of a way
    bool m_served = false;
    bool m_doubtful = false;
    CheckCounters m_noted; ///< of the checks', what the mux has
    Pace m_doubts{DoubtsAtOnce, DoubtInterval};
    Pace m_tells{TellsAtOnce, TellInterval};
    QTimer m_tellTimer; ///< until the other end may be told again
    QTimer m_timer;
    QTimer m_trafficTimer; ///< since the first datagram after the last look
};

} // namespace higgs
