// SPDX-License-Identifier: GPL-3.0-or-later
// Schema and decoder are one opinion: every field of every message is left out, emptied, made of
// another type, taken to its bounds and beyond, and both have to say the same of it.
#include "shared/base/bytes.h"
#include "shared/protocol/schema_texts.h"
#include "tests/protocol/agreement_documents.h"

#include <QTest>
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

using namespace higgs;
using namespace higgs::protocol;

namespace {

/// A document that differs from a good one in one place.
struct Variant
{
    std::string path;
    std::string what;
    Json document;
    bool formatHolds = true;
};

Json textsOf(std::string_view file)
{
    for (const SchemaText &schema : schemaTexts()) {
        if (schema.file == file)
            return Json::parse(schema.text);
    }
    return {};
}

/// The schema with what its references name in their place.
Json resolved(Json json)
{
    if (json.is_object() && json.contains("$ref")) {
        const std::string reference = json["$ref"].get<std::string>();
        const std::size_t hash = reference.find('#');
        json =
            textsOf(reference.substr(0, hash)).at(Json::json_pointer(reference.substr(hash + 1)));
    }
    for (Json &child : json) {
        if (child.is_structured())
            child = resolved(child);
    }
    return json;
}

/// Whether an "if" of our schemas holds: they ask for constants only.
bool holds(const Json &condition, const Json &value)
{
    const Json properties = condition.value("properties", Json::object());
    for (const auto &[name, property] : properties.items()) {
        if (!value.contains(name) || value[name] != property["const"])
            return false;
    }
    return true;
}

/// Every schema that speaks of a value: itself, and those that a condition adds.
void collect(const Json &schema, const Json &value, std::vector<Json> &out)
{
    out.push_back(schema);
    for (const Json &part : schema.value("allOf", Json::array()))
        collect(part, value, out);
    if (schema.contains("if") && holds(schema["if"], value))
        collect(schema["then"], value, out);
    else if (schema.contains("if") && schema.contains("else"))
        collect(schema["else"], value, out);
}

bool isLine(const std::string &text)
{
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool isReachable(const std::string &text)
{
    const Result<Endpoint> endpoint = Endpoint::parse(text);
    return endpoint && endpoint->port != 0 && !endpoint->address.isUnspecified();
}

template <typename T>
bool parses(const std::string &text)
{
    return T::parse(text).has_value();
}

template <bool IsV4>
bool isPrefixOf(const std::string &text)
{
    const Result<IpPrefix> prefix = IpPrefix::parse(text);
    return prefix && prefix->address.isV4() == IsV4;
}

/// What each "format" of the schemas means: what no pattern can say.
const std::map<std::string, bool (*)(const std::string &)> Formats = {
    {"line", isLine},
    {"country", parses<CountryCode>},
    {"place", parses<PlaceCode>},
    // The documents are of this country.
    {"region",
     [](const std::string &text) {
         return parseRegion(text, *CountryCode::parse("US")).has_value();
     }},
    {"host", [](const std::string &text) { return isHostText(text); }},
    {"ip", parses<IpAddress>},
    {"ipv4",
     [](const std::string &text) {
         const Result<IpAddress> address = IpAddress::parse(text);
         return address && address->isV4();
     }},
    {"ipv6",
     [](const std::string &text) {
         const Result<IpAddress> address = IpAddress::parse(text);
         return address && address->isV6();
     }},
    {"endpoint", parses<Endpoint>},
    {"reachable-endpoint", isReachable},
    {"prefix", parses<IpPrefix>},
    {"prefix4", isPrefixOf<true>},
    {"prefix6", isPrefixOf<false>},
    {"relay-endpoint", parses<RelayEndpoint>},
    {"base64", [](const std::string &text) { return fromBase64(text).has_value(); }},
};

/// Where decoder and schema differ on purpose.
struct Exception
{
    SchemaName schema;
    std::string_view path; ///< with "*" at its end: all that begins so
    const char *why;
};

constexpr Exception Exceptions[] = {
    // A node or client of today understands a server of tomorrow, and what it does not need of an
    // answer cannot make the answer useless.
    {SchemaName::RegisterResponse, "/relayServers/0/protocol", "other relays may come"},
    {SchemaName::ServerInfo, "/relayServers/0/protocol", "other relays may come"},
    {SchemaName::RegisterResponse, "/sessionToken", "a token may grow"},
    {SchemaName::RoutingResponse, "/selectedRoute/sessionToken", "a token may grow"},
    {SchemaName::HeartbeatResponse, "/actions", "no actions are none"},
    {SchemaName::HeartbeatResponse, "/actions/0/type", "types unknown to this version are skipped"},
    {SchemaName::HeartbeatResponse, "/nextHeartbeat", "the node keeps to 1 to 300 s by itself"},
    {SchemaName::HeartbeatResponse, "/status", "the status code says it"},
    {SchemaName::RoutingResponse, "/routes", "the selected route is what counts"},
    {SchemaName::RoutingResponse, "/selectedRoute/nodeEndpoint/wireguardConfig/endpoint",
     "left out is null"},
    {SchemaName::RoutingResponse, "/selectedRoute/nodeEndpoint/wireguardConfig/address*",
     "a bare address is a host's"},
    {SchemaName::RoutingResponse, "/routes/0/*", "figures are shown, and nothing hangs on them"},
    {SchemaName::HeartbeatResponse, "/actions/0/payload/forward/token", "a token may grow"},
    {SchemaName::HeartbeatResponse, "/actions/0/payload/clientAddress*",
     "a bare address is a host's"},
    {SchemaName::RoutingResponse, "/selectedRoute/turnConfig*", "null is left out"},
    {SchemaName::IceServersResponse, "/iceServers/0/*", "null is left out"},
    {SchemaName::TurnServersResponse, "/servers/0/port", "a client without TURN needs none"},
    {SchemaName::TurnServersResponse, "/servers/0/ttl", "a client without TURN needs none"},
    {SchemaName::LocationsResponse, "/locations/0/*",
     "figures are shown, and nothing hangs on them"},
    {SchemaName::NodesResponse, "/nodes/0/*", "figures are shown, and nothing hangs on them"},
    {SchemaName::ErrorBody, "/error/details", "null is left out"},
    // The other way round: an action of another version is no fault, and is not understood.
    {SchemaName::SignalMessage, "/payload/action", "actions unknown to this version are skipped"},
};

bool isExcepted(SchemaName schema, const std::string &path)
{
    return std::any_of(std::begin(Exceptions), std::end(Exceptions), [&](const Exception &each) {
        if (!each.path.ends_with('*'))
            return each.schema == schema && path == each.path;
        return each.schema == schema && path.starts_with(each.path.substr(0, each.path.size() - 1));
    });
}

const std::vector<Json> &samples()
{
    static const std::vector<Json> all = [] {
        std::vector<Json> values = {nullptr,
                                    true,
                                    0,
                                    1,
                                    -1,
                                    0.5,
                                    1e300,
                                    9007199254740991,
                                    9007199254740992,
                                    Json::array(),
                                    Json::object(),
                                    Json::array({1})};
        for (const char *text :
             {"",
              "x",
              "US",
              "us",
              "XX",
              "U1",
              "US-CA",
              "us-ca",
              "US-",
              "US-ABCD",
              "XX-CA",
              "California",
              "1.2.3.4",
              "1.2.3",
              "1.2.3.4:5",
              "1.2.3.4:0",
              "1.2.3.4:65535",
              "1.2.3.4:65536",
              "0.0.0.0:5",
              "::1",
              "[::1]:5",
              "[::1]:0",
              "[::1]",
              "[::]:5",
              "1.2.3.4/32",
              "1.2.3.4/31",
              "1.2.3.4/33",
              "::1/128",
              "::1/127",
              "::1/129",
              "fd86::2/32",
              "10.86.0.0/16",
              "fd86::/64",
              "550e8400-e29b-41d4-a716-446655440009",
              "550E8400-E29B-41D4-A716-446655440009",
              "550e8400e29b41d4a716446655440009",
              "{550e8400-e29b-41d4-a716-446655440009}",
              "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
              "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykx=",
              "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw",
              "AQIDBA==",
              "AQIDBB==",
              "AQIDBA",
              "wss://b.example:3000/relay/550e8400-e29b-41d4-a716-446655440009",
              "wss://[2001:db8::1]:3000/relay/550e8400-e29b-41d4-a716-446655440009",
              "ws://b.example:3000/relay/550e8400-e29b-41d4-a716-446655440009",
              "wss://b.example/relay/550e8400-e29b-41d4-a716-446655440009",
              "wss://b.example:0/relay/550e8400-e29b-41d4-a716-446655440009",
              "wss://b.example:3000/relay/x",
              "a b",
              "a\tb",
              "a\nb",
              "\x7f",
              "\xc3\xa4",
              " ",
              "turn:x",
              "direct",
              "relay",
              "cascade",
              "exit",
              "forward",
              "host",
              "srflx",
              "online",
              "degraded",
              "offline",
              "ok",
              "server",
              "client-to-node",
              "node-to-client",
              "connect",
              "disconnect",
              "candidates",
              "error",
              "connected",
              "websocket",
              "control",
              "data",
              "heartbeat"})
            values.emplace_back(text);
        for (const std::size_t size : {15, 16,  32,  33,  45,  46,  49,  50,   53,   54,   64,
                                       65, 253, 254, 255, 256, 512, 513, 1024, 1025, 4096, 4097})
            values.emplace_back(std::string(size, 'a'));
        return values;
    }();
    return all;
}

/// What a schema's own bounds make worth trying.
std::vector<Json> boundsOf(const Json &schema, const Json &value)
{
    std::vector<Json> tried;
    for (const char *bound : {"minimum", "maximum"}) {
        if (!schema.contains(bound))
            continue;
        const Json &limit = schema[bound];
        tried.push_back(limit);
        if (limit.is_number_integer()) {
            tried.emplace_back(limit.get<std::int64_t>() - 1);
            tried.emplace_back(limit.get<std::int64_t>() + 1);
        }
        tried.emplace_back(limit.get<double>() - 0.25);
        tried.emplace_back(limit.get<double>() + 0.25);
    }
    for (const Json &one : schema.value("enum", Json::array()))
        tried.push_back(one);
    if (schema.contains("maxItems") && value.is_array() && !value.empty()) {
        const auto most = schema["maxItems"].get<std::size_t>();
        tried.emplace_back(Json::array_t(most, value[0]));
        tried.emplace_back(Json::array_t(most + 1, value[0]));
    }
    return tried;
}

class Variants
{
public:
    Variants(const Json &schema, Json document) : m_document(std::move(document))
    {
        walk({schema}, m_document, Json::json_pointer());
    }

    std::vector<Variant> all;
    std::set<std::string> missing; ///< fields of the schema that the document does not show

private:
    /// Whether the value has the formats that the schemas ask of it.
    static bool hasFormats(const std::vector<Json> &schemas, const Json &value)
    {
        const auto *text = value.get_ptr<const Json::string_t *>();
        return text == nullptr ||
               std::all_of(schemas.begin(), schemas.end(), [text](const Json &schema) {
                   return !schema.contains("format") ||
                          Formats.at(schema["format"].get<std::string>())(*text);
               });
    }

    void put(const std::vector<Json> &schemas, const Json::json_pointer &place, const Json &value)
    {
        Json changed = m_document;
        changed[place] = value;
        std::string what = value.dump(-1, ' ', false, Json::error_handler_t::replace);
        if (what.size() > 80)
            what = what.substr(0, 40) + "... of " + std::to_string(what.size());
        all.push_back({place.to_string(), what, std::move(changed), hasFormats(schemas, value)});
    }

    void walk(const std::vector<Json> &schemas, const Json &value, const Json::json_pointer &place)
    {
        std::vector<Json> parts;
        for (const Json &schema : schemas)
            collect(schema, value, parts);
        std::map<std::string, std::vector<Json>> members;
        for (const Json &part : parts) {
            for (const Json &bound : place.empty() ? std::vector<Json>() : boundsOf(part, value))
                put(parts, place, bound);
            const Json properties = part.value("properties", Json::object());
            for (const auto &[name, property] : properties.items())
                members[name].push_back(property);
        }
        for (const Json &sample : place.empty() ? std::vector<Json>() : samples())
            put(parts, place, sample);
        if (value.is_object())
            walkMembers(members, value, place);
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
            walk(itemsOf(parts, i), value[i], place / i);
    }

    void walkMembers(const std::map<std::string, std::vector<Json>> &members, const Json &value,
                     const Json::json_pointer &place)
    {
        for (const auto &[name, schemas] : members) {
            if (!value.contains(name)) {
                missing.insert((place / name).to_string());
                continue;
            }
            Json without = m_document;
            without[place].erase(name);
            all.push_back({(place / name).to_string(), "left out", std::move(without), true});
            walk(schemas, value[name], place / name);
        }
    }

    static std::vector<Json> itemsOf(const std::vector<Json> &schemas, std::size_t index)
    {
        std::vector<Json> items;
        for (const Json &schema : schemas) {
            if (schema.contains("items"))
                items.push_back(schema["items"].is_array() ? schema["items"][index]
                                                           : schema["items"]);
        }
        return items;
    }

    Json m_document;
};

} // namespace

class AgreementTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyFieldIsShown();
    void schemaAndDecoderAgree_data();
    void schemaAndDecoderAgree();
};

