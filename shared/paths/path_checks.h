// SPDX-License-Identifier: GPL-3.0-or-later
// Which addresses of the other end are probed, when, and which of them is the way: pure. The client
// decides and nominates; the node follows, to the address that it sees (RFC 8445 in small).
#pragma once

#include "shared/base/clock.h"
#include "shared/paths/check_limits.h"
#include "shared/protocol/session_connect.h"
#include "shared/protocol/stun.h"

#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace higgs {

/// An address of the other end, and how it is reached from here. The same one may be there several
/// times, once each way.
struct CheckWay
{
    CheckWay(const Endpoint &to, std::uint32_t by = 0) : address(to), via(by) {}

    Endpoint address;
    /// By which of our allocations on TURN servers, of which the newest has the highest number; 0:
    /// straight.
    std::uint32_t via;

    friend bool operator==(const CheckWay &, const CheckWay &) = default;
    friend auto operator<=>(const CheckWay &, const CheckWay &) = default;
};

struct CheckTarget
{
    Endpoint address;
    protocol::CandidateType type = protocol::CandidateType::Srflx;
    std::uint32_t via = 0;
    /// Somebody's word alone has us write into this home: so few probes, until it is heard from
    /// there.
    bool knock = false;

    [[nodiscard]] CheckWay way() const { return {address, via}; }
    /// By an allocation of ours, or of the other end's.
    [[nodiscard]] bool isTurn() const { return via != 0 || type == protocol::CandidateType::Relay; }

    friend bool operator==(const CheckTarget &, const CheckTarget &) = default;
};

enum class CheckState : std::uint8_t {
    Searching,
    Found,
    None, ///< no way is known; probes go on, now and then
};

/// Over its life.
struct CheckCounters
{
    std::uint64_t repeated = 0; ///< requests that had come before
    std::uint64_t beyond = 0;   ///< addresses that there was no place for
    std::uint64_t withheld = 0; ///< probes that were too many
};

class PathChecks
{
public:
    /// `decides`: the client. `firstNumber` is above those of every earlier object of this end for
    /// the same session.
    PathChecks(Monotonic now, bool decides, std::uint64_t firstNumber);

    /// Where the other end may be: instead of what was told before. What stays goes on as it was,
    /// and what was found is there until gone().
    void told(Monotonic now, std::span<const CheckTarget> targets);
    /// An allocation of ours is no more, and no way leads by it.
    void gone(Monotonic now, std::uint32_t via);
    /// This machine has no route there: instead of sent(). It is no way until it has answered.
    void noRoute(Monotonic now, const CheckWay &to);
    /// The network changed: everything is probed as in the beginning.
    void hurry(Monotonic now);
    /// Nothing was heard for longer than any way is trusted: the same, and none is a way before it
    /// has answered.
    void woke(Monotonic now);

    struct Probe
    {
        CheckWay to;
        std::uint64_t number = 0;
        bool nominated = false;
        /// As large as datagrams get: small ones pass that way.
        bool full = false;
    };
    /// What is to be sent now; sent() must follow for each that was.
    std::vector<Probe> due(Monotonic now);
    void sent(Monotonic now, const CheckWay &to, const protocol::StunTransactionId &transaction);
    /// Transactions whose answers are not waited for any more.
    std::vector<protocol::StunTransactionId> takeForgotten();
    /// When due() or state() will have something new to say.
    [[nodiscard]] Monotonic deadline(Monotonic now) const;

    /// A request of the other end, proven to be its own. False: it is a repetition, and gets no
    /// answer. Datagrams from there are its own, too, from now on.
    /// `full`: it was as large as datagrams get.
    bool asked(Monotonic now, const CheckWay &from, std::uint64_t number, bool nominated,
               bool full = false);
    /// An answer, proven to be the other end's.
    void answered(Monotonic now, const CheckWay &from,
                  const protocol::StunTransactionId &transaction);
    /// Whether a request from there is answered now. Not before the other end has told of the
    /// address or proved, by an answer, that it is there: who says so under somebody else's address
    /// would have us send twice for each of its own.
    [[nodiscard]] bool mayAnswer(const CheckWay &from) const;
    /// Datagrams of the session went, or came, by the chosen way.
    void trafficSent(Monotonic now);
    void trafficCame(Monotonic now);
    /// Datagrams of the session came by another path: the client may have left this one, and the
    /// node follows it, as it will see nothing of its own that is missing for a while.
    void trafficElsewhere(Monotonic now);

