// SPDX-License-Identifier: GPL-3.0-or-later
// The families of /metrics, by what they tell of: traffic, and the server's own condition.
#pragma once

#include "server/metrics/server_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <set>

namespace higgs::server {

/// The one who counts tells a total; what prometheus holds is brought up to it.
inline void raiseTo(prometheus::Counter &counter, std::uint64_t total)
{
    const double missing = static_cast<double>(total) - counter.Value();
    if (missing > 0)
        counter.Increment(missing);
}

struct ServerMetrics::Families
{
    Families();

    prometheus::Registry registry;
    prometheus::Family<prometheus::Gauge> &nodes;
    prometheus::Family<prometheus::Gauge> &sessions;
    prometheus::Family<prometheus::Gauge> &connections;
    prometheus::Family<prometheus::Counter> &bytes;
    prometheus::Family<prometheus::Counter> &frames;
    prometheus::Family<prometheus::Counter> &dropped;
    prometheus::Family<prometheus::Counter> &requests;
    prometheus::Family<prometheus::Counter> &limited;
    prometheus::Family<prometheus::Counter> &reconnects;
    prometheus::Family<prometheus::Counter> &errors;
    prometheus::Family<prometheus::Histogram> &duration;
    prometheus::Histogram &nodeLatency;
};

struct ServerMetrics::ConditionFamilies
{
    explicit ConditionFamilies(prometheus::Registry &registry);

    prometheus::Family<prometheus::Gauge> &build;
    prometheus::Family<prometheus::Gauge> &bus;
    prometheus::Family<prometheus::Gauge> &storageSeconds;
    prometheus::Family<prometheus::Gauge> &used;
    prometheus::Family<prometheus::Gauge> &most;
    prometheus::Family<prometheus::Gauge> &countries;
    prometheus::Family<prometheus::Counter> &stun;
    prometheus::Family<prometheus::Counter> &reached;
    prometheus::Gauge &startedAt;
    prometheus::Gauge &certificateEnds;
    prometheus::Gauge &ready;
    prometheus::Gauge &drained;
    prometheus::Gauge &storageUp;
    prometheus::Gauge &instances;
    prometheus::Gauge &resident;
    prometheus::Counter &processor;
    prometheus::Counter &outages;
    prometheus::Counter &linesDropped;
    prometheus::Histogram &lag;
    std::set<std::string> toldCountries; ///< which go on with 0 when they have no node any more
};

} // namespace higgs::server
