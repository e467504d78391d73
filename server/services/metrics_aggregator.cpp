// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/metrics_aggregator.h"

#include <algorithm>
#include <iterator>

namespace higgs::server {

namespace {

constexpr std::int64_t MinuteMs = 60'000;

// The figures that are averaged, in the order of Minute::sums.
constexpr std::optional<double> MetricsRecord::*Gauges[] = {
    &MetricsRecord::latency,     &MetricsRecord::jitter,      &MetricsRecord::packetLoss,
    &MetricsRecord::cpuUsage,    &MetricsRecord::memoryUsage, &MetricsRecord::diskUsage,
    &MetricsRecord::loadAverage, &MetricsRecord::bandwidthUp, &MetricsRecord::bandwidthDown,
};

double number(std::uint64_t value)
{
    return static_cast<double>(value);
}

MetricsRecord recordOf(const protocol::MetricsReport &report)
{
    MetricsRecord record;
    record.node = report.nodeId;
    if (report.network) {
        record.latency = report.network->latency;
        record.jitter = report.network->jitter;
        record.packetLoss = report.network->packetLoss;
        if (report.network->bandwidth) {
            record.bandwidthUp = report.network->bandwidth->up;
            record.bandwidthDown = report.network->bandwidth->down;
        }
    }
    if (report.system) {
        record.cpuUsage = report.system->cpuUsage;
        record.memoryUsage = report.system->memoryUsage;
        record.diskUsage = report.system->diskUsage;
        record.loadAverage = report.system->loadAverage;
    }
    if (report.wireguard && report.wireguard->packets) {
        record.packetsSent = number(report.wireguard->packets->sent);
        record.packetsReceived = number(report.wireguard->packets->received);
        record.packetErrors = number(report.wireguard->packets->errors);
    }
    if (report.wireguard && report.wireguard->bytes) {
        record.bytesSent = number(report.wireguard->bytes->sent);
        record.bytesReceived = number(report.wireguard->bytes->received);
    }
    if (report.connections) {
        record.connectionsActive = number(report.connections->active);
        record.connectionsTotal = number(report.connections->total);
        record.connectionsFailed = number(report.connections->failed);
    }
    return record;
}

} // namespace

bool metricsTimeIsAcceptable(WallTime now, WallTime timestamp)
{
    return timestamp >= now - MetricsMaxAge && timestamp <= now + MetricsMaxLead;
}

void MetricsAggregator::add(const protocol::MetricsReport &report)
{
    static_assert(std::size(Gauges) == GaugeCount);
    const std::int64_t start = report.timestamp.ms / MinuteMs * MinuteMs;
    const auto nodes = m_minutes.find({start});
    const bool known = nodes != m_minutes.end() && nodes->second.contains(report.nodeId);
    if (!known && m_count + m_waiting.size() >= MaxRecords) {
        ++m_dropped;
        return;
    }
    if (!known)
        ++m_count;
    Minute &minute = m_minutes[{start}][report.nodeId];
    const unsigned samples = minute.last.samples;
    minute.last = recordOf(report);
    minute.last.minute = {start};
    minute.last.samples = samples + 1;
    for (std::size_t i = 0; i < GaugeCount; ++i) {
        if (const auto &value = minute.last.*Gauges[i]) {
            minute.sums[i] += *value;
            ++minute.counts[i];
        }
    }
}

MetricsRecord MetricsAggregator::finish(const Minute &minute)
{
    MetricsRecord record = minute.last;
    for (std::size_t i = 0; i < GaugeCount; ++i) {
        if (minute.counts[i] > 0)
            record.*Gauges[i] = minute.sums[i] / minute.counts[i];
    }
    return record;
}

std::vector<MetricsRecord> MetricsAggregator::takeFinished(WallTime now, std::size_t most)
{
    const auto from = m_waiting.size() - std::min(most, m_waiting.size());
    const auto first = m_waiting.begin() + static_cast<std::ptrdiff_t>(from);
    std::vector<MetricsRecord> records(std::make_move_iterator(first),
                                       std::make_move_iterator(m_waiting.end()));
    m_waiting.erase(first, m_waiting.end());
    while (records.size() < most && !m_minutes.empty() &&
           m_minutes.begin()->first + Milliseconds(MinuteMs) <= now) {
        auto &nodes = m_minutes.begin()->second;
        while (records.size() < most && !nodes.empty()) {
            records.push_back(finish(nodes.begin()->second));
            nodes.erase(nodes.begin());
            --m_count;
        }
        if (nodes.empty())
            m_minutes.erase(m_minutes.begin());
    }
    return records;
}

std::vector<MetricsRecord> MetricsAggregator::takeAll()
{
    std::vector<MetricsRecord> records = std::exchange(m_waiting, {});
    for (const auto &[start, nodes] : m_minutes) {
        for (const auto &[node, minute] : nodes)
            records.push_back(finish(minute));
    }
    m_minutes.clear();
    m_count = 0;
    return records;
}

void MetricsAggregator::putBack(std::vector<MetricsRecord> records)
{
    for (MetricsRecord &record : records) {
        if (m_count + m_waiting.size() < MaxRecords)
            m_waiting.push_back(std::move(record));
        else
            ++m_dropped;
    }
}

} // namespace higgs::server
