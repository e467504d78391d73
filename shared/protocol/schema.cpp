// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/schema.h"

#include "shared/protocol/schema_extract.h"
#include "shared/protocol/schema_texts.h"

// Its faults come as exceptions, which end in this file; without this they would end the program.
#define VALIJSON_USE_EXCEPTIONS 1
#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <map>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace higgs::protocol {

namespace {

/// Answers to a hostile document stay short.
constexpr std::size_t MaxFaults = 32;

struct NamedFile
{
    SchemaName name;
    std::string_view file;
};

constexpr std::array<NamedFile, 18> Files = {{
    {SchemaName::RegisterRequest, "register_request.json"},
    {SchemaName::RegisterResponse, "register_response.json"},
    {SchemaName::HeartbeatRequest, "heartbeat_request.json"},
    {SchemaName::HeartbeatResponse, "heartbeat_response.json"},
    {SchemaName::RoutingRequest, "routing_request.json"},
    {SchemaName::RoutingResponse, "routing_response.json"},
    {SchemaName::MetricsReport, "metrics_report.json"},
    {SchemaName::ServerInfo, "server_info.json"},
    {SchemaName::LocationsResponse, "locations_response.json"},
    {SchemaName::NodesResponse, "nodes_response.json"},
    {SchemaName::RenewResponse, "renew_response.json"},
    {SchemaName::StunServersResponse, "stun_servers_response.json"},
    {SchemaName::TurnServersResponse, "turn_servers_response.json"},
    {SchemaName::IceServersResponse, "ice_servers_response.json"},
    {SchemaName::StatusResponse, "status_response.json"},
    {SchemaName::ErrorBody, "error_body.json"},
    {SchemaName::RelayMessage, "relay_message.json"},
    {SchemaName::SignalMessage, "signal_message.json"},
}};

std::string_view textOf(std::string_view file)
{
    for (const SchemaText &schema : schemaTexts()) {
        if (schema.file == file)
            return schema.text;
    }
    return {};
}

/// Puts what a "$ref" names in its place, so that a schema stands alone. Our own files, no cycles.
void resolveReferences(Json &json)
{
    if (json.is_object() && json.contains("$ref")) {
        const std::string reference = json["$ref"].get<std::string>();
        const std::size_t hash = reference.find('#');
        const Json file = Json::parse(textOf(std::string_view(reference).substr(0, hash)));
        json = file.at(Json::json_pointer(reference.substr(hash + 1)));
    }
    if (json.is_object()) {
        json.erase("$id");
        // Judged by the decoders; the validator knows only dates, and throws at what is no text.
        json.erase("format");
    }
    for (Json &child : json) {
        if (child.is_structured())
            resolveReferences(child);
    }
}

struct CompiledSchema
{
    Json document;
    valijson::Schema schema;
};

using CompiledSchemas = std::map<SchemaName, CompiledSchema>;

CompiledSchemas compileAll()
{
    CompiledSchemas all;
    for (const NamedFile &named : Files) {
        CompiledSchema &compiled = all[named.name];
        compiled.document = Json::parse(textOf(named.file));
        resolveReferences(compiled.document);
        valijson::SchemaParser parser;
        const valijson::adapters::NlohmannJsonAdapter adapter(compiled.document);
        parser.populateSchema(adapter, compiled.schema);
    }
    return all;
}

/// Constant once made: the schemas are part of the program.
const CompiledSchemas &compiledSchemas()
{
    static const CompiledSchemas all = compileAll();
    return all;
}

/// "<root>", "[networkInfo]", "[0]" as the validator names places, into tokens.
std::vector<std::string> tokensOf(const std::vector<std::string> &context)
{
    std::vector<std::string> tokens;
    for (std::size_t i = 1; i < context.size(); ++i) {
        const std::string &part = context[i];
        const bool bracketed = part.size() >= 2 && part.front() == '[' && part.back() == ']';
        tokens.push_back(bracketed ? part.substr(1, part.size() - 2) : part);
    }
    return tokens;
}

std::string pointerOf(const std::vector<std::string> &tokens)
{
    Json::json_pointer pointer;
    for (const std::string &token : tokens)
        pointer.push_back(token);
    return pointer.to_string();
}

/// What the schema says of the place, in words: its "description". Empty when it says nothing.
std::string expectationAt(const Json &schema, const std::vector<std::string> &tokens,
                          std::size_t at = 0)
{
    if (at == tokens.size())
        return at > 0 ? schema.value("description", "") : "an object";
    const auto properties = schema.find("properties");
    if (properties != schema.end() && properties->contains(tokens[at]))
        return expectationAt((*properties)[tokens[at]], tokens, at + 1);
    const auto items = schema.find("items");
    if (items == schema.end())
        return {};
    if (items->is_object())
        return expectationAt(*items, tokens, at + 1);
    const auto index = static_cast<std::size_t>(std::strtoul(tokens[at].c_str(), nullptr, 10));
    return index < items->size() ? expectationAt((*items)[index], tokens, at + 1) : std::string();
}

Fault faultOf(const Json &schema, const valijson::ValidationResults::Error &error)
{
    std::vector<std::string> tokens = tokensOf(error.context);
    constexpr std::string_view missing = "Missing required property '";
    if (error.description.starts_with(missing)) {
        const std::size_t end = error.description.rfind('\'');
        tokens.push_back(error.description.substr(missing.size(), end - missing.size()));
        return {pointerOf(tokens), "is required"};
    }
    const std::string expected = expectationAt(schema, tokens);
    return {pointerOf(tokens), expected.empty() ? error.description : "must be " + expected};
}

/// The validator reports a failed object again for each thing that holds it: the deepest places
/// say what is wrong, and once is enough.
Faults deepestFaults(const Faults &all)
{
    Faults kept;
    for (const Fault &fault : all) {
        const bool repeated = std::any_of(
            kept.begin(), kept.end(), [&](const Fault &other) { return other.path == fault.path; });
        const bool summary = std::any_of(all.begin(), all.end(), [&](const Fault &other) {
            return other.path.starts_with(fault.path + "/");
        });
        if (!repeated && !summary && kept.size() < MaxFaults)
            kept.push_back(fault);
    }
    return kept;
}

Faults validateUnguarded(SchemaName name, const Json &document)
{
    // One a thread, for its cache of compiled patterns.
    thread_local valijson::Validator validator;
    const CompiledSchema &compiled = compiledSchemas().at(name);
    // The validator's cost for each value is some hundred times that of reading it.
    const Json extract = extractFor(compiled.document, document);
    const valijson::adapters::NlohmannJsonAdapter adapter(extract);
    if (validator.validate(compiled.schema, adapter, nullptr))
        return {};
    valijson::ValidationResults results;
    validator.validate(compiled.schema, adapter, &results);
    Faults faults;
    valijson::ValidationResults::Error error;
    // A bound on the whole, because each is compared with each.
    constexpr std::size_t MaxReported = 256;
    while (faults.size() < MaxReported && results.popError(error))
        faults.push_back(faultOf(compiled.document, error));
    if (faults.empty())
        faults.push_back({"", "does not fit its schema"});
    return deepestFaults(faults);
}

} // namespace

std::string_view schemaFile(SchemaName name)
{
    for (const NamedFile &named : Files) {
        if (named.name == name)
            return named.file;
    }
    return {};
}

std::string_view schemaText(SchemaName name)
{
    return textOf(schemaFile(name));
}

Faults validate(SchemaName name, const Json &document)
{
    try {
        return validateUnguarded(name, document);
    } catch (const std::exception &) {
        // Fails closed: what cannot be checked is not accepted.
        return {{"", "cannot be checked against its schema"}};
    }
}

Error faultError(const Faults &faults)
{
    if (faults.empty())
        return {ErrorCode::Internal, "no fault"};
    const Fault &first = faults.front();
    return {ErrorCode::Malformed,
            (first.path.empty() ? std::string("/") : first.path) + ": " + first.message};
}

} // namespace higgs::protocol
