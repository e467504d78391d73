// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/udp_mux.h"

#include "shared/net/udp_socket.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace higgs {

using protocol::StunClass;

namespace {

/// RFC 8489 section 5: behind type, length and cookie.
constexpr std::size_t TransactionAt = 8;

/// Datagrams of one sender that are passed on together, and one message more.
constexpr std::size_t LongestRun = 512;

protocol::StunTransactionId transactionOf(ByteSpan stun)
{
    protocol::StunTransactionId transaction{};
    std::copy_n(stun.begin() + TransactionAt, transaction.size(), transaction.begin());
    return transaction;
}

/// The class's upper bit: an answer of either kind, and no request or indication.
bool isAnswer(ByteSpan stun)
{
    return (stun[0] & 0x01U) != 0;
}

/// The class's lower bit alone.
bool isIndication(ByteSpan stun)
{
    return (stun[0] & 0x01U) == 0 && (stun[1] & 0x10U) != 0;
}

/// So that a neighbour can be told from whoever writes a neighbour's address as its own.
void sendWithAllHops(int fd)
{
    const int hops = UdpMux::AllHops;
    for (const auto &[level, name] :
         {std::pair(SOL_IP, IP_TTL), std::pair(SOL_IPV6, IPV6_UNICAST_HOPS)})
        (void)::setsockopt(fd, level, name, &hops, sizeof hops); // one family may be missing
}

/// As WireGuard in the kernel sends: where a cable is narrow, routers may cut IPv4 datagrams
/// instead of dropping them, and whoever filters ICMP stops nothing. Of IPv6 the kernel cuts by
/// itself what it was told of; whether that does is for full probes to find out.
void letFragment(int fd)
{
    const int allowed = IP_PMTUDISC_DONT;
    (void)::setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &allowed, sizeof allowed);
}

Unexpected tooMany(const char *what)
{
    return unexpected(ErrorCode::TooLarge, std::string("the UDP socket has too many ") + what);
}

Error sendError(const Endpoint &to)
{
    const int number = errno;
    const std::string what = to.toString() + ": " + std::generic_category().message(number);
    if (number == EPERM)
        return {ErrorCode::Permission, "a firewall on this machine refuses UDP to " + what};
    if (number == EAGAIN || number == ENOBUFS || number == ENOMEM)
        return {ErrorCode::Unavailable, "UDP to " + what};
    return {ErrorCode::Network, "no way to " + what};
}

} // namespace

UdpMux::UdpMux(EpollSet &epoll, int fd, bool dual)
    : m_epoll(epoll), m_fd(fd), m_dual(dual), m_port(localEndpoint(fd).port)
{
    enlargeSocketBuffers(fd);
    receiveTrains(fd);
    describeArrivals(fd);
    sendWithAllHops(fd);
    letFragment(fd);
}

UdpMux::~UdpMux()
{
    *m_alive = false;
    m_epoll.remove(m_fd, *this);
    ::close(m_fd);
}

Result<std::unique_ptr<UdpMux>> UdpMux::open(EpollSet &epoll, const UdpMuxOptions &options)
{
    const UdpSocketOptions socket{.bindToInterface = options.interfaceName, .mark = options.mark};
    bool dual = true;
    auto fd = openUdpSocket({IpAddress::any(IpAddress::Family::V6), options.port}, socket);
    if (!fd && fd.error().code == ErrorCode::Network) { // a machine without IPv6
        dual = false;
        fd = openUdpSocket({IpAddress::any(IpAddress::Family::V4), options.port}, socket);
    }
    if (!fd)
        return unexpected(fd.error());
    std::unique_ptr<UdpMux> mux(new UdpMux(epoll, *fd, dual));
    mux->m_interest = EPOLLIN;
    if (const Result<void> added = epoll.add(*fd, EPOLLIN, *mux); !added)
        return unexpected(added.error());
    return mux;
}

// --- Entries -------------------------------------------------------------------------------------

