// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/line_quality.h"

#include <cmath>

namespace higgs::node {

namespace {

constexpr Seconds SpanLength{10};
constexpr Seconds Window{60};
constexpr unsigned LeastProbes = 5;
constexpr double LatencyWeight = 1.0 / 8;
constexpr double JitterWeight = 1.0 / 16;

} // namespace

LineQuality::Span &LineQuality::current(Monotonic now)
{
    if (m_spans.empty() || now - m_spans.back().since >= SpanLength)
        m_spans.push_back({now, 0, 0});
    while (now - m_spans.front().since >= Window)
        m_spans.pop_front();
    return m_spans.back();
}

void LineQuality::answered(Monotonic now, double rttMs)
{
    ++current(now).answered;
    if (m_latencyMs) {
        m_jitterMs += (std::abs(rttMs - m_lastMs) - m_jitterMs) * JitterWeight;
        *m_latencyMs += (rttMs - *m_latencyMs) * LatencyWeight;
    } else {
        m_latencyMs = rttMs;
    }
    m_lastMs = rttMs;
}

void LineQuality::lost(Monotonic now)
{
    ++current(now).lost;
}

std::optional<LineFigures> LineQuality::figures(Monotonic now) const
{
    unsigned answered = 0;
    unsigned lost = 0;
    for (const Span &each : m_spans) {
        if (now - each.since >= Window)
            continue;
        answered += each.answered;
        lost += each.lost;
    }
    if (answered + lost < LeastProbes || !m_latencyMs)
        return std::nullopt;
    return LineFigures{*m_latencyMs, m_jitterMs, 100.0 * lost / (answered + lost)};
}

} // namespace higgs::node
