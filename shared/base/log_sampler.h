// SPDX-License-Identifier: GPL-3.0-or-later
// Which of many alike events are written: the first few of each kind, and then how many more there
// were. Pure: time comes as an argument.
#pragma once

#include "shared/base/clock.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace higgs::log {

/// Events of one kind that are written in full before they are only counted.
constexpr unsigned SampledInFull = 5;
/// How long they are counted before the number is written and counting begins anew.
constexpr Milliseconds SampleWindow = Seconds(10);
/// Kinds are named by our own code; more than these share one.
constexpr std::size_t MaxSampledKinds = 64;

/// What happens for one network is written in full so often: a home with all its machines, which
/// come back together.
constexpr unsigned PeerLinesInFull = 60;
/// Networks that are told apart in one window; all others share one.
constexpr std::size_t MaxSampledNetworks = 2048;

class LogSampler
{
public:
    explicit LogSampler(unsigned inFull = SampledInFull, std::size_t kinds = MaxSampledKinds)
        : m_inFull(inFull), m_kinds(kinds)
    {}

    struct Summary
    {
        std::string kind;
        std::uint64_t more = 0; ///< besides those that were written
        Milliseconds over{};    ///< since the first of them

        friend bool operator==(const Summary &, const Summary &) = default;
    };

    /// Whether this one is written.
    bool admit(Monotonic now, const std::string &kind);
    /// The numbers that are due. Those without any are forgotten.
    std::vector<Summary> due(Monotonic now);

private:
    struct Window
    {
        Monotonic began;
        std::uint64_t seen = 0;
    };

    unsigned m_inFull;
    std::size_t m_kinds;
    std::map<std::string, Window> m_windows;
    std::deque<std::string> m_order; ///< of m_windows, as they began
};

} // namespace higgs::log