Result<void> UdpMux::expect(const protocol::StunTransactionId &transaction, const Endpoint &server,
                            StunParty &party)
{
    if (m_asked.size() >= MaxTransactions && !m_asked.contains(transaction))
        return tooMany("questions");
    forget(transaction);
    m_asked[transaction] = {{server.address.unmapped(), server.port}, &party};
    return {};
}

Result<void> UdpMux::expectProbe(const protocol::StunTransactionId &transaction,
                                 const Endpoint &peer, StunParty &party)
{
    if (m_probes >= MaxProbes && !m_asked.contains(transaction))
        return tooMany("probes");
    if (Result<void> expected = expect(transaction, peer, party); !expected)
        return expected;
    m_asked[transaction].probe = true;
    ++m_probes;
    return {};
}

void UdpMux::forget(const protocol::StunTransactionId &transaction)
{
    const auto asked = m_asked.find(transaction);
    if (asked == m_asked.end())
        return;
    if (asked->second.probe)
        --m_probes;
    m_asked.erase(asked);
}

Result<void> UdpMux::serve(const std::string &userName, StunParty &party)
{
    if (m_served.contains(userName))
        return unexpected(ErrorCode::AlreadyExists, "this user name is served already");
    if (m_served.size() >= MaxServed)
        return tooMany("names");
    m_served.emplace(userName, &party);
    return {};
}

Result<void> UdpMux::attend(const Endpoint &server, StunParty &party)
{
    const Endpoint known{server.address.unmapped(), server.port};
    if (m_attended.size() >= MaxAttended && !m_attended.contains(known))
        return tooMany("TURN servers");
    m_attended[known] = &party;
    return {};
}

void UdpMux::stopAttending(const Endpoint &server, const StunParty &party)
{
    const auto found = m_attended.find({server.address.unmapped(), server.port});
    if (found != m_attended.end() && found->second == &party)
        m_attended.erase(found);
}

Result<void> UdpMux::receiveFrom(const Endpoint &peer, DatagramSink &sink, bool replaces)
{
    const Endpoint known{peer.address.unmapped(), peer.port};
    const auto found = m_peers.find(known);
    if (found != m_peers.end() && found->second != &sink && !replaces) {
        ++m_counters.claimed;
        return unexpected(ErrorCode::AlreadyExists, "another one is heard from there");
    }
    if (m_peers.size() >= MaxPeers && found == m_peers.end())
        return tooMany("peers");
    m_peers[known] = &sink;
    return {};
}

void UdpMux::stopReceiving(const Endpoint &peer, const DatagramSink &sink)
{
    const auto found = m_peers.find({peer.address.unmapped(), peer.port});
    if (found != m_peers.end() && found->second == &sink)
        m_peers.erase(found);
}

MuxCounters UdpMux::counters() const
{
    MuxCounters counters = m_counters;
    counters.overrun = receiveQueue(m_fd).dropped;
    counters.unsent += m_departures.dropped();
    return counters;
}

// --- Sending -------------------------------------------------------------------------------------

/// A socket of both families knows IPv4 addresses as mapped ones.
Endpoint UdpMux::target(const Endpoint &to) const
{
    return {m_dual ? to.address.mapped() : to.address.unmapped(), to.port};
}

void UdpMux::send(const Endpoint &to, std::span<const ByteSpan> datagrams)
{
    if (!carries(to.address.unmapped().family())) {
        m_counters.unsent += datagrams.size();
        return;
    }
    const Endpoint there = target(to);
    m_departures.send(m_fd, datagrams, &there);
    updateInterest();
}

Result<void> UdpMux::send(const Endpoint &to, ByteSpan datagram)
{
    if (!carries(to.address.unmapped().family())) {
        ++m_counters.unsent;
        return unexpected(ErrorCode::Network, "this machine has no IPv6");
    }
    sockaddr_storage storage{};
    const socklen_t length = target(to).toSockaddr(storage);
    if (::sendto(m_fd, datagram.data(), datagram.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr *>(&storage), length) >= 0)
        return {};
    ++m_counters.unsent;
    return unexpected(sendError(to));
}

std::size_t UdpMux::room() const
{
    return m_departures.isFull() ? 0 : DatagramSink::AnyNumber;
}

