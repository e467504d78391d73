// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of one relay session, without sockets, clocks or timers (specification 2.4, WIRE.md
// "Relay"): events of its two ends go in, what to send and to close comes out of poll().
#pragma once

#include "server/relay/held_bytes.h"
#include "server/relay/relay_counters.h"
#include "server/relay/relay_quota.h"
#include "server/relay/relay_text.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace higgs::relay {

// An end that has not come, or was lost, is waited for this long with this much: sixty-four full
// datagrams of a tunnel.
constexpr std::size_t MaxHeldDatagrams = 64;
constexpr std::size_t MaxHeldDatagramBytes = 96 * 1024;
constexpr Seconds HoldTime{5};
// Control messages are rare; more than this for an absent end is chatter.
constexpr std::size_t MaxHeldTexts = 8;
constexpr std::size_t MaxHeldTextBytes = 16 * 1024;
// Lists of candidates that an end gets: so many at once, then one in this time. The latest waits.
constexpr unsigned CandidatesAtOnce = 8;
constexpr Seconds CandidatesInterval{1};
constexpr Seconds HeartbeatInterval{30};
constexpr Seconds SilenceLimit{60};
constexpr unsigned MaxTextFaults = 5;

// RFC 6455 section 7.4.1.
constexpr std::uint16_t CloseNormal = 1000;
constexpr std::uint16_t CloseGoingAway = 1001;
constexpr std::uint16_t ClosePolicy = 1008;

struct Now
{
    Monotonic monotonic;
    WallTime wall;
};

/// Why a session is over.
enum class SessionEnd { Disconnected, Closed, Expired };

struct SendText
{
    Role to;
    std::string text;
};

/// Datagrams that the core had to copy: held ones, and those that came as JSON.
struct SendDatagrams
{
    Role to;
    bool asJson = false;
    std::vector<Bytes> datagrams;
};

struct CloseLeg
{
    Role leg;
    std::uint16_t code = CloseNormal;
    std::string_view reason; ///< static text
    /// Its end has another one: what it sent before it knew still comes by this one.
    bool lingers = false;
};

/// The client's candidates, while the node is not on the relay: they go by its signal link. They
/// are kept, too, until the node comes.
struct CandidatesForNode
{
    std::string text;
};

struct SessionOver
{
    SessionEnd cause;
};

using RelayOutput = std::variant<SendText, SendDatagrams, CloseLeg, CandidatesForNode, SessionOver>;

/// What becomes of a batch of binary messages: the datagrams to pass on now, in which form.
struct Routing
{
    std::span<const ByteSpan> forward; ///< valid until the next call; empty if held or dropped
    bool asJson = false;
};

/// Lives on its relay thread. After every call but route(), drain poll(). Once over, all calls do
/// nothing.
class RelaySession
{
public:
    /// The references must outlive it.
    RelaySession(SessionId id, Monotonic expiresAt, RelayCounters &counters, HeldBytes &allHeld);
    RelaySession(const RelaySession &) = delete;
    RelaySession &operator=(const RelaySession &) = delete;
    ~RelaySession();

    /// An end's connection has opened. If one of the same role is there, displace() it first.
    /// `seenAt`: where it comes from.
    void attach(const Now &now, Role role, const IpAddress &seenAt);
    /// The end has shown its secret elsewhere: it may tell the other of its addresses there.
    void seenAlso(Role role, const server::SeenAt &at) { end(role).places.note(at); }
    /// Closes the connection of a role that a newer one takes over; the other end is not told.
    void displace(Role role);
    /// An end's connection is gone; `code` is its close code, or nothing if it just broke.
    void detach(const Now &now, Role role, std::optional<std::uint16_t> code);

    /// A batch of binary messages from an end. Nothing is copied while the other end is there.
    Routing route(Monotonic now, Role from, std::span<const ByteSpan> batch);
    /// `turn`: where TURN servers relay from.
    void text(const Now &now, Role from, std::string_view text,
              std::span<const IpAddress> turn = {});
    /// Any frame is a sign of life. route() and text() count by themselves.
    void heard(Monotonic now, Role from) { end(from).heardAt = now; }

