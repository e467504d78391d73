// SPDX-License-Identifier: GPL-3.0-or-later
// A sink that holds so many datagrams until the test has had some of them, and counts what was
// given beyond that.
#pragma once

#include "shared/base/datagram.h"

#include <algorithm>

namespace higgs::test {

class BoundedSink : public DatagramSink
{
public:
    explicit BoundedSink(std::size_t bound) : m_bound(bound) {}

    void take(std::span<const ByteSpan> datagrams) override
    {
        for (const ByteSpan &datagram : datagrams)
            received.emplace_back(datagram.begin(), datagram.end());
        m_held += datagrams.size();
        if (m_held > m_bound)
            overrun = m_held - m_bound;
    }
    [[nodiscard]] std::size_t room() const override
    {
        const std::size_t left = m_bound - std::min(m_held, m_bound);
        return left < MaxTrain ? 0 : left;
    }
    /// The test has had all that was held.
    void drain()
    {
        m_held = 0;
        tellRoom();
    }
    using DatagramSink::isAwaited;

    std::vector<Bytes> received; ///< since the beginning
    std::size_t overrun = 0;     ///< datagrams that were given where there was no room

private:
    std::size_t m_bound;
    std::size_t m_held = 0;
};

/// Counts how often it was told.
class CountingWaiter : public RoomWaiter
{
public:
    void roomAgain() override { ++told; }
    int told = 0;
};

} // namespace higgs::test
