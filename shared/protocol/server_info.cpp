// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/server_info.h"

#include "shared/protocol/field_reader.h"
#include "shared/protocol/field_writer.h"

namespace higgs::protocol {

namespace {

void readHostPort(FieldReader &reader, std::string &host, std::uint16_t &port)
{
    reader.required("host", host);
    reader.required("port", port);
    if (reader.find("host") && !isHostText(host))
        reader.at("host").fault("must be a host name or an IP address");
    if (reader.find("port") && port == 0)
        reader.at("port").fault("must be a port");
}

} // namespace

void readValue(const Json &json, const Place &place, RelayServer &out)
{
    FieldReader reader(json, place);
    reader.required("id", out.id);
    readHostPort(reader, out.host, out.port);
    reader.required("protocol", out.protocol);
}

void readValue(const Json &json, const Place &place, StunServer &out)
{
    FieldReader reader(json, place);
    readHostPort(reader, out.host, out.port);
}

Json asJson(const RelayServer &server)
{
    return {{"id", server.id},
            {"host", server.host},
            {"port", server.port},
            {"protocol", server.protocol}};
}

Json asJson(const StunServer &server)
{
    return {{"host", server.host}, {"port", server.port}};
}

Result<ServerInfo> decodeServerInfo(const Json &json, Faults *faults)
{
    return decodeDocument<ServerInfo>(
        json, faults, std::nullopt, [](const Json &document, const Place &place, ServerInfo &out) {
            FieldReader reader(document, place);
            reader.required("name", out.name);
            reader.required("version", out.version);
            reader.required("time", out.time);
            reader.required("publicKey", out.publicKey);
            reader.required("access", out.access);
            reader.required("nodeAccess", out.nodeAccess);
            reader.required("relayServers", out.relayServers);
            reader.required("stunServers", out.stunServers);
            reader.optional("clientAddress", out.clientAddress);
            const Place tunnelPlace = reader.at("tunnel");
            const Json *tunnel = reader.find("tunnel");
            if (!tunnel) {
                tunnelPlace.fault("is required");
                return;
            }
            FieldReader networks(*tunnel, tunnelPlace);
            networks.required("network4", out.tunnelNetwork4);
            networks.required("network6", out.tunnelNetwork6);
        });
}

Json toJson(const ServerInfo &info)
{
    Json json{
        {"name", info.name},
        {"version", info.version},
        {"time", asJson(info.time)},
        {"publicKey", asJson(info.publicKey)},
        {"access", asJson(info.access)},
        {"nodeAccess", asJson(info.nodeAccess)},
        {"relayServers", asJson(info.relayServers)},
        {"stunServers", asJson(info.stunServers)},
        {"tunnel",
         {{"network4", asJson(info.tunnelNetwork4)}, {"network6", asJson(info.tunnelNetwork6)}}}};
    if (info.clientAddress)
        json["clientAddress"] = asJson(*info.clientAddress);
    return json;
}

} // namespace higgs::protocol