    [[nodiscard]] CheckState state(Monotonic now) const;
    /// Where datagrams go; none: nowhere.
    [[nodiscard]] std::optional<CheckTarget> chosen() const;
    [[nodiscard]] std::optional<double> rttMs() const;
    /// By which ways datagrams are the other end's; MaxTrusted at most: the one in use first, then
    /// those heard of last.
    [[nodiscard]] std::vector<CheckWay> trusted() const;
    /// It has answered: whoever asks from there is there.
    [[nodiscard]] bool isProven(const CheckWay &way) const;
    /// Some way lets small probes pass, and has never let a full one.
    [[nodiscard]] bool isNarrow() const;
    /// The chosen way has not answered a probe, and may be about to die.
    [[nodiscard]] bool isDoubtful() const;
    [[nodiscard]] bool wasTold() const { return m_wasTold; }
    [[nodiscard]] const CheckCounters &counters() const { return m_counters; }

private:
    struct Pending
    {
        protocol::StunTransactionId transaction{};
        Monotonic at;
        bool full = false;
        bool missed = false;
    };
    struct Target
    {
        CheckTarget is;
        bool told = false;
        bool trusted = false;
        [[nodiscard]] bool getsFull() const { return proven || asksFull; }
        bool proven = false;   ///< it has answered
        bool asksFull = false; ///< it sent no less than a full probe
        bool wide = false;     ///< a full probe
        bool waning = false;   ///< the other end tells of nothing like it any more
        Monotonic since;
        Monotonic next;
        Monotonic triedAt{}; ///< the last probe, whether it could leave or not
        unsigned quick = checks::QuickProbes;
        std::deque<Pending> pending{};
        unsigned missed = 0; ///< in a row
        Monotonic firstMissed{};
        Monotonic answeredAt{};
        Monotonic heardAt{};  ///< the last request or answer from there
        unsigned answers = 0; ///< in a row, to full probes
        std::optional<double> rttMs{};
        std::deque<double> trips{}; ///< the latest, in milliseconds
    };

    Target *find(const CheckWay &way);
    Target *see(Monotonic now, const CheckWay &way);
    [[nodiscard]] bool isToldLike(const CheckTarget &target) const;
    void wane(Monotonic now);
    void keepSeen(std::size_t most);
    void forget(const Target &target);
    bool takeUnproven(Monotonic now);
    void advance(Monotonic now);
    void judge(Monotonic now, Target &target);
    void choose(Monotonic now);
    void take(Monotonic now, std::optional<CheckWay> way);
    [[nodiscard]] bool isChosen(const Target &target) const { return target.is.way() == m_chosen; }
    [[nodiscard]] static bool standsIn(const Target &one, const Target &current);
    [[nodiscard]] bool isBetter(Monotonic now, const Target &one, const Target &other) const;
    [[nodiscard]] bool isWay(const Target &target) const;
    [[nodiscard]] double score(const Target &target) const;
    [[nodiscard]] bool isSuspect(Monotonic now) const;
    [[nodiscard]] Monotonic urgent(Monotonic now, const Target &target) const;
    [[nodiscard]] Milliseconds pace(Monotonic now, const Target &target) const;
    [[nodiscard]] static bool goesOn(const Target &target);

    bool m_decides;
    std::uint64_t m_number;
    std::uint64_t m_highest = 0; ///< request of the other end
    std::uint64_t m_recent = 0;  ///< which of the 64 below it have come: bit n is m_highest - n
    std::vector<Target> m_targets;
    std::optional<CheckWay> m_chosen;
    std::optional<CheckWay> m_nominated;         ///< by the client, as the node sees it
    std::uint64_t m_nomination = 0;              ///< its number
    unsigned m_unproven = checks::UnprovenBurst; ///< probes that are left
    Monotonic m_unprovenAt;                      ///< when that was
    bool m_wasTold = false;
    bool m_died = false;
    std::optional<Monotonic> m_firstFound;
    Monotonic m_searchEnds;
    std::optional<Monotonic> m_waitsSince; ///< for a datagram, as some were sent
    std::optional<Monotonic> m_cameAt; ///< a datagram, and no probe was made for its silence since
    Monotonic m_usedAt{};              ///< the other end sent by the chosen way, or asked for it
    std::vector<protocol::StunTransactionId> m_forgotten;
    CheckCounters m_counters;
};

} // namespace higgs
