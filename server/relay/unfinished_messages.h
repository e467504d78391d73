// SPDX-License-Identifier: GPL-3.0-or-later
// What the connections of a relay thread hold of messages that have come in part, or wait. Each is
// bounded by itself, and strangers can have many: so the sum is bounded, too, and the site that has
// the most of it gives way. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

namespace higgs::relay {

class RelayLeg;

class UnfinishedMessages
{
public:
    /// The datagrams of a tunnel that a read has cut: less is nobody's fault, and not counted.
    static constexpr std::size_t Blameless = 4096;

    /// The part of all that one site may hold, so that what it makes the allocator keep is bounded
    /// as well.
    static constexpr std::size_t Shares = 4;

    explicit UnfinishedMessages(std::size_t limit) : m_limit(limit) {}

    /// What `leg` holds now. `site`: siteOf() its address, always the same for it.
    void set(RelayLeg *leg, const IpAddress &site, std::size_t bytes);
    /// The leg is gone.
    void remove(RelayLeg *leg);
    /// Over the limit, or the last that set() was called for over its share: the leg that has had
    /// something unfinished for the longest, of the site that holds the most.
    [[nodiscard]] RelayLeg *tooMuch() const;
    [[nodiscard]] std::size_t sum() const { return m_sum; }

private:
    struct Site
    {
        std::size_t sum = 0;
        std::list<RelayLeg *> legs; ///< in the order in which they began
    };
    struct Leg
    {
        IpAddress site;
        std::size_t bytes = 0;
        std::list<RelayLeg *>::iterator place;
    };

    std::size_t m_limit;
    std::size_t m_sum = 0;
    IpAddress m_latest; ///< site
    std::unordered_map<IpAddress, Site> m_sites;
    std::unordered_map<RelayLeg *, Leg> m_legs;
};

} // namespace higgs::relay
