// SPDX-License-Identifier: GPL-3.0-or-later
// A WireGuard interface without socket, TUN, clock or randomness: packets go in and datagrams come
// out, and the other way round, in batches and in the caller's buffers.
//
// Nothing is allocated for a packet of a session that stands. What the core has to say of itself
// (handshakes, cookies, keepalives, packets that had to wait) is taken out by nextTransmission()
// after every call. One thread.
#pragma once

#include "shared/wireguard/allowed_ips.h"
#include "shared/wireguard/handshake_gate.h"
#include "shared/wireguard/peer.h"

#include <unordered_map>

namespace higgs::wireguard {

struct CoreOptions
{
    /// Padding does not make a packet larger than this (the paper, section 5.4.6, pads to 16 bytes;
    /// a full packet would not fit any more).
    std::size_t mtu = 1420;
    Limits limits{};
};

struct PeerOptions
{
    PublicKey publicKey;
    Secret<32> preshared{}; ///< zero: none
    Endpoint endpoint{};    ///< null: it has to speak first
    std::vector<IpPrefix> allowedIps{};
    Seconds persistentKeepalive{0};
};

/// A packet to be sealed, and what has become of it.
struct OutgoingPacket
{
    MutableByteSpan room;   ///< HeadRoom bytes, the packet, TailRoom bytes at least
    std::size_t length = 0; ///< of the packet
    /// In `room`; empty when nothing leaves, as there is no peer, or no session yet.
    ByteSpan datagram{};
    PeerId peer{};
    Endpoint to{};
};

/// A packet that came, where its datagram was.
struct IncomingPacket
{
    MutableByteSpan packet;
    PeerId peer{};
};

struct Transmission
{
    Bytes datagram;
    Endpoint to;
    std::optional<PeerId> peer; ///< none: a cookie for a stranger
};

struct PeerStatus
{
    Endpoint endpoint;
    std::optional<WallTime> lastHandshake;
    PeerTraffic traffic;
    bool hasSession = false;
};

/// Over the core's life.
struct CoreCounters
{
    std::uint64_t malformed = 0;     ///< no message of WireGuard's, no IP packet
    std::uint64_t badMac = 0;        ///< who sends these does not know our public key
    std::uint64_t cookieReplies = 0; ///< told to come again with a cookie
    std::uint64_t overload = 0;      ///< handshakes beyond every rate
    std::uint64_t forged = 0;        ///< of no peer, no session, replayed or changed
    std::uint64_t foreignSource = 0; ///< authentic, from an address that is not its sender's
    std::uint64_t unroutable = 0;    ///< to an address that is no peer's
    std::uint64_t dropped = 0;       ///< waited for a session, and made room for newer ones
};

class Core
{
public:
    /// Of what waits to be taken out; beyond it the newest is dropped, as on a full socket.
    static constexpr std::size_t MostTransmissions = 4096;

    Core(PrivateKey own, CoreOptions options, Entropy entropy);

    [[nodiscard]] const PublicKey &publicKey() const { return m_publicKey; }
    /// For the one place that tells root what `wg` tells it of any interface.
    [[nodiscard]] const PrivateKey &privateKey() const { return *m_own; }

    /// AlreadyExists; InvalidArgument for our own key and for one of low order.
    Result<PeerId> addPeer(BootTime now, PeerOptions options);
    /// With its sessions, at once. Unknown ones are no error.
    void removePeer(PeerId peer);
    void setEndpoint(PeerId peer, const Endpoint &endpoint);
    /// As if there had never been a handshake: the next packet begins one, whatever one waits for
    /// its answer. A peer with a persistent keepalive is due at once. For whoever knows that what
    /// was before leads nowhere, as after a sleep.
    void forgetKeys(BootTime now, PeerId peer);
    [[nodiscard]] std::optional<PeerId> find(const PublicKey &key) const;
    [[nodiscard]] std::optional<PeerStatus> status(PeerId peer) const;
    [[nodiscard]] const CoreCounters &counters() const { return m_counters; }

    /// Seals each packet for the peer that its destination belongs to. One without a session waits
    /// in a copy.
    void send(const Clocks &now, std::span<OutgoingPacket> packets);
    /// Takes datagrams from one place, and opens them where they are. `packets` has room for as
    /// many; returns how many were written: IP packets from addresses that are their sender's.
    std::size_t receive(const Clocks &now, const Endpoint &from,
                        std::span<const MutableByteSpan> datagrams,
                        std::span<IncomingPacket> packets);

    void advance(const Clocks &now);
    /// When advance() may have something to do; Never.
    [[nodiscard]] BootTime deadline() const { return m_deadline; }
    std::optional<Transmission> nextTransmission();

private:
    struct Place
    {
        Peer *peer = nullptr;
        Session *session = nullptr; ///< none: the peer's pending initiation
    };

    // core.cpp
    Index newIndex(const Place &place);
    void forget(std::unique_ptr<Session> &session);
    void retire(Peer &peer, std::unique_ptr<Session> session);
    void forgetInitiation(Peer &peer);
    void eraseKeys(Peer &peer);
    void transmit(Peer &peer, Bytes datagram);
    void expire(Peer &peer, const Clocks &now);
    void fire(Peer &peer, Timer timer, const Clocks &now);
    void noteDeadline(Peer &peer);
    Milliseconds jitter();

    // core_handshake.cpp
    bool isWorthCalculating(const Clocks &now, const Endpoint &from, ByteSpan message,
                            Index sender);
    void takeInitiation(const Clocks &now, const Endpoint &from, ByteSpan datagram);
    void takeResponse(const Clocks &now, const Endpoint &from, ByteSpan datagram);
    void takeCookie(const Clocks &now, ByteSpan datagram);
    void initiate(Peer &peer, const Clocks &now, bool again);
    void adoptAsInitiator(Peer &peer, std::unique_ptr<Session> session);
    void adoptAsResponder(Peer &peer, std::unique_ptr<Session> session);
    void handshakeDone(Peer &peer, const Clocks &now);

    // core_transport.cpp
    std::optional<IncomingPacket> takeTransport(const Clocks &now, const Endpoint &from,
                                                MutableByteSpan datagram);
    void confirm(Peer &peer, const Clocks &now);
    void seal(Peer &peer, const Clocks &now, OutgoingPacket &packet);
    void stage(Peer &peer, Bytes packet);
    void sendStaged(Peer &peer, const Clocks &now);
    void sendKeepalive(Peer &peer, const Clocks &now);
    [[nodiscard]] std::size_t paddingOf(std::size_t length) const;

    CoreOptions m_options;
    Entropy m_entropy;
    Locked<PrivateKey> m_own;
    PublicKey m_publicKey;
    CookieIssuer m_issuer;
    HandshakeGate m_gate;
    std::uint64_t m_gateKey = 0;
    AllowedIps m_allowedIps;
    std::unordered_map<std::uint32_t, std::unique_ptr<Peer>> m_peers;
    std::unordered_map<PublicKey, Peer *> m_byKey;
    std::unordered_map<Index, Place> m_byIndex;
    std::uint32_t m_nextPeer = 0;
    std::deque<Transmission> m_transmissions;
    BootTime m_deadline = Never; ///< not later than any peer's
    CoreCounters m_counters;
};

} // namespace higgs::wireguard
