// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/metrics/metric_families.h"

#include <array>
#include <prometheus/text_serializer.h>

namespace higgs::server {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

namespace {

const Histogram::BucketBoundaries RequestBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                    0.05,   0.1,   0.25,   0.5,   1,    2.5};
const Histogram::BucketBoundaries LatencyBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025,
                                                    0.05,  0.1,    0.25,  0.5,  1};

constexpr std::array<const char *, 2> DirectionNames = {"client-to-node", "node-to-client"};
constexpr std::array<const char *, 2> RoleNames = {"client", "node"};

std::string knownMethod(std::string_view method)
{
    for (const std::string_view known :
         {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
        if (method == known)
            return std::string(known);
    }
    return "OTHER";
}

} // namespace

ServerMetrics::Families::Families()
    : nodes(BuildGauge().Name("boson_nodes").Help("Registered nodes by state").Register(registry)),
      sessions(
          BuildGauge().Name("boson_sessions").Help("Live sessions by state").Register(registry)),
      connections(BuildGauge()
                      .Name("boson_relay_connections")
                      .Help("Open relay connections")
                      .Register(registry)),
      bytes(BuildCounter()
                .Name("boson_relay_bytes_total")
                .Help("Bytes of datagrams that ends sent to the relay")
                .Register(registry)),
      frames(BuildCounter()
                 .Name("boson_relay_frames_total")
                 .Help("Datagrams that ends sent to the relay")
                 .Register(registry)),
      dropped(BuildCounter()
                  .Name("boson_relay_dropped_frames_total")
                  .Help("Datagrams that the relay dropped, by reason")
                  .Register(registry)),
      requests(BuildCounter()
                   .Name("boson_http_requests_total")
                   .Help("HTTP requests by route, method and status code")
                   .Register(registry)),
      limited(BuildCounter()
                  .Name("boson_rate_limited_total")
                  .Help("Requests refused by a rate limit, by class")
                  .Register(registry)),
      reconnects(BuildCounter()
                     .Name("boson_reconnects_total")
                     .Help("Relay connections that replaced or resumed another")
                     .Register(registry)),
      errors(BuildCounter().Name("boson_errors_total").Help("Errors by kind").Register(registry)),
      duration(BuildHistogram()
                   .Name("boson_http_request_duration_seconds")
                   .Help("Time from request to answer, by class of route")
                   .Register(registry)),
      nodeLatency(BuildHistogram()
                      .Name("boson_node_latency_seconds")
                      .Help("Latency that nodes report")
                      .Register(registry)
                      .Add({}, LatencyBuckets))
{}

ServerMetrics::ServerMetrics()
    : m_families(std::make_unique<Families>()),
      m_condition(std::make_unique<ConditionFamilies>(m_families->registry))
{
    // Series that exist from the start, so that a rate has a zero to begin with.
    setState({});
    setRelay({});
    m_families->limited.Add({{"class", "read"}});
    m_families->duration.Add({{"class", "read"}}, RequestBuckets);
    m_families->errors.Add({{"kind", "storage"}});
    m_families->dropped.Add({{"reason", "slow_reader"}});
    for (const char *limit : {"nodes", "nodes_of_address", "sessions"})
        m_condition->reached.Add({{"limit", limit}});
}

ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::request(std::string_view route, std::string_view method, int status,
                            std::string_view rateClass, double seconds)
{
    m_families->requests
        .Add({{"route", std::string(route)},
              {"method", knownMethod(method)},
              {"code", std::to_string(status)}})
        .Increment();
    m_families->duration.Add({{"class", std::string(rateClass)}}, RequestBuckets).Observe(seconds);
}

void ServerMetrics::rateLimited(std::string_view rateClass)
{
    m_families->limited.Add({{"class", std::string(rateClass)}}).Increment();
}

void ServerMetrics::setRateLimited(std::string_view rateClass, std::uint64_t total)
{
    raiseTo(m_families->limited.Add({{"class", std::string(rateClass)}}), total);
}

void ServerMetrics::error(std::string_view kind)
{
    m_families->errors.Add({{"kind", std::string(kind)}}).Increment();
}

void ServerMetrics::nodeLatency(double seconds)
{
    m_families->nodeLatency.Observe(seconds);
}

void ServerMetrics::setState(const MetricsSnapshot &snapshot)
{
    m_families->nodes.Add({{"state", "online"}}).Set(snapshot.nodesOnline);
    m_families->nodes.Add({{"state", "offline"}}).Set(snapshot.nodesOffline);
    m_families->nodes.Add({{"state", "pending"}}).Set(snapshot.nodesPending);
    m_families->sessions.Add({{"state", "connected"}}).Set(snapshot.sessionsConnected);
    m_families->sessions.Add({{"state", "waiting"}}).Set(snapshot.sessionsWaiting);
}

void ServerMetrics::setRelay(const RelayFigures &figures)
{
    m_families->connections.Add({}).Set(figures.connections);
    for (std::size_t i = 0; i < DirectionNames.size(); ++i) {
        raiseTo(m_families->bytes.Add({{"direction", DirectionNames[i]}}), figures.bytes[i]);
        raiseTo(m_families->frames.Add({{"direction", DirectionNames[i]}}), figures.frames[i]);
        raiseTo(m_families->reconnects.Add({{"role", RoleNames[i]}}), figures.reconnects[i]);
    }
}

void ServerMetrics::setRelayDropped(std::string_view reason, std::uint64_t total)
{
    raiseTo(m_families->dropped.Add({{"reason", std::string(reason)}}), total);
}

void ServerMetrics::setRelayErrors(std::string_view kind, std::uint64_t total)
{
    setErrors("relay_" + std::string(kind), total);
}

void ServerMetrics::setErrors(std::string_view kind, std::uint64_t total)
{
    raiseTo(m_families->errors.Add({{"kind", std::string(kind)}}), total);
}

std::string ServerMetrics::text() const
{
    return prometheus::TextSerializer().Serialize(m_families->registry.Collect());
}

} // namespace higgs::server
