// SPDX-License-Identifier: GPL-3.0-or-later
// What /metrics says: the families of WIRE.md, with labels of bounded cardinality only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace higgs::server {

/// Gauges and foreign counters, gathered when somebody asks.
struct MetricsSnapshot
{
    double nodesOnline = 0;
    double nodesOffline = 0;
    double nodesPending = 0;
    double sessionsConnected = 0; ///< with both ends on the relay
    double sessionsWaiting = 0;
};

/// The relay's own counters, absolute.
struct RelayFigures
{
    double connections = 0;
    std::uint64_t bytes[2] = {}; ///< client-to-node, node-to-client
    std::uint64_t frames[2] = {};
    std::uint64_t reconnects[2] = {}; ///< client, node
};

/// Control thread only.
class ServerMetrics
{
public:
    ServerMetrics();
    ~ServerMetrics();

    /// `route` is a pattern and never a path; an unknown method is counted as "OTHER".
    void request(std::string_view route, std::string_view method, int status, double seconds);
    void rateLimited(std::string_view rateClass);
    /// An absolute counter of what is refused before it is a request: handshakes, connections.
    void setRateLimited(std::string_view rateClass, std::uint64_t total);
    void error(std::string_view kind);
    void nodeLatency(double seconds);

    void setState(const MetricsSnapshot &snapshot);
    void setRelay(const RelayFigures &figures);
    /// An absolute counter of the relay: dropped frames by reason, errors by kind.
    void setRelayDropped(std::string_view reason, std::uint64_t total);
    void setRelayErrors(std::string_view kind, std::uint64_t total);
    /// An absolute counter of another part's.
    void setErrors(std::string_view kind, std::uint64_t total);

    /// Prometheus text format, version 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    struct Families;
    std::unique_ptr<Families> m_families;
};

} // namespace higgs::server
