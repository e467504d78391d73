// SPDX-License-Identifier: GPL-3.0-or-later
// What /metrics tells of the server's own condition and of what it depends on.
#include "server/metrics/metric_families.h"

namespace higgs::server {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

namespace {

// A packet that waits for the control thread: from what nobody notices to what ends a session.
const Histogram::BucketBoundaries LagBuckets = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                0.25,  0.5,   1,    2.5,   5};

Family<Gauge> &gauge(Registry &registry, const char *name, const char *help)
{
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Counter> &counter(Registry &registry, const char *name, const char *help)
{
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

} // namespace

ServerMetrics::ConditionFamilies::ConditionFamilies(Registry &registry)
    : build(gauge(registry, "boson_build_info", "The version that runs; always 1")),
      bus(gauge(registry, "boson_cluster_bus_up",
                "Whether the other servers can be heard; only where there are some")),
      storageSeconds(gauge(registry, "boson_storage_probe_seconds",
                           "How long the latest probe of the storage took")),
      used(gauge(registry, "boson_limit_used", "How much of a limit is in use")),
      most(gauge(registry, "boson_limit", "What a limit admits")),
      countries(gauge(registry, "boson_country_nodes", "Nodes that are online, by country")),
      stun(counter(registry, "boson_stun_requests_total", "STUN binding requests, by result")),
      reached(counter(registry, "boson_limit_reached_total", "Refusals as a limit was reached")),
      startedAt(gauge(registry, "process_start_time_seconds",
                      "When the process began, in seconds since 1970")
                    .Add({})),
      certificateEnds(gauge(registry, "boson_certificate_expiry_timestamp_seconds",
                            "When the TLS certificate ends, in seconds since 1970")
                          .Add({})),
      ready(gauge(registry, "boson_ready", "Whether /readyz says that it is ready").Add({})),
      drained(gauge(registry, "boson_drained", "Whether no new sessions are taken").Add({})),
      storageUp(gauge(registry, "boson_storage_up", "Whether the storage answers").Add({})),
      instances(
          gauge(registry, "boson_cluster_instances", "Servers that act as one, this one among them")
              .Add({})),
      resident(gauge(registry, "process_resident_memory_bytes", "Memory that is resident").Add({})),
      processor(counter(registry, "process_cpu_seconds_total", "Processor time spent").Add({})),
      outages(counter(registry, "boson_storage_outages_total", "Times that the storage went away")
                  .Add({})),
      linesDropped(counter(registry, "boson_log_lines_dropped_total",
                           "Lines of the log that nobody read in time")
                       .Add({})),
      lag(prometheus::BuildHistogram()
              .Name("boson_control_lag_seconds")
              .Help("How late the control thread comes to what is due")
              .Register(registry)
              .Add({}, LagBuckets))
{}

void ServerMetrics::limitReached(std::string_view limit)
{
    m_condition->reached.Add({{"limit", std::string(limit)}}).Increment();
}

void ServerMetrics::controlLag(double seconds)
{
    m_condition->lag.Observe(seconds);
}

void ServerMetrics::setCondition(const ConditionFigures &figures)
{
    ConditionFamilies &families = *m_condition;
    families.build.Add({{"version", figures.version}}).Set(1);
    families.startedAt.Set(figures.startedAt);
    families.certificateEnds.Set(figures.certificateEnds);
    families.ready.Set(figures.ready ? 1 : 0);
    families.drained.Set(figures.drained ? 1 : 0);
    families.storageUp.Set(figures.storageUp ? 1 : 0);
    families.instances.Set(figures.instances);
    families.resident.Set(figures.residentBytes);
    if (figures.busUp)
        families.bus.Add({}).Set(*figures.busUp ? 1 : 0);
    if (figures.storageSeconds)
        families.storageSeconds.Add({}).Set(*figures.storageSeconds);
    const double spent = figures.processorSeconds - families.processor.Value();
    if (spent > 0)
        families.processor.Increment(spent);
    raiseTo(families.outages, figures.storageOutages);
    raiseTo(families.linesDropped, figures.linesDropped);
}

void ServerMetrics::setStun(const StunFigures &figures)
{
    raiseTo(m_condition->stun.Add({{"result", "answered"}}), figures.answered);
    raiseTo(m_condition->stun.Add({{"result", "refused"}}), figures.refused);
}

void ServerMetrics::setLimit(const LimitFigures &figures)
{
    const std::string name(figures.name);
    m_condition->used.Add({{"limit", name}}).Set(figures.used);
    m_condition->most.Add({{"limit", name}}).Set(figures.most);
}

void ServerMetrics::setCountries(const std::map<std::string, double> &nodes)
{
    for (const auto &[country, count] : nodes)
        m_condition->toldCountries.insert(country);
    for (const std::string &country : m_condition->toldCountries) {
        const auto found = nodes.find(country);
        m_condition->countries.Add({{"country", country}})
            .Set(found == nodes.end() ? 0 : found->second);
    }
}

} // namespace higgs::server
