// SPDX-License-Identifier: GPL-3.0-or-later
// What the home's line is like, of the probes that went over it: told to the server, which chooses
// nodes by it. A pure core.
#pragma once

#include "shared/base/clock.h"

#include <deque>
#include <optional>

namespace higgs::node {

struct LineFigures
{
    double latencyMs = 0;   ///< of a round trip to the server, smoothed (RFC 6298 section 2)
    double jitterMs = 0;    ///< RFC 3550 section 6.4.1, of round trips
    double lossPercent = 0; ///< of the last minute's probes
};

class LineQuality
{
public:
    void answered(Monotonic now, double rttMs);
    void lost(Monotonic now);

    /// None with too few probes in the last minute.
    [[nodiscard]] std::optional<LineFigures> figures(Monotonic now) const;

private:
    struct Span
    {
        Monotonic since;
        unsigned answered = 0;
        unsigned lost = 0;
    };

    Span &current(Monotonic now);

    std::deque<Span> m_spans;
    std::optional<double> m_latencyMs;
    double m_lastMs = 0;
    double m_jitterMs = 0;
};

} // namespace higgs::node