void UdpMux::updateInterest()
{
    const std::uint32_t interest =
        m_departures.isFull() ? EPOLLIN | EPOLLOUT : static_cast<std::uint32_t>(EPOLLIN);
    if (interest != std::exchange(m_interest, interest))
        m_epoll.modify(m_fd, interest, *this);
}

// --- Receiving -----------------------------------------------------------------------------------

void UdpMux::ready(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0 && m_departures.isFull()) {
        m_departures.writable();
        updateInterest();
        m_waiters.tell();
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0)
        receive();
}

/// One batch a turn: a flood leaves the others of this thread their turns.
void UdpMux::receive()
{
    const std::shared_ptr<const bool> alive = m_alive;
    const std::size_t messages = m_arrivals.receive(m_fd);
    for (std::size_t i = 0; i < messages && *alive; ++i)
        deliver(i);
    if (*alive)
        passOn();
}

MuxArrival UdpMux::arrival(std::size_t message) const
{
    const Endpoint from = m_arrivals.sender(message);
    return {{from.address.unmapped(), from.port},
            {m_arrivals.receiver(message), m_port},
            m_arrivals.hopLimit(message)};
}

/// What one sender sent goes on together, in however many messages it came: whoever takes it makes
/// a train of it again. A train may be mixed: a probe goes out between datagrams of one size.
void UdpMux::deliver(std::size_t message)
{
    const std::shared_ptr<const bool> alive = m_alive;
    std::uint64_t beyond = 0; // never of a message alone
    const std::span<const ByteSpan> datagrams = m_arrivals.datagrams(message, beyond);
    if (datagrams.empty()) // one without a byte
        ++m_counters.strangers;
    const Endpoint sender = m_arrivals.sender(message);
    const Endpoint from{sender.address.unmapped(), sender.port};
    if (m_run.size() >= LongestRun || from != m_runFrom)
        passOn();
    m_runFrom = from;
    for (const ByteSpan &each : datagrams) {
        if (!protocol::looksLikeStun(each)) {
            m_run.push_back(each);
            continue;
        }
        passOn();
        deliverStun(message, each);
        if (!*alive)
            return;
    }
}

/// Looked up each time: what was delivered before may have changed who is there.
void UdpMux::passOn()
{
    if (m_run.empty())
        return;
    const auto known = m_peers.find(m_runFrom);
    if (known != m_peers.end())
        known->second->take(m_run);
    else
        m_counters.strangers += m_run.size();
    m_run.clear();
}

/// An answer that nobody waits for is not even decoded: anybody can send a flood of them.
void UdpMux::deliverStun(std::size_t message, ByteSpan datagram)
{
    const MuxArrival arrived = arrival(message);
    StunParty *party = nullptr;
    if (isAnswer(datagram)) {
        const auto asked = m_asked.find(transactionOf(datagram));
        if (asked == m_asked.end()) {
            ++m_counters.strangers;
            return;
        }
        // Others than the server may have seen the question on its way.
        if (asked->second.server != arrived.from) {
            ++m_counters.foreign;
            return;
        }
        party = asked->second.party;
        ++(arrived.from.address.isV4() ? m_heard4 : m_heard6);
    } else if (isIndication(datagram)) {
        const auto attended = m_attended.find(arrived.from);
        if (attended == m_attended.end()) {
            ++m_counters.strangers;
            return;
        }
        party = attended->second;
    } else if (m_served.empty()) {
        ++m_counters.strangers;
        return;
    }
    const Result<protocol::StunMessage> decoded = protocol::decodeStun(datagram);
    if (!decoded) {
        ++m_counters.malformed;
        return;
    }
    if (party == nullptr && decoded->messageClass == StunClass::Request) {
        const auto asked = m_served.find(decoded->username.value_or(std::string()));
        party = asked != m_served.end() ? asked->second : nullptr;
    }
    if (party == nullptr)
        ++m_counters.strangers;
    else
        party->stunReceived(*decoded, datagram, arrived);
}

} // namespace higgs
