// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's one UDP socket to the world: STUN, probes of other ends and their datagrams come by
// it and are told apart here, so that what a router maps for one of them is mapped for all.
#pragma once

#include "shared/base/datagram.h"
#include "shared/base/endpoint.h"
#include "shared/paths/mux_counters.h"
#include "shared/protocol/connection_limit.h"
#include "shared/protocol/stun.h"
#include "shared/reactor/epoll_set.h"
#include "shared/reactor/udp_batch.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace higgs {

struct UdpMuxOptions
{
    std::uint16_t port = 0;            ///< 0: any
    std::optional<std::uint32_t> mark; ///< SO_MARK
    std::string interfaceName;         ///< SO_BINDTODEVICE; empty: any
};

/// How a datagram came. No address is an IPv4-mapped one.
struct MuxArrival
{
    Endpoint from;
    Endpoint to;                      ///< of this machine
    std::optional<unsigned> hopLimit; ///< that was left
};

/// Who takes part in STUN on the mux. Called on its thread; both may end the party, and the mux.
class StunParty
{
public:
    virtual void stunReceived(const protocol::StunMessage &message, ByteSpan datagram,
                              const MuxArrival &arrival) = 0;

protected:
    ~StunParty() = default;
};

/// Lives on the thread of its EpollSet. Whoever is entered here takes itself out before it dies,
/// also from inside a call. What nobody is entered for is dropped without a word, and counted.
///
/// It reads for everybody, so it waits for no one: a sink without room drops by itself.
class UdpMux : private EpollSource
{
public:
    /// The hop limit of what is sent: what arrives with it has passed no router (RFC 5082).
    static constexpr unsigned AllHops = 255;
    /// A session each of as many as a node may have, and the way in use and one more of each: some
    /// 200 bytes a session and 100 an address, so 4 MB at most.
    static constexpr std::size_t MaxServed = protocol::MaxConnectionsLimit;
    static constexpr std::size_t MaxPeers = 2 * MaxServed;
    /// TURN servers at which something of ours is allocated.
    static constexpr std::size_t MaxAttended = 16;
    /// Seven transmissions of each question (RFC 8489 section 6.2.1), of probes several at a time.
    /// What probes may take is two a session, some 100 bytes each: how many there are is for other
    /// ends to say, and the daemon's own questions to servers do not wait for them.
    static constexpr std::size_t MaxProbes = 2 * MaxServed;
    static constexpr std::size_t MaxTransactions = MaxProbes + 512;

    /// Both families where the machine has IPv6, else IPv4 alone. AlreadyExists when the port is
    /// taken; else as openUdpSocket().
    static Result<std::unique_ptr<UdpMux>> open(EpollSet &epoll, const UdpMuxOptions &options);
    ~UdpMux() override;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    /// It has another port than it was to have; 0: any will do.
    [[nodiscard]] bool lacks(std::uint16_t port) const { return port != 0 && port != m_port; }
    [[nodiscard]] bool carries(IpAddress::Family family) const
    {
        return family == IpAddress::Family::V4 || (m_dual && family == IpAddress::Family::V6);
    }

    /// What the kernel does not take is dropped and counted.
    void send(const Endpoint &to, std::span<const ByteSpan> datagrams);
    /// A single one, with what came of it: Permission when a firewall of this machine forbids it,
    /// Unavailable when the kernel has no room now, Network when there is no way there.
    Result<void> send(const Endpoint &to, ByteSpan datagram);
    /// For paths that send by it: as DatagramSink has them.
    [[nodiscard]] std::size_t room() const;
    void whenRoom(RoomWaiter &waiter) { m_waiters.add(waiter); }

    /// Answers to this transaction from `server`, until forget(). TooLarge at the limit.
    Result<void> expect(const protocol::StunTransactionId &transaction, const Endpoint &server,
                        StunParty &party);
    /// The same of another end of a session. TooLarge at MaxProbes, too.
    Result<void> expectProbe(const protocol::StunTransactionId &transaction, const Endpoint &peer,
                             StunParty &party);
    void forget(const protocol::StunTransactionId &transaction);
    /// Requests with this USERNAME. AlreadyExists for a name that is served, TooLarge at the limit.
    Result<void> serve(const std::string &userName, StunParty &party);
    void stopServing(const std::string &userName) { m_served.erase(userName); }
    /// Indications from this server, of any kind: what its peers send comes so. A later entry
    /// replaces an earlier one. TooLarge at the limit.
    Result<void> attend(const Endpoint &server, StunParty &party);
    /// No-op where another party has taken the place.
    void stopAttending(const Endpoint &server, const StunParty &party);
    /// Whatever else comes from there, ChannelData too. A later entry replaces an earlier one, if
    /// it `replaces`, else AlreadyExists. TooLarge at the limit.
    Result<void> receiveFrom(const Endpoint &peer, DatagramSink &sink, bool replaces = true);
    /// No-op where another sink has taken the place.
    void stopReceiving(const Endpoint &peer, const DatagramSink &sink);

    [[nodiscard]] MuxCounters counters() const;
    /// How many answers came in this family, from whom they were asked: UDP passes both ways.
    [[nodiscard]] std::uint64_t heard(IpAddress::Family family) const
    {
        return family == IpAddress::Family::V4 ? m_heard4 : m_heard6;
    }
    /// What somebody who is entered here refused by itself.
    void note(const MuxCounters &more) { m_counters += more; }
    void note(std::uint64_t MuxCounters::*kind) { ++(m_counters.*kind); }

private:
    struct Asked
    {
        Endpoint server;
        StunParty *party = nullptr;
        bool probe = false;
    };

    UdpMux(EpollSet &epoll, int fd, bool dual);
    void ready(std::uint32_t events) override;
    void receive();
    [[nodiscard]] MuxArrival arrival(std::size_t message) const;
    void deliver(std::size_t message);
    void passOn();
    void deliverStun(std::size_t message, ByteSpan datagram);
    void updateInterest();
    [[nodiscard]] Endpoint target(const Endpoint &to) const;

    EpollSet &m_epoll;
    int m_fd;
    bool m_dual;
    std::uint16_t m_port = 0;
    std::uint32_t m_interest = 0;
    UdpArrivals m_arrivals;
    UdpDepartures m_departures;
    RoomWaiters m_waiters;
    std::map<protocol::StunTransactionId, Asked> m_asked;
    std::size_t m_probes = 0; ///< of those
    std::map<std::string, StunParty *, std::less<>> m_served;
    std::map<Endpoint, StunParty *> m_attended;
    std::map<Endpoint, DatagramSink *> m_peers;
    std::vector<ByteSpan> m_run; ///< of one sender, and not yet passed on
    Endpoint m_runFrom;
    MuxCounters m_counters;
    std::uint64_t m_heard4 = 0;
    std::uint64_t m_heard6 = 0;
    /// False once the mux is gone, for whoever is in one of its calls.
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace higgs
