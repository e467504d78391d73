// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemon's UDP socket, and the sessions that use it, have refused.
#pragma once

#include "shared/protocol/json.h"

#include <cstdint>

namespace higgs {

/// Over the mux's life.
struct MuxCounters
{
    std::uint64_t malformed = 0; ///< datagrams that called themselves STUN, and are not
    std::uint64_t foreign = 0;   ///< answers to what was asked of somebody else
    std::uint64_t untrue = 0;    ///< mappings of ours, told by STUN servers, that cannot be
    std::uint64_t strangers = 0; ///< datagrams from where nobody is known, or to what nobody asked
    std::uint64_t forged = 0;    ///< of a session by their words, and without its key
    std::uint64_t repeated = 0;  ///< probes that had come before
    std::uint64_t forbidden = 0; ///< addresses, told or asked from, that may not be sent to
    std::uint64_t claimed = 0;   ///< entries for where somebody else is who has proved it
    std::uint64_t beyond = 0;    ///< addresses that there was no place for
    std::uint64_t withheld = 0;  ///< probes that were too many
    std::uint64_t overrun = 0;   ///< messages that the kernel had no place for
    std::uint64_t unsent = 0;    ///< that the kernel did not take

    MuxCounters &operator+=(const MuxCounters &more);
    friend bool operator==(const MuxCounters &, const MuxCounters &) = default;
};

/// `udpRefused` on the control socket: the names above.
protocol::Json refusedJson(const MuxCounters &counters);

} // namespace higgs
