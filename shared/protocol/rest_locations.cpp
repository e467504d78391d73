// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/rest_locations.h"

#include "shared/protocol/field_reader.h"
#include "shared/protocol/field_writer.h"

#include <charconv>
#include <cmath>

namespace higgs::protocol {

namespace {

// A node and a location take about this many bytes of text.
constexpr std::size_t TextPerEntry = 224;

/// Appends one object of a list. The names are ours; values that need escapes go by dumpJson.
class ObjectText
{
public:
    explicit ObjectText(std::string &out) : m_out(out) { m_out += '{'; }
    ObjectText(const ObjectText &) = delete;
    ObjectText &operator=(const ObjectText &) = delete;
    ~ObjectText() { m_out += '}'; }

    /// Text of letters, digits and hyphens.
    void plain(std::string_view name, std::string_view value)
    {
        key(name);
        m_out += '"';
        m_out += value;
        m_out += '"';
    }
    void text(std::string_view name, const std::optional<std::string> &value)
    {
        key(name);
        m_out += value ? dumpJson(*value) : std::string("null");
    }
    /// Never as 1e+05: a count is an integer to who reads it.
    void count(std::string_view name, unsigned value)
    {
        key(name);
        m_out += std::to_string(value);
    }
    void number(std::string_view name, std::optional<double> value)
    {
        key(name);
        std::array<char, 32> digits{};
        if (!value || !std::isfinite(*value)) {
            m_out += "null";
            return;
        }
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *value);
        m_out.append(digits.data(), end.ptr);
    }

private:
    void key(std::string_view name)
    {
        m_out += m_first ? "\"" : ",\"";
        m_out += name;
        m_out += "\":";
        m_first = false;
    }

    std::string &m_out;
    bool m_first = true;
};

template <typename Entry>
std::string listText(std::string_view name, const std::vector<Entry> &entries,
                     void (*append)(ObjectText &, const Entry &))
{
    std::string out = "{\"" + std::string(name) + "\":[";
    out.reserve(out.size() + entries.size() * TextPerEntry);
    for (const Entry &entry : entries) {
        if (&entry != entries.data())
            out += ',';
        ObjectText object(out);
        append(object, entry);
    }
    out += "]}";
    return out;
}

void appendLocation(ObjectText &out, const Location &location)
{
    out.plain("country", location.country.text());
    out.text("region", location.region);
    out.count("nodes", location.nodes);
    out.count("available", location.available);
    out.number("load", location.load);
    out.number("latency", location.latency);
}

void appendNode(ObjectText &out, const NodeSummary &node)
{
    out.plain("nodeId", node.nodeId.text());
    out.plain("country", node.country.text());
    out.text("region", node.region);
    out.number("load", node.load);
    out.number("latency", node.latency);
    out.plain("natType", nameOf(node.natType));
    out.count("activeConnections", node.activeConnections);
    out.count("maxConnections", node.maxConnections);
}

} // namespace

// In the open namespace, not an unnamed one: the readers and writers of whole documents find these
// overloads by their argument's type, and that look-up does not see into an unnamed namespace.

static void readValue(const Json &json, const Place &place, Location &out)
{
    FieldReader reader(json, place);
    reader.required("country", out.country);
    reader.optional("region", out.region);
    reader.required("nodes", out.nodes);
    reader.required("available", out.available);
    reader.required("load", out.load);
    reader.optional("latency", out.latency);
}

static void readValue(const Json &json, const Place &place, NodeSummary &out)
{
    FieldReader reader(json, place);
    reader.required("nodeId", out.nodeId);
    reader.required("country", out.country);
    reader.optional("region", out.region);
    reader.required("load", out.load);
    reader.optional("latency", out.latency);
    reader.required("natType", out.natType);
    reader.required("activeConnections", out.activeConnections);
    reader.required("maxConnections", out.maxConnections);
}

static Json asJson(const Location &location)
{
    Json json = {{"country", asJson(location.country)},
                 {"nodes", location.nodes},
                 {"available", location.available},
                 {"load", location.load}};
    putNullable(json, "region", location.region);
    putNullable(json, "latency", location.latency);
    return json;
}

static Json asJson(const NodeSummary &node)
{
    Json json = {{"nodeId", asJson(node.nodeId)},
                 {"country", asJson(node.country)},
                 {"load", node.load},
                 {"natType", asJson(node.natType)},
                 {"activeConnections", node.activeConnections},
                 {"maxConnections", node.maxConnections}};
    putNullable(json, "region", node.region);
    putNullable(json, "latency", node.latency);
    return json;
}

Result<LocationsResponse> decodeLocationsResponse(const Json &json, Faults *faults)
{
    return decodeDocument<LocationsResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, LocationsResponse &out) {
            FieldReader(document, place).required("locations", out.locations);
        });
}

Result<NodesResponse> decodeNodesResponse(const Json &json, Faults *faults)
{
    return decodeDocument<NodesResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, NodesResponse &out) {
            FieldReader(document, place).required("nodes", out.nodes);
        });
}

Json toJson(const LocationsResponse &response)
{
    Json locations = Json::array();
    for (const Location &location : response.locations)
        locations.push_back(asJson(location));
    return {{"locations", std::move(locations)}};
}

Json toJson(const NodesResponse &response)
{
    Json nodes = Json::array();
    for (const NodeSummary &node : response.nodes)
        nodes.push_back(asJson(node));
    return {{"nodes", std::move(nodes)}};
}

std::string textOf(const LocationsResponse &response)
{
    return listText("locations", response.locations, &appendLocation);
}

std::string textOf(const NodesResponse &response)
{
    return listText("nodes", response.nodes, &appendNode);
}

} // namespace higgs::protocol
