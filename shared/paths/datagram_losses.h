// SPDX-License-Identifier: GPL-3.0-or-later
// What a program itself has lost of a session's datagrams, by where: so that whoever misses one
// knows whether it was this program that had it last.
#pragma once

#include "shared/protocol/json.h"

#include <cstdint>

namespace higgs {

/// Datagrams, each counted once.
struct DatagramLosses
{
    std::uint64_t tunnel = 0; ///< between WireGuard and the paths, either way
    std::uint64_t limits = 0; ///< held to a rate, and too many
    std::uint64_t paths = 0;  ///< by a path that took no more, or while none carried
    std::uint64_t unsent = 0; ///< that the kernel did not take from the UDP socket
    std::uint64_t late = 0;   ///< that came to the UDP socket, and were not fetched in time
    /// That came to the UDP socket from nobody known: mostly not a session's at all.
    std::uint64_t strangers = 0;

    friend bool operator==(const DatagramLosses &, const DatagramLosses &) = default;
};

class UdpMux;

/// What its socket lost, whoever it was for.
DatagramLosses lossesOf(const UdpMux &mux);

/// An object with a member for each.
protocol::Json toJson(const DatagramLosses &losses);

} // namespace higgs