void AgreementTest::everyFieldIsShown()
{
    std::map<SchemaName, std::set<std::string>> missing;
    for (const Message &message : examples::Messages) {
        const Json schema = resolved(Json::parse(schemaText(message.schema)));
        const Variants variants(schema, Json::parse(message.document));
        const auto [found, first] = missing.emplace(message.schema, variants.missing);
        std::set<std::string> both;
        std::set_intersection(found->second.begin(), found->second.end(), variants.missing.begin(),
                              variants.missing.end(), std::inserter(both, both.end()));
        found->second = both;
    }
    for (const auto &[schema, fields] : missing) {
        for (const std::string &field : fields)
            qWarning("%s: no document shows %s", std::string(schemaFile(schema)).c_str(),
                     field.c_str());
        QVERIFY(fields.empty());
    }
}

void AgreementTest::schemaAndDecoderAgree_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const Message &message : examples::Messages)
        QTest::newRow(message.name) << index++;
}

void AgreementTest::schemaAndDecoderAgree()
{
    QFETCH(int, index);
    const Message &message = examples::Messages[index];
    const Json good = Json::parse(message.document);
    QVERIFY(validate(message.schema, good).empty());
    QVERIFY(message.decodes(good));
    const Variants variants(resolved(Json::parse(schemaText(message.schema))), good);
    int disagreements = 0;
    for (const Variant &variant : variants.all) {
        const bool bySchema =
            variant.formatHolds && validate(message.schema, variant.document).empty();
        const bool byDecoder = message.decodes(variant.document);
        const bool isLenient = byDecoder || message.schema == SchemaName::SignalMessage;
        if (bySchema == byDecoder || (isLenient && isExcepted(message.schema, variant.path)))
            continue;
        ++disagreements;
        qWarning("%s %s: %s", variant.path.c_str(), variant.what.c_str(),
                 bySchema ? "the schema takes it, the decoder does not"
                          : "the decoder takes it, the schema does not");
    }
    QCOMPARE(disagreements, 0);
}

QTEST_APPLESS_MAIN(AgreementTest)
#include "agreement_test.moc"
