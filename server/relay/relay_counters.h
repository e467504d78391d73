// SPDX-License-Identifier: GPL-3.0-or-later
// What a relay thread counts. One thread writes, any thread reads a snapshot; every array is
// indexed by an enum, so that the cardinality of the metrics is bounded by construction.
#pragma once

#include "server/relay/role.h"

#include <array>
#include <atomic>

namespace higgs::relay {

enum class DropReason {
    Empty,        ///< a datagram of no bytes
    HoldOverflow, ///< more than the hold queue keeps for an end that is not there
    HoldExpired,  ///< held longer than an end's absence is bridged
    SlowReader,   ///< the receiving leg's queue was full, its oldest gave way
    Quota,        ///< more than the session's access key may relay
    Count
};

enum class RelayError {
    InvalidSession, ///< refused with 1008
    InvalidMessage, ///< the text faults, by their errorCode
    WrongDirection,
    UnsupportedAction,
    PayloadTooLarge,
    TooBig,     ///< 1009
    Protocol,   ///< 1002 or 1007: not RFC 6455
    Silent,     ///< nothing heard for two heartbeats
    SlowReader, ///< accepted nothing for too long
    Broken,     ///< the connection ended without a close frame
    Count
};

/// Stable label values ("hold_overflow", "invalid_session", ...).
const char *nameOf(DropReason reason);
const char *nameOf(RelayError kind);

/// A counter with one writing thread: a relaxed load and store, no locked instruction.
class Counter
{
public:
    void add(std::uint64_t n)
    {
        m_value.store(m_value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t n)
    {
        m_value.store(m_value.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> m_value{0};
};

template <typename T, typename Enum>
using PerEnum = std::array<T, static_cast<std::size_t>(Enum::Count)>;

/// The sums over all threads at one moment.
struct RelaySnapshot
{
    std::uint64_t connections = 0;                     ///< legs that are open now
    std::uint64_t sessions = 0;                        ///< sessions with at least one leg now
    std::array<std::uint64_t, RoleCount> bytes{};      ///< of datagrams, by the sending role
    std::array<std::uint64_t, RoleCount> frames{};     ///< datagrams, by the sending role
    std::array<std::uint64_t, RoleCount> reconnects{}; ///< by role
    PerEnum<std::uint64_t, DropReason> dropped{};
    PerEnum<std::uint64_t, RelayError> errors{};
};

struct RelayCounters
{
    Counter connections;
    Counter sessions;
    std::array<Counter, RoleCount> bytes;
    std::array<Counter, RoleCount> frames;
    std::array<Counter, RoleCount> reconnects;
    PerEnum<Counter, DropReason> dropped;
    PerEnum<Counter, RelayError> errors;

    void drop(DropReason reason, std::uint64_t n = 1)
    {
        dropped[static_cast<std::size_t>(reason)].add(n);
    }
    void fail(RelayError kind) { errors[static_cast<std::size_t>(kind)].add(1); }
    void addTo(RelaySnapshot &sum) const;
};

} // namespace higgs::relay
