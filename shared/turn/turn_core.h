// SPDX-License-Identifier: GPL-3.0-or-later
// A client's allocation on a TURN server (RFC 8656) without socket, clock or randomness: made,
// kept, told to whom it may send, and given back.
//
// Nothing is believed that does not bear the server's signature, but challenges, and errors that
// say that the request was not understood. What does not fit is counted, and changes nothing.
#pragma once

#include "shared/base/clock.h"
#include "shared/turn/channel_message.h"
#include "shared/turn/turn_authentication.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace higgs {

struct TurnCoreOptions
{
    Endpoint server{};
    bool v4 = true; ///< relayed addresses of these families
    bool v6 = false;
    bool stream = false;         ///< TCP or TLS: nothing is sent twice, and all is padded
    Milliseconds timeout{5'000}; ///< of one request
    Seconds lifetime{600};       ///< asked for; the server decides
    Seconds permissionLife{300}; ///< the server's, which no answer says (section 9)
    Seconds channelLife{600};    ///< likewise (section 12)
};

struct TurnRelayed
{
    std::optional<Endpoint> v4;
    std::optional<Endpoint> v6;
    Endpoint mapped; ///< this end as the server sees it
};

struct TurnEvent
{
    enum class Kind {
        Allocated,   ///< relayed() is there
        Redirected,  ///< `peer` is the server to be asked instead; this one has ended
        Failed,      ///< no allocation was made, and none will be
        Lost,        ///< it was there, and is not any more
        Permitted,   ///< `peer`'s address may send and be sent to
        Refused,     ///< it may not: `error`
        Unreachable, ///< the server got an ICMP message for `peer`
    };
    Kind kind = Kind::Failed;
    Endpoint peer{};
    Error error{};
};

/// What has come from a peer, in what was given to receive() or in the core until its next call.
struct TurnDelivery
{
    Endpoint peer;
    ByteSpan data;
};

struct TurnTransmission
{
    Bytes message;
    std::optional<protocol::StunTransactionId> asks; ///< an answer is expected
};

/// Over the core's life.
struct TurnCounters
{
    std::uint64_t malformed = 0;   ///< neither STUN nor ChannelData
    std::uint64_t strangers = 0;   ///< answers to nothing, channels that nobody bound
    std::uint64_t forged = 0;      ///< without the server's signature, or with a wrong one
    std::uint64_t unnamed = 0;     ///< from peers that nobody permitted
    std::uint64_t lies = 0;        ///< signed, and not to be believed
    std::uint64_t unpermitted = 0; ///< to be sent to such peers
};

class TurnCore
{
public:
    /// Addresses at a session's other end, of several sessions.
    static constexpr std::size_t MaxPeers = 64;
    /// A 438 is the answer to an old nonce; who says so again and again has no new one.
    static constexpr unsigned MaxStaleNonces = 3;
    static constexpr Milliseconds FirstWait{250}; ///< doubles with each transmission
    static constexpr Seconds MinLifetime{2};      ///< no allocation is refreshed without end
    static constexpr Seconds MaxLifetime{3600};
    using NewTransaction = std::function<protocol::StunTransactionId()>;

    TurnCore(TurnCoreOptions options, TurnAuthentication authentication,
             NewTransaction newTransaction);

    void start(Monotonic now);
    /// Gives the allocation back: one message, whose answer nobody waits for.
    void end();
    /// Permitted or Refused follows, unless it is permitted already; until forget() it stays so.
    /// Forbidden for an address that is none of the Internet's while the server's is; Network for a
    /// family that is not relayed; TooLarge beyond MaxPeers; Unavailable without an allocation.
    Result<void> permit(Monotonic now, const Endpoint &peer);
    /// It is not renewed any more.
    void forget(const Endpoint &peer);

    /// A datagram of the server's, or a frame of its stream.
    std::optional<TurnDelivery> receive(Monotonic now, ByteSpan datagram);
    /// Appends what takes `data` to the peer: ChannelData or a Send indication. False, and nothing
    /// is appended, when it is not permitted. The first of a session's datagrams (what is not STUN)
    /// binds a channel, and so does the first that a Send indication has to be cut for (see
    /// MostIndicated): nothing is appended then, the last of them leaves by the channel.
    bool wrap(Monotonic now, const Endpoint &peer, ByteSpan data, Bytes &out);
    void advance(Monotonic now);
    /// When advance() has something to do; far away when never.
    [[nodiscard]] Monotonic deadline() const;

