// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/rest_metrics.h"

#include "shared/protocol/field_reader.h"
#include "shared/protocol/field_writer.h"

namespace higgs::protocol {

// In the open namespace, not an unnamed one: the readers and writers of whole documents find these
// overloads by their argument's type, and that look-up does not see into an unnamed namespace.

static void readValue(const Json &json, const Place &place, NetworkMetrics &out)
{
    FieldReader reader(json, place);
    reader.optional("latency", out.latency);
    reader.optional("jitter", out.jitter);
    reader.optional("packetLoss", out.packetLoss);
    reader.optional("bandwidth", out.bandwidth);
}

static void readValue(const Json &json, const Place &place, SystemMetrics &out)
{
    FieldReader reader(json, place);
    reader.optional("cpuUsage", out.cpuUsage);
    reader.optional("memoryUsage", out.memoryUsage);
    reader.optional("diskUsage", out.diskUsage);
    reader.optional("loadAverage", out.loadAverage);
}

static void readValue(const Json &json, const Place &place, PacketCounts &out)
{
    FieldReader reader(json, place);
    reader.optional("sent", out.sent);
    reader.optional("received", out.received);
    reader.optional("errors", out.errors);
}

static void readValue(const Json &json, const Place &place, ByteCounts &out)
{
    FieldReader reader(json, place);
    reader.optional("sent", out.sent);
    reader.optional("received", out.received);
}

static void readValue(const Json &json, const Place &place, WireguardMetrics &out)
{
    FieldReader reader(json, place);
    reader.optional("packets", out.packets);
    reader.optional("bytes", out.bytes);
}

static void readValue(const Json &json, const Place &place, ConnectionMetrics &out)
{
    FieldReader reader(json, place);
    reader.optional("active", out.active);
    reader.optional("total", out.total);
    reader.optional("failed", out.failed);
}

static Json asJson(const NetworkMetrics &metrics)
{
    Json json = Json::object();
    putOptional(json, "latency", metrics.latency);
    putOptional(json, "jitter", metrics.jitter);
    putOptional(json, "packetLoss", metrics.packetLoss);
    putOptional(json, "bandwidth", metrics.bandwidth);
    return json;
}

static Json asJson(const SystemMetrics &metrics)
{
    Json json = Json::object();
    putOptional(json, "cpuUsage", metrics.cpuUsage);
    putOptional(json, "memoryUsage", metrics.memoryUsage);
    putOptional(json, "diskUsage", metrics.diskUsage);
    putOptional(json, "loadAverage", metrics.loadAverage);
    return json;
}

static Json asJson(const WireguardMetrics &metrics)
{
    Json json = Json::object();
    if (metrics.packets) {
        json["packets"] = {{"sent", metrics.packets->sent},
                           {"received", metrics.packets->received},
                           {"errors", metrics.packets->errors}};
    }
    if (metrics.bytes)
        json["bytes"] = {{"sent", metrics.bytes->sent}, {"received", metrics.bytes->received}};
    return json;
}

static Json asJson(const ConnectionMetrics &metrics)
{
    return {{"active", metrics.active}, {"total", metrics.total}, {"failed", metrics.failed}};
}

Result<MetricsReport> decodeMetricsReport(const Json &json, Faults *faults)
{
    return decodeDocument<MetricsReport>(
        json, faults, SchemaName::MetricsReport,
        [](const Json &document, const Place &place, MetricsReport &out) {
            FieldReader reader(document, place);
            reader.required("nodeId", out.nodeId);
            reader.required("timestamp", out.timestamp);
            const Place metricsPlace = reader.at("metrics");
            FieldReader metrics(document.at("metrics"), metricsPlace); // required by the schema
            metrics.optional("network", out.network);
            metrics.optional("system", out.system);
            metrics.optional("wireguard", out.wireguard);
            metrics.optional("connections", out.connections);
        });
}

Json toJson(const MetricsReport &report)
{
    Json metrics = Json::object();
    putOptional(metrics, "network", report.network);
    putOptional(metrics, "system", report.system);
    putOptional(metrics, "wireguard", report.wireguard);
    putOptional(metrics, "connections", report.connections);
    return {{"nodeId", asJson(report.nodeId)},
            {"timestamp", asJson(report.timestamp)},
            {"metrics", std::move(metrics)}};
}

Json statusOk()
{
    return {{"status", "ok"}};
}

Result<void> decodeStatusResponse(const Json &json, Faults *faults)
{
    const Result<std::string> status = decodeDocument<std::string>(
        json, faults, std::nullopt, [](const Json &document, const Place &place, std::string &out) {
            FieldReader reader(document, place);
            reader.required("status", out);
            if (reader.find("status") && out != "ok")
                reader.at("status").fault("must be \"ok\"");
        });
    if (!status)
        return unexpected(status.error());
    return {};
}

} // namespace higgs::protocol
