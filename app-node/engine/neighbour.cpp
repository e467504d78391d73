// SPDX-License-Identifier: GPL-3.0-or-later
// The node as a good neighbour: measures the line while guests use it, and holds them back when
// somebody else wants it.
#include "app-node/engine/node_engine_p.h"
#include "shared/base/log.h"

#include <algorithm>

namespace higgs::node {

namespace {

constexpr double BusyMbps = 0.05;
/// So many lost in a row, and it is asked anew, by a fresh socket, what address the line has.
constexpr unsigned SilentProbes = 4;
constexpr double BitsPerMegabit = 1e6;
constexpr Milliseconds UseWindow{500};

std::optional<double> lower(std::uint32_t limit, std::optional<double> allowed)
{
    const std::optional<double> limited = limit == 0 ? std::nullopt : std::optional<double>(limit);
    if (!limited || !allowed)
        return limited ? limited : allowed;
    return std::min(*limited, *allowed);
}

} // namespace

void NodeEngine::Private::watchNeighbours()
{
    connect(&m_uplinkProbe, &UplinkProbe::answered, this, [this](double rttMs) {
        const Monotonic now = monotonicNow();
        m_lostInRow = 0;
        m_line.answered(now, rttMs);
        if (!m_yields)
            return;
        const double use = guestUse();
        m_neighbour.answered(now, rttMs, use);
        m_uplinkProbe.setPace(m_neighbour.isAlert() ? UplinkProbe::Pace::Alert
                              : use > BusyMbps      ? UplinkProbe::Pace::Busy
                              : m_guests.empty()    ? UplinkProbe::Pace::Alone
                                                    : UplinkProbe::Pace::Idle);
        applyRates();
    });
    connect(&m_uplinkProbe, &UplinkProbe::seenAs, this, &Private::seenAs);
    connect(&m_uplinkProbe, &UplinkProbe::lost, this, [this] {
        const Monotonic now = monotonicNow();
        if (++m_lostInRow % SilentProbes == 0)
            askMappedAddress();
        m_line.lost(now);
        if (!m_yields)
            return;
        m_neighbour.lost(now, guestUse());
        applyRates();
    });
}

/// Starts or stops measuring as the exit stands, and yielding as the owner wishes.
void NodeEngine::Private::applyNeighbour()
{
    const bool measures = m_device && m_lineServer;
    if (measures != m_measures) {
        m_measures = measures;
        m_line = {};
        m_uplinkProbe.stop();
        if (measures) {
            if (const Result<void> started = m_uplinkProbe.start(*m_lineServer); !started)
                log::warning("node", "the line is not measured: guests do not give way",
                             {{"error", started.error().detail}});
            m_uplinkProbe.setPace(UplinkProbe::Pace::Alone);
        }
    }
    const bool yields = measures && m_config.limits.goodNeighbour;
    if (yields == m_yields)
        return;
    m_yields = yields;
    m_neighbour.reset();
    m_uplinkProbe.setPace(yields ? UplinkProbe::Pace::Idle : UplinkProbe::Pace::Alone);
    applyRates();
}

/// Mbit/s of guests over the last half second and a little more, the busier way.
double NodeEngine::Private::guestUse()
{
    const Monotonic now = monotonicNow();
    const TrafficCounts totals = m_traffic.totals();
    m_useSamples.push_back({now, totals});
    while (m_useSamples.size() > 2 && now - m_useSamples[1].at >= UseWindow)
        m_useSamples.pop_front();
    const UseSample &first = m_useSamples.front();
    const double seconds = std::chrono::duration<double>(now - first.at).count();
    if (seconds <= 0)
        return 0;
    const std::uint64_t moved =
        std::max(totals.up - first.totals.up, totals.down - first.totals.down);
    return static_cast<double>(moved) * 8 / BitsPerMegabit / seconds;
}

void NodeEngine::Private::applyRates()
{
    const std::optional<double> allowed =
        m_yields ? m_neighbour.allowedMbps() : std::optional<double>();
    const GuestRates rates{lower(m_config.limits.upMbps, allowed),
                           lower(m_config.limits.downMbps, allowed)};
    if (rates == m_ratesNow)
        return;
    m_ratesNow = rates;
    const bool gives = allowed && (rates.upMbps == allowed || rates.downMbps == allowed);
    m_traffic.setRates(rates.upMbps, rates.downMbps, gives ? GentleCatchUp : ExactCatchUp);
}

NeighbourStatus NodeEngine::Private::neighbourStatus() const
{
    if (!m_config.limits.goodNeighbour)
        return {};
    if (!m_yields)
        return {NeighbourState::Idle, {}, {}};
    return {m_neighbour.state(), m_neighbour.allowedMbps(), m_neighbour.queueMs()};
}

} // namespace higgs::node