    /// The latest candidates for an end, as a `candidates` message: they came by the other's
    /// connection, or by the node's signal link. Kept for an end that has not come.
    void candidates(const Now &now, Role to, std::string text);
    void setExpiry(Monotonic expiresAt) { m_expiresAt = expiresAt; }
    /// Null: it may carry what it can. Shared with other sessions.
    void setQuota(std::shared_ptr<RelayQuota> quota) { m_quota = std::move(quota); }
    void setMeets(bool meets) { m_meets = meets; } ///< false: candidates are dropped
    /// The session is taken away (deleted, evicted): both ends are closed so.
    void close(std::uint16_t code, std::string_view reason);
    /// Heartbeats, silence, expiry of the session and of what is held: after deadline().
    void tick(const Now &now);
    /// When there is something to do for tick(), or isForsaken(linger) begins to hold, unless the
    /// ends do something before.
    [[nodiscard]] Monotonic deadline(Seconds linger) const;

    std::optional<RelayOutput> poll();

    [[nodiscard]] const SessionId &id() const { return m_id; }
    [[nodiscard]] bool isOver() const { return m_over; }
    [[nodiscard]] bool isAttached(Role role) const { return end(role).attached; }
    /// Both ends are gone, and nothing is held for either for this long.
    [[nodiscard]] bool isForsaken(Monotonic now, Seconds linger) const;

private:
    struct Held
    {
        Monotonic since;
        IpAddress sender; ///< the site that it counts for
        Bytes datagram;
    };
    struct HeldText
    {
        Monotonic since;
        IpAddress sender;
        std::string text;
    };
    /// What is remembered of an end, also while its connection is away.
    struct End
    {
        bool attached = false;
        bool seen = false;         ///< was here before
        bool toldPeerLost = false; ///< on this connection
        IpAddress seenAt;          ///< its latest connection's address
        server::SeenAt places;     ///< that, and where else its secret was shown
        bool speaksJson = false;   ///< the form of its latest data message
        unsigned faults = 0;       ///< on this connection
        Monotonic heardAt{};
        Monotonic nextHeartbeat{};
        Monotonic goneAt{};
        std::vector<Held> held; ///< oldest first; for this end
        std::size_t heldBytes = 0;
        std::vector<HeldText> heldTexts;
        std::size_t heldTextBytes = 0;
        std::string candidates;       ///< the latest for this end that it has not got
        IpAddress candidatesOf;       ///< the site that they count for
        bool candidatesTold = false;  ///< by the signal link
        unsigned candidatesTaken = 0; ///< of CandidatesAtOnce
        Monotonic candidatesAt{};     ///< when one of them comes back
    };

    End &end(Role role) { return m_ends[indexOf(role)]; }
    [[nodiscard]] const End &end(Role role) const { return m_ends[indexOf(role)]; }

    std::span<const ByteSpan> withoutEmpty(std::span<const ByteSpan> batch);
    /// Those that the quota lets pass now; the others are counted.
    std::span<const ByteSpan> withinQuota(Monotonic now, std::span<const ByteSpan> batch);
    void tell(const Now &now, Role to, std::string text);
    void holdAll(Monotonic now, Role to, std::span<const ByteSpan> datagrams);
    void hold(Monotonic now, Role to, Bytes datagram);
    void dropOldest(End &of);
    void holdText(Monotonic now, Role to, std::string text);
    void dropOldestText(End &of);
    void dropExpired(Monotonic now, End &of);
    void keepCandidates(Role to, std::string text);
    void giveCandidates(Monotonic now, Role to);
    void releaseHeld(Monotonic now, Role to);
    /// The site of who sends to this end.
    [[nodiscard]] IpAddress senderTo(Role to) const;
    void fault(Role from, TextFault fault);
    void forward(const Now &now, Role from, ForwardText &&what, std::string_view text);
    void countForwarded(Role from, std::span<const ByteSpan> batch);
    void finish(SessionEnd cause, std::uint16_t code, std::string_view reason);
    void closeEnd(Role role, std::uint16_t code, std::string_view reason);
    void lose(const Now &now, Role role);

    SessionId m_id;
    Monotonic m_expiresAt; ///< no step of the wall clock ends a session
    RelayCounters &m_counters;
    HeldBytes &m_allHeld;
    bool m_meets = true;
    std::shared_ptr<RelayQuota> m_quota;
    std::array<End, RoleCount> m_ends;
    bool m_over = false;
    std::vector<ByteSpan> m_filtered;
    std::vector<RelayOutput> m_outputs;
    std::size_t m_nextOutput = 0;
};

} // namespace higgs::relay
