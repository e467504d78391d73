// SPDX-License-Identifier: GPL-3.0-or-later
// A node's periodic metrics report (specification 1.4). Every group and every figure is optional.
#pragma once

#include "shared/protocol/rest_nodes.h"

namespace higgs::protocol {

struct NetworkMetrics
{
    std::optional<double> latency;    ///< ms
    std::optional<double> jitter;     ///< ms
    std::optional<double> packetLoss; ///< per cent
    std::optional<Bandwidth> bandwidth;

    friend bool operator==(const NetworkMetrics &, const NetworkMetrics &) = default;
};

struct SystemMetrics
{
    std::optional<double> cpuUsage;    ///< per cent
    std::optional<double> memoryUsage; ///< per cent
    std::optional<double> diskUsage;   ///< per cent
    std::optional<double> loadAverage;

    friend bool operator==(const SystemMetrics &, const SystemMetrics &) = default;
};

struct PacketCounts
{
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t errors = 0;

    friend bool operator==(const PacketCounts &, const PacketCounts &) = default;
};

struct ByteCounts
{
    std::uint64_t sent = 0;
    std::uint64_t received = 0;

    friend bool operator==(const ByteCounts &, const ByteCounts &) = default;
};

struct WireguardMetrics
{
    std::optional<PacketCounts> packets;
    std::optional<ByteCounts> bytes;

    friend bool operator==(const WireguardMetrics &, const WireguardMetrics &) = default;
};

struct ConnectionMetrics
{
    std::uint64_t active = 0;
    std::uint64_t total = 0;
    std::uint64_t failed = 0;

    friend bool operator==(const ConnectionMetrics &, const ConnectionMetrics &) = default;
};

struct MetricsReport
{
    NodeId nodeId;
    WallTime timestamp;
    std::optional<NetworkMetrics> network;
    std::optional<SystemMetrics> system;
    std::optional<WireguardMetrics> wireguard;
    std::optional<ConnectionMetrics> connections;

    friend bool operator==(const MetricsReport &, const MetricsReport &) = default;
};

Result<MetricsReport> decodeMetricsReport(const Json &json, Faults *faults = nullptr);
Json toJson(const MetricsReport &report);

/// The answer to a report: {"status": "ok"}.
Json statusOk();
Result<void> decodeStatusResponse(const Json &json, Faults *faults = nullptr);

} // namespace higgs::protocol
