// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/link_health.h"

#include <algorithm>
#include <cmath>

namespace higgs::vpn {

void LinkHealth::add(std::optional<double> rttMs)
{
    if (m_probes.size() >= Window)
        m_probes.pop_front();
    m_probes.push_back(rttMs);
}

void LinkHealth::answered(double rttMs)
{
    add(rttMs);
}

void LinkHealth::missed()
{
    add(std::nullopt);
}

Health LinkHealth::now() const
{
    if (!m_probes.empty() && !m_probes.back())
        return Health::NoSignal;
    const auto losses = std::count(m_probes.begin(), m_probes.end(), std::nullopt);
    if (losses > static_cast<std::ptrdiff_t>(TolerableLosses))
        return Health::Unstable;
    double differences = 0;
    double rtts = 0;
    std::size_t pairs = 0;
    for (std::size_t i = 1; i < m_probes.size(); ++i) {
        if (!m_probes[i - 1] || !m_probes[i])
            continue;
        differences += std::abs(*m_probes[i] - *m_probes[i - 1]);
        rtts += *m_probes[i];
        ++pairs;
    }
    // A long way may swing by a part of its length without anybody noticing.
    const bool swings = pairs > 0 && differences > TolerableJitterMs * static_cast<double>(pairs) &&
                        differences * 4 > rtts;
    return swings ? Health::Unstable : Health::Stable;
}

} // namespace higgs::vpn
