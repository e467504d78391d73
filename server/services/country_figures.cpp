// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/country_figures.h"

#include "server/services/route_choice.h"

#include <algorithm>

namespace higgs::server {

namespace {

struct Reported
{
    std::vector<double> latencies;
    std::vector<double> bandwidths;
};

/// The lower one of two in the middle: an estimate promises rather too little.
double medianOr(std::vector<double> &values, double otherwise)
{
    if (values.empty())
        return otherwise;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

void CountryFigures::refresh(Monotonic now, const NodeRegistry &nodes)
{
    if (m_counted && now - *m_counted < RefreshInterval)
        return;
    m_counted = now;
    std::map<protocol::CountryCode, Reported> reported;
    nodes.forEach([&reported](const Node &node) {
        if (!node.isOffered())
            return;
        Reported &country = reported[node.record.country];
        if (node.metrics.latency)
            country.latencies.push_back(*node.metrics.latency);
        if (const auto bandwidth = bandwidthOf(node.record))
            country.bandwidths.push_back(*bandwidth);
    });
    m_medians.clear();
    const Estimate none;
    for (auto &[country, figures] : reported)
        m_medians[country] = {medianOr(figures.latencies, none.latency),
                              medianOr(figures.bandwidths, none.bandwidth)};
}

Estimate CountryFigures::estimate(Monotonic now, const NodeRegistry &nodes, const Node &node,
                                  Milliseconds clientLeg)
{
    const auto bandwidth = bandwidthOf(node.record);
    Estimate usual;
    if (!node.metrics.latency || !bandwidth) {
        refresh(now, nodes);
        if (const auto found = m_medians.find(node.record.country); found != m_medians.end())
            usual = found->second;
    }
    const double nodeLeg = node.metrics.latency.value_or(usual.latency);
    return {nodeLeg + static_cast<double>(clientLeg.count()), bandwidth.value_or(usual.bandwidth)};
}

} // namespace higgs::server
