// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON Schemas of the wire, as they stand in shared/protocol/schemas, and the validator that
// holds a document against one of them.
#pragma once

#include "shared/protocol/json.h"

#include <string>
#include <string_view>
#include <vector>

namespace higgs::protocol {

/// One fault of a document: where (JSON Pointer, RFC 6901; "" is the whole) and what.
struct Fault
{
    std::string path;
    std::string message;

    friend bool operator==(const Fault &, const Fault &) = default;
};

using Faults = std::vector<Fault>;

enum class SchemaName {
    RegisterRequest,
    RegisterResponse,
    HeartbeatRequest,
    HeartbeatResponse,
    RoutingRequest,
    RoutingResponse,
    MetricsReport,
    ServerInfo,
    LocationsResponse,
    NodesResponse,
    RenewResponse,
    StunServersResponse,
    TurnServersResponse,
    IceServersResponse,
    StatusResponse,
    ErrorBody,
    RelayMessage,
    SignalMessage,
};

/// The file of a schema ("register_request.json").
std::string_view schemaFile(SchemaName name);
/// The schema's text, as it stands in its file.
std::string_view schemaText(SchemaName name);

/// Every fault of the document; empty means valid. Thread-safe: schemas are parsed once a thread.
/// The decoders call this themselves, and then check what a schema cannot say.
Faults validate(SchemaName name, const Json &document);

/// The first fault as an Error (Malformed, "/path: message"), for a log or a client.
Error faultError(const Faults &faults);

} // namespace higgs::protocol