    [[nodiscard]] bool hasTransmissions() const { return !m_transmissions.empty(); }
    [[nodiscard]] bool hasEvents() const { return !m_events.empty(); }
    std::optional<TurnTransmission> nextTransmission();
    std::optional<TurnEvent> nextEvent();
    /// Questions whose answers are not expected any more.
    std::vector<protocol::StunTransactionId> takeAnswered()
    {
        return std::exchange(m_answered, {});
    }

    [[nodiscard]] bool isAllocated() const { return m_state == State::Allocated; }
    [[nodiscard]] bool isBound(const Endpoint &peer) const;
    [[nodiscard]] const TurnRelayed &relayed() const { return m_relayed; }
    [[nodiscard]] const TurnCounters &counters() const { return m_counters; }

private:
    enum class State { Idle, Allocating, Allocated, Ended };
    enum class Question { Allocate, Refresh, Permission, Channel };

    struct Transaction
    {
        Question question = Question::Allocate;
        Endpoint peer; ///< of a permission the address alone
        protocol::StunMessage message;
        Bytes bytes;
        bool isSigned = false;
        unsigned stale = 0;
        Monotonic asked;
        Monotonic next;
        Monotonic end;
        Milliseconds wait{0};
    };
    struct Permission
    {
        IpAddress address;
        bool granted = false;
        Monotonic renew;
        Monotonic until;
    };
    struct Peer
    {
        Endpoint endpoint;
        std::uint16_t channel = 0; ///< 0: none has been asked for
        bool bound = false;
        bool refused = false; ///< Send indications have to do
        Bytes held;           ///< too large for one, until the channel is there
        Monotonic renew;
        Monotonic until;
    };

    void ask(Monotonic now, Question question, protocol::StunMessage message,
             const Endpoint &peer = {});
    void transmit(Monotonic now, Transaction &transaction);
    void forgetTransaction(const protocol::StunTransactionId &id);
    [[nodiscard]] bool isAsking(Question question, const Endpoint &peer) const;
    void askPermission(Monotonic now, Permission &permission);
    void askChannel(Monotonic now, Peer &peer);
    [[nodiscard]] Bytes indication(const Endpoint &peer, ByteSpan data);
    void releaseHeld(Peer &peer);
    void renewAll(Monotonic now);
    void expire(Monotonic now);

    std::optional<TurnDelivery> fromChannel(Monotonic now, ByteSpan datagram);
    std::optional<TurnDelivery> fromIndication(Monotonic now);
    void answered(Monotonic now, const protocol::StunMessage &answer, ByteSpan datagram);
    void succeeded(Monotonic now, const Transaction &transaction,
                   const protocol::StunMessage &answer);
    void allocated(Monotonic now, const Transaction &transaction,
                   const protocol::StunMessage &answer);
    [[nodiscard]] Error readRelayed(const protocol::StunMessage &answer);
    void setLifetime(Monotonic asked, std::uint32_t seconds);
    void refused(Monotonic now, Transaction transaction, const protocol::StunMessage &answer);
    bool tryAgain(Monotonic now, Transaction &transaction, const protocol::StunMessage &answer);
    void unsuccessful(Monotonic now, const Transaction &transaction, const Error &error,
                      bool mismatch);
    void finish(TurnEvent::Kind kind, Error error, const Endpoint &elsewhere = {});

    [[nodiscard]] bool mayBe(const IpAddress &address) const;
    Permission *permissionOf(const IpAddress &address);
    Peer *peerOf(const Endpoint &endpoint);
    [[nodiscard]] bool isPermitted(Monotonic now, const IpAddress &address);

    TurnCoreOptions m_options;
    TurnAuthentication m_authentication;
    NewTransaction m_newTransaction;
    State m_state = State::Idle;
    TurnRelayed m_relayed;
    Monotonic m_refresh;
    Monotonic m_expires;
    std::vector<Transaction> m_transactions; ///< two of the allocation, two a peer at most
    std::vector<Permission> m_permissions;
    std::vector<Peer> m_peers;
    std::map<Endpoint, std::uint16_t> m_channels; ///< all numbers that were ever given
    std::deque<TurnTransmission> m_transmissions;
    std::deque<TurnEvent> m_events;
    std::vector<protocol::StunTransactionId> m_answered;
    protocol::StunMessage m_indication; ///< what was delivered last lies in it
    TurnCounters m_counters;
};

} // namespace higgs
