// SPDX-License-Identifier: GPL-3.0-or-later
// Whose connections are read in this turn of a relay thread. One site has so much of a turn, with
// however many connections: what it sends beyond waits in its sockets, and the datagrams of others
// wait for no more than that. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

namespace higgs::relay {

class RelayLeg;

class ReadTurns
{
public:
    /// What reading costs, in bytes of big datagrams: some millisecond for all of a turn.
    static constexpr std::size_t PerTurn = 256 * 1024;
    /// Besides its bytes, of each frame.
    static constexpr std::size_t EachFrame = 128;
    /// Of a site that waits: each reads 64 KB at most, and more only if that leaves something.
    static constexpr std::size_t WokenPerTurn = 4;

    [[nodiscard]] static std::size_t costOf(std::size_t bytes, std::uint64_t frames)
    {
        return bytes + EachFrame * static_cast<std::size_t>(frames);
    }

    /// Asked before each read. False: the leg waits from now on, until wake() names it, and is not
    /// asked for. `site`: siteOf() its address. `turn`: EpollSet::turn().
    [[nodiscard]] bool mayRead(RelayLeg *leg, const IpAddress &site, std::uint64_t turn);
    void worked(const IpAddress &site, std::uint64_t turn, std::size_t cost);
    /// Those who go on in this turn, of each site those who have waited for the longest. Their
    /// next read is free to begin.
    [[nodiscard]] std::vector<RelayLeg *> wake();
    /// A leg that waits is gone.
    void remove(RelayLeg *leg, const IpAddress &site);
    [[nodiscard]] bool isAnyoneWaiting() const { return m_waiting > 0; }

private:
    struct Site
    {
        std::uint64_t turn = 0;
        std::size_t used = 0; ///< in that turn
        std::deque<RelayLeg *> waiting;
    };

    std::unordered_map<IpAddress, Site> m_sites;
    std::size_t m_waiting = 0;
    std::uint64_t m_sweptAt = 0; ///< turn
};

} // namespace higgs::relay
