// SPDX-License-Identifier: GPL-3.0-or-later
// Requests and the JSON messages of relay and signal link: what is accepted, how it is
// normalised, and the path of every fault.
#include "shared/protocol/relay_form.h"
#include "shared/protocol/relay_message.h"
#include "shared/protocol/rest_metrics.h"
#include "shared/protocol/rest_routing.h"
#include "tests/protocol/wire_examples.h"

#include <QTest>
#include <functional>

using namespace higgs;
using namespace higgs::protocol;

namespace {

/// Every decoder as "document in, faults and what it encodes to out", so that one table tests all.
struct Outcome
{
    Faults faults;
    Json encoded;
};

template <typename T>
Outcome outcomeOf(Result<T> (*decode)(const Json &, Faults *), const Json &json)
{
    Outcome outcome;
    const Result<T> value = decode(json, &outcome.faults);
    if (value)
        outcome.encoded = toJson(*value);
    else if (outcome.faults.empty())
        outcome.faults.push_back({"?", value.error().detail});
    return outcome;
}

Outcome decodeAs(SchemaName name, const Json &json)
{
    switch (name) {
    case SchemaName::RegisterRequest:
        return outcomeOf(decodeRegisterRequest, json);
    case SchemaName::HeartbeatRequest:
        return outcomeOf(decodeHeartbeatRequest, json);
    case SchemaName::RoutingRequest:
        return outcomeOf(decodeRoutingRequest, json);
    case SchemaName::MetricsReport:
        return outcomeOf(decodeMetricsReport, json);
    case SchemaName::RelayMessage:
        return outcomeOf(decodeRelayMessage, json);
    default:
        return outcomeOf(decodeSignalMessage, json);
    }
}

struct Example
{
    SchemaName name;
    std::string_view text;
};

const std::vector<Example> &allExamples()
{
    static const std::vector<Example> all = {
        {SchemaName::RegisterRequest, examples::RegisterRequest},
        {SchemaName::HeartbeatRequest, examples::HeartbeatRequest},
        {SchemaName::RoutingRequest, examples::RoutingRequest},
        {SchemaName::MetricsReport, examples::MetricsReport},
        {SchemaName::RelayMessage, examples::RelayData},
        {SchemaName::RelayMessage, examples::RelayControl},
        {SchemaName::RelayMessage, examples::RelayCandidates},
        {SchemaName::RelayMessage, examples::RelayHeartbeat},
        {SchemaName::SignalMessage, examples::SignalConnect},
        {SchemaName::SignalMessage, examples::SignalForward},
        {SchemaName::SignalMessage, examples::RelayCandidates},
    };
    return all;
}

Json parsed(std::string_view text)
{
    const Result<Json> json = parseJson(text, {.bytes = 1 << 20});
    return json ? *json : Json();
}

std::string described(const Faults &faults)
{
    std::string text;
    for (const Fault &fault : faults)
        text += fault.path + ": " + fault.message + "; ";
    return text;
}

/// The example with the member at `pointer` replaced (or, by a discarded value, removed).
Json changed(std::string_view example, const std::string &pointer, const Json &value)
{
    const Json before = parsed(example);
    if (value.is_discarded())
        return before.patch({{{"op", "remove"}, {"path", pointer}}});
    return before.patch({{{"op", "add"}, {"path", pointer}, {"value", value}}});
}

/// JSON Pointers of all values that hold no others.
std::vector<std::string> leavesOf(const Json &document)
{
    std::vector<std::string> pointers;
    const Json flat = document.flatten();
    for (const auto &member : flat.items())
        pointers.push_back(member.key());
    return pointers;
}

const Json Removed = Json(Json::value_t::discarded);

} // namespace

class TestRequests : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }
    void examplesSurviveARoundTrip();
    void unknownFieldsAreIgnored();
    void textIsNormalised();
    void optionalFieldsMayBeNullOrMissing_data();
    void optionalFieldsMayBeNullOrMissing();
    void everyFaultHasItsPath_data();
    void everyFaultHasItsPath();
    void severalFaultsAreAllNamed();
    void wrongTypesAnywhereAreFaults();
    void anActionOfTheFutureIsTold();
    void theRelaysFormIsTheSchemas();
    void longTextsAreDataOrNothing();
    void aDatagramTooLargeIsTold();
    void aLongTextIsCheap();
};

void TestRequests::examplesSurviveARoundTrip()
{
    for (const Example &example : allExamples()) {
        const Outcome first = decodeAs(example.name, parsed(example.text));
        QVERIFY2(first.faults.empty(), described(first.faults).c_str());
        const Outcome second = decodeAs(example.name, first.encoded);
        QVERIFY2(second.faults.empty(), described(second.faults).c_str());
        QVERIFY(first.encoded == second.encoded);
    }
}

void TestRequests::unknownFieldsAreIgnored()
{
    for (const Example &example : allExamples()) {
        const Json more = changed(example.text, "/fromTheFuture", {{"a", {1, nullptr, "x"}}});
        const Outcome outcome = decodeAs(example.name, more);
        QVERIFY2(outcome.faults.empty(), described(outcome.faults).c_str());
        QVERIFY(outcome.encoded == decodeAs(example.name, parsed(example.text)).encoded);
    }
}

void TestRequests::textIsNormalised()
{
    const auto request = decodeRegisterRequest(parsed(examples::RegisterRequest));
    QVERIFY(request);
    QCOMPARE(request->nodeId.text(), std::string("550e8400-e29b-41d4-a716-446655440000"));
    QCOMPARE(request->location.country.text(), std::string("US"));
    QCOMPARE(request->location.region.value_or(""), std::string("US-CA"));
    QCOMPARE(request->networkInfo.stunMappedAddress->port, std::uint16_t{51820});
    QVERIFY(!request->networkInfo.ipv6);
    QCOMPARE(request->metrics->packetLoss.value_or(0), 0.1);
    QCOMPARE(request->proof->timestamp.ms, std::int64_t{1704067200000});

    const auto minimal = decodeRegisterRequest(parsed(R"({
        "nodeId": "550e8400-e29b-11d4-a716-446655440000",
        "publicKey": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
        "networkInfo": {"natType": "Unknown", "localPort": 1},
        "capabilities": {"maxConnections": 1}, "location": {"country": "de"}})"));
    QVERIFY(minimal);
    QCOMPARE(minimal->heartbeatInterval.count(), DefaultHeartbeatInterval.count());
    QVERIFY(!minimal->metrics && !minimal->proof && !minimal->capabilities.bandwidth);

    const auto routing = decodeRoutingRequest(
        changed(examples::RoutingRequest, "/requirements/preferredLocation", "us-ny"));
    QVERIFY(routing);
    QCOMPARE(routing->requirements.preferredLocation->text, std::string("US-NY"));
}

void TestRequests::optionalFieldsMayBeNullOrMissing_data()
{
    QTest::addColumn<int>("schema");
    QTest::addColumn<QByteArray>("example");
    QTest::addColumn<QByteArray>("path");
    const auto rows = [](SchemaName name, std::string_view example,
                         std::initializer_list<const char *> paths) {
        for (const char *path : paths) {
            QTest::addRow("%d %s", static_cast<int>(name), path)
                << static_cast<int>(name)
                << QByteArray(example.data(), static_cast<qsizetype>(example.size()))
                << QByteArray(path);
        }
    };
    rows(SchemaName::RegisterRequest, examples::RegisterRequest,
         {"/networkInfo/ipv4", "/networkInfo/ipv6", "/networkInfo/stunMappedAddress",
          "/capabilities/bandwidth", "/capabilities/bandwidth/up", "/capabilities/bandwidth/down",
          "/capabilities/routing", "/capabilities/natting", "/location/region",
          "/location/coordinates", "/metrics", "/metrics/latency", "/metrics/jitter",
          "/metrics/packetLoss", "/metrics/cpuUsage", "/metrics/memoryUsage", "/heartbeatInterval",
          "/proof"});
    rows(SchemaName::HeartbeatRequest, examples::HeartbeatRequest,
         {"/metrics", "/metrics/latency", "/metrics/activeConnections", "/metrics/bandwidth"});
    rows(SchemaName::RoutingRequest, examples::RoutingRequest,
         {"/targetNodeId", "/requirements", "/requirements/minBandwidth",
          "/requirements/maxLatency", "/requirements/preferredLocation",
          "/requirements/preferredCountry", "/requirements/via", "/clientNetworkInfo",
          "/clientNetworkInfo/ipv4", "/clientNetworkInfo/natType",
          "/clientNetworkInfo/stunMappedAddress", "/clientPublicKey"});
    rows(SchemaName::MetricsReport, examples::MetricsReport,
         {"/metrics/network", "/metrics/network/latency", "/metrics/network/jitter",
          "/metrics/network/packetLoss", "/metrics/network/bandwidth", "/metrics/system",
          "/metrics/system/cpuUsage", "/metrics/system/memoryUsage", "/metrics/system/diskUsage",
          "/metrics/system/loadAverage", "/metrics/wireguard", "/metrics/wireguard/packets",
          "/metrics/wireguard/packets/errors", "/metrics/wireguard/bytes",
          "/metrics/wireguard/bytes/sent", "/metrics/connections", "/metrics/connections/active"});
    rows(SchemaName::RelayMessage, examples::RelayControl,
         {"/payload/errorCode", "/payload/errorMessage"});
    rows(SchemaName::SignalMessage, examples::SignalConnect,
         {"/payload/natType", "/payload/candidates"});
}

void TestRequests::optionalFieldsMayBeNullOrMissing()
{
    QFETCH(int, schema);
    QFETCH(QByteArray, example);
    QFETCH(QByteArray, path);
    const std::string_view text(example.constData(), static_cast<std::size_t>(example.size()));
    for (const Json &value : {Json(nullptr), Removed}) {
        const Outcome outcome =
            decodeAs(static_cast<SchemaName>(schema), changed(text, path.toStdString(), value));
        QVERIFY2(outcome.faults.empty(), described(outcome.faults).c_str());
    }
}

void TestRequests::everyFaultHasItsPath_data()
{
    QTest::addColumn<int>("schema");
    QTest::addColumn<QByteArray>("document");
    QTest::addColumn<QByteArray>("path");
    int number = 0;
    const auto row = [&](SchemaName name, std::string_view example, const char *path,
                         const Json &value, const char *faultPath = nullptr) {
        const std::string document = dumpJson(changed(example, path, value));
        const std::string shown = value.is_discarded() ? "missing" : dumpJson(value).substr(0, 40);
        QTest::addRow("%d %s %s", ++number, path, shown.c_str())
            << static_cast<int>(name) << QByteArray::fromStdString(document)
            << QByteArray(faultPath ? faultPath : path);
    };

    const auto reg = [&](const char *path, const Json &value, const char *faultPath = nullptr) {
        row(SchemaName::RegisterRequest, examples::RegisterRequest, path, value, faultPath);
    };
    for (const char *required :
         {"/nodeId", "/publicKey", "/networkInfo", "/networkInfo/natType", "/networkInfo/localPort",
          "/capabilities", "/capabilities/maxConnections", "/location", "/location/country",
          "/proof/timestamp", "/proof/mac"}) {
        reg(required, Removed);
        reg(required, nullptr);
        reg(required, Json::array());
    }
    for (const Json &id :
         {Json("550e8400"), Json(7), Json("550e8400-e29b-41d4-a716-44665544000g"),
          Json(" 550e8400-e29b-41d4-a716-446655440000"),
          Json("550e8400-e29b-41d4-a716-446655440000\n"),
          Json("{550e8400-e29b-41d4-a716-446655440000}"), Json("550e8400e29b41d4a716446655440000")})
        reg("/nodeId", id);
    for (const char *key : {"", "AAAA", "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw",
                            "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykx=",
                            "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=\n",
                            "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8y-w="}) {
        reg("/publicKey", key);
        reg("/proof/mac", key);
    }
    for (const char *country : {"XX", "EU", "UK", "USA", "U", "", "U1", "u s", "ÜS"})
        reg("/location/country", country);
    reg("/location/coordinates", {91, 0}, "/location/coordinates/0");
    reg("/location/coordinates", {-90.1, 0}, "/location/coordinates/0");
    reg("/location/coordinates", {0, 180.5}, "/location/coordinates/1");
    reg("/location/coordinates", {0, "1"}, "/location/coordinates/1");
    reg("/location/coordinates", Json::array({1}));
    reg("/location/coordinates", {1, 2, 3});
    reg("/location/region", "");
    for (const char *region : {"Bavaria", "US", "US-", "US-ZZ", "US-CALI", "DE-BE", "US-C A"})
        reg("/location/region", region);
    reg("/location/region", std::string(60'000, 'x'));
    reg("/location/region", "US\x1b[31m");
    for (const Json &nat : {Json("fullcone"), Json("None"), Json(1), Json("FullCone | Symmetric")})
        reg("/networkInfo/natType", nat);
    for (const Json &port : {Json(0), Json(65536), Json(-1), Json(1.5), Json("51820"), Json(1e300)})
        reg("/networkInfo/localPort", port);
    for (const Json &number10k : {Json(0), Json(10001), Json(-1), Json(2.5), Json("1"),
                                  Json(std::uint64_t{18446744073709551615ULL})})
        reg("/capabilities/maxConnections", number10k);
    for (const Json &interval : {Json(9), Json(301), Json(30.5), Json("30"), Json(-30)})
        reg("/heartbeatInterval", interval);
    for (const char *address : {"192.168.1", "192.168.1.256", "01.2.3.4", "::1", "a.example", ""})
        reg("/networkInfo/ipv4", address);
    for (const char *address : {"192.168.1.1", "fe80::1%eth0", "[::1]", ":::"})
        reg("/networkInfo/ipv6", address);
    for (const char *address : {"203.0.113.1", "203.0.113.1:", "203.0.113.1:65536",
                                "203.0.113.1:051", "::1:80", "[::1]", "example.com:80"})
        reg("/networkInfo/stunMappedAddress", address);
    for (const Json &percent : {Json(-0.1), Json(100.1), Json("50"), Json(true)}) {
        reg("/metrics/packetLoss", percent);
        reg("/metrics/cpuUsage", percent);
        reg("/metrics/memoryUsage", percent);
    }
    reg("/metrics/latency", -1);
    reg("/metrics/jitter", Json::object());
    reg("/capabilities/bandwidth/up", -1);
    reg("/capabilities/routing", "yes");
    reg("/proof/timestamp", "1704067200000");
    reg("/proof/timestamp", -1);

    const auto beat = [&](const char *path, const Json &value) {
        row(SchemaName::HeartbeatRequest, examples::HeartbeatRequest, path, value);
    };
    beat("/status", Removed);
    beat("/status", nullptr);
    beat("/status", "Online");
    beat("/metrics/activeConnections", -1);
    beat("/metrics/activeConnections", 1.5);
    beat("/metrics/bandwidth", 10);

    const auto route = [&](const char *path, const Json &value) {
        row(SchemaName::RoutingRequest, examples::RoutingRequest, path, value);
    };
    route("/clientId", Removed);
    route("/clientId", "me");
    route("/targetNodeId", "you");
    route("/requirements", Json::array());
    route("/requirements/preferredCountry", "XX");
    route("/requirements/preferredCountry", "USA");
    route("/requirements/preferredLocation", "DE-BE"); // outside preferredCountry
    route("/requirements/preferredLocation", "XX-YY");
    route("/requirements/preferredLocation", "US-ZZ");
    route("/requirements/preferredLocation", "California");
    route("/requirements/via", "??");
    route("/requirements/minBandwidth", -1);
    route("/requirements/maxLatency", "fast");
    route("/clientNetworkInfo/natType", "Cone");
    route("/clientPublicKey", "AAAA");

    const auto report = [&](const char *path, const Json &value) {
        row(SchemaName::MetricsReport, examples::MetricsReport, path, value);
    };
    for (const char *required : {"/nodeId", "/timestamp", "/metrics"}) {
        report(required, Removed);
        report(required, nullptr);
    }
    report("/timestamp", 1.5);
    report("/metrics/wireguard/packets/sent", -1);
    report("/metrics/wireguard/bytes/received", 1e40);
    report("/metrics/system/diskUsage", 101);
    report("/metrics/network/bandwidth/down", "x");

    const auto relay = [&](std::string_view example, const char *path, const Json &value) {
        row(SchemaName::RelayMessage, example, path, value);
    };
    for (const char *required : {"/type", "/sessionId", "/direction", "/payload"})
        relay(examples::RelayData, required, Removed);
    relay(examples::RelayData, "/type", "DATA");
    relay(examples::RelayData, "/direction", "sideways");
    relay(examples::RelayData, "/sessionId", "session-id");
    for (const Json &payload : {Json(nullptr), Json(1), Json("a"), Json("AQIDBB=="), Json("A A="),
                                Json("AQID-A=="), Json::array()})
        relay(examples::RelayData, "/payload", payload);
    relay(examples::RelayControl, "/payload", "connect");
    relay(examples::RelayControl, "/payload/action", Removed);
    relay(examples::RelayControl, "/payload/action", "");
    relay(examples::RelayControl, "/payload/errorCode", 1);
    relay(examples::RelayCandidates, "/payload/candidates", Removed);
    relay(examples::RelayCandidates, "/payload/candidates/1/type", "prflx");
    relay(examples::RelayCandidates, "/payload/candidates/0/address", "host:1");
    relay(examples::RelayCandidates, "/payload/candidates/0/address", "0.0.0.0:1");
    relay(examples::RelayCandidates, "/payload/candidates/0/address", "192.0.2.1:0");
    relay(examples::RelayHeartbeat, "/payload", Json::array());
    relay(examples::RelayHeartbeat, "/payload/timestamp", "now");

    const auto signal = [&](std::string_view example, const char *path, const Json &value) {
        row(SchemaName::SignalMessage, example, path, value);
    };
    for (const char *required :
         {"/payload/role", "/payload/relayEndpoint", "/payload/expiresAt",
          "/payload/clientPublicKey", "/payload/clientAddress", "/payload/clientAddressV6"})
        signal(examples::SignalConnect, required, Removed);
    signal(examples::SignalConnect, "/payload/clientAddress", "10.86.0.2/24");
    signal(examples::SignalConnect, "/payload/clientAddress", "10.86.0.0/24");
    signal(examples::SignalConnect, "/payload/clientAddressV6", "fd86::/64");
    signal(examples::SignalConnect, "/payload/relayEndpoint", "https://boson.example.com/relay/x");
    signal(examples::SignalForward, "/payload/forward", Removed);
    signal(examples::SignalForward, "/payload/forward/token", "");
}

void TestRequests::everyFaultHasItsPath()
{
    QFETCH(int, schema);
    QFETCH(QByteArray, document);
    QFETCH(QByteArray, path);
    const Outcome outcome =
        decodeAs(static_cast<SchemaName>(schema), parsed(document.toStdString()));
    QVERIFY(!outcome.faults.empty());
    QVERIFY2(outcome.faults.front().path == path.toStdString(), described(outcome.faults).c_str());
    QVERIFY(!outcome.faults.front().message.empty());
    QCOMPARE(outcome.faults.size(), std::size_t{1});
}

void TestRequests::severalFaultsAreAllNamed()
{
    Json document = parsed(examples::RegisterRequest);
    document.erase("nodeId");
    document["networkInfo"]["localPort"] = 0;
    document["metrics"]["latency"] = "slow";
    const Outcome outcome = decodeAs(SchemaName::RegisterRequest, document);
    std::vector<std::string> paths;
    for (const Fault &fault : outcome.faults)
        paths.push_back(fault.path);
    std::sort(paths.begin(), paths.end());
    const std::vector<std::string> expected = {"/metrics/latency", "/networkInfo/localPort",
                                               "/nodeId"};
    QCOMPARE(paths, expected);
}

void TestRequests::wrongTypesAnywhereAreFaults()
{
    const std::vector<Json> strangers = {Json(true),
                                         Json(-1),
                                         Json(1.5),
                                         Json("x"),
                                         Json::array(),
                                         Json::object(),
                                         Json(Json::array({Json::object()}))};
    for (const Example &example : allExamples()) {
        const Json document = parsed(example.text);
        for (const Json &stranger : strangers) {
            QVERIFY(!decodeAs(example.name, stranger).faults.empty());
            for (const std::string &pointer : leavesOf(document)) {
                // Whatever comes out, it comes out: a value that is right, or a fault.
                const Outcome outcome =
                    decodeAs(example.name, changed(example.text, pointer, stranger));
                QVERIFY(outcome.faults.empty() != outcome.encoded.is_null());
            }
        }
    }
}

void TestRequests::anActionOfTheFutureIsTold()
{
    const auto relay =
        decodeRelayMessage(changed(examples::RelayControl, "/payload/action", "juggle"));
    QVERIFY(relay);
    QVERIFY(std::get<RelayControl>(relay->payload).action == ControlAction::Other);

    const auto signal =
        decodeSignalMessage(changed(examples::SignalConnect, "/payload/action", "juggle"));
    QVERIFY(!signal);
    QVERIFY(signal.error().code == ErrorCode::NotFound);
}

void TestRequests::theRelaysFormIsTheSchemas()
{
    const auto repeated = [](std::string_view what, std::size_t count) {
        std::string text;
        while (count-- > 0)
            text += what;
        return Json(text);
    };
    const auto candidates = [](std::size_t count) {
        Json list = Json::array();
        while (count-- > 0)
            list.push_back({{"type", "host"}, {"address", "192.0.2.1:7"}});
        return list;
    };
    const std::vector<Json> strangers = {Json(nullptr),
                                         Json(true),
                                         Json(0),
                                         Json(-1),
                                         Json(1.0),
                                         Json(1.5),
                                         Json(-0.0),
                                         Json(1e300),
                                         Json(9007199254740991),
                                         Json(9007199254740992),
                                         Json(UINT64_MAX),
                                         Json(9007199254740991.0),
                                         Json(9007199254740992.0),
                                         Json("x"),
                                         Json(""),
                                         Json("data"),
                                         Json("control"),
                                         Json("heartbeat"),
                                         Json("server"),
                                         Json("candidates"),
                                         Json("host"),
                                         Json("0F8FAD5B-D9CB-469F-A165-70867728950E"),
                                         Json("0f8fad5bd9cb469fa16570867728950e"),
                                         Json("{0f8fad5b-d9cb-469f-a165-70867728950e}"),
                                         repeated("a", 53),
                                         repeated("a", 54),
                                         repeated("a", 64),
                                         repeated("a", 65),
                                         repeated("\u043f", 64),
                                         repeated("\u043f", 65),
                                         repeated("a", 1024),
                                         repeated("a", 1025),
                                         repeated("\u043f", 1024),
                                         repeated("\U0001f600", 1025),
                                         Json::array(),
                                         Json::object(),
                                         candidates(32),
                                         candidates(33),
                                         Json({{"action", "candidates"}}),
                                         Json({{"timestamp", 1}})};
    int accepted = 0;
    int refused = 0;
    const auto compare = [&](const Json &document) {
        const bool schema = validate(SchemaName::RelayMessage, document).empty();
        QVERIFY2(isRelayForm(document) == schema, dumpJson(document).c_str());
        ++(schema ? accepted : refused);
    };
    for (const std::string_view example : {examples::RelayData, examples::RelayControl,
                                           examples::RelayCandidates, examples::RelayHeartbeat}) {
        const Json document = parsed(example);
        compare(document);
        std::vector<std::string> pointers = leavesOf(document);
        pointers.insert(pointers.end(), {"/payload", "/payload/candidates", "/more",
                                         "/payload/errorCode", "/payload/candidates/0"});
        for (const std::string &pointer : pointers) {
            for (const Json &stranger : strangers) {
                Json other = document;
                try {
                    other[Json::json_pointer(pointer)] = stranger;
                } catch (const Json::exception &) {
                    continue; // no such place in this example
                }
                compare(other);
            }
            Json without = document;
            const Json::json_pointer at(pointer);
            if (without.contains(at) && without[at.parent_pointer()].is_object()) {
                without[at.parent_pointer()].erase(at.back());
                compare(without);
            }
        }
    }
    for (const Json &stranger : strangers)
        compare(stranger);
    QVERIFY(accepted > 100 && refused > 300); // both words were heard
}

void TestRequests::longTextsAreDataOrNothing()
{
    const Json data = parsed(examples::RelayData);
    const std::string base64 = toBase64(Bytes(60000, 7));
    const auto with = [&](const char *name, const Json &value) {
        Json other = data;
        other[Json::json_pointer(name)] = value;
        return decodeRelayText(dumpJson(other));
    };
    QCOMPARE(std::get<RelayData>(with("/payload", base64)->payload).datagram.size(),
             std::size_t(60000));
    // In the strange ways in which one may write it, too.
    std::string escaped = dumpJson(data);
    escaped.replace(escaped.find("\"payload\":\"") + 11, 0, base64 + "\\u002f\\/AA");
    QVERIFY(std::get<RelayData>(decodeRelayText(escaped)->payload).datagram.size() > 60000);
    QVERIFY(with("/payload", base64 + "=").error().code == ErrorCode::Malformed);
    QVERIFY(with("/payload", base64.substr(1)).error().code == ErrorCode::Malformed);
    // Long, but not a datagram.
    for (const char *place : {"/more", "/sessionId", "/type", "/direction"})
        QVERIFY(!with(place, base64));
    Json error = parsed(examples::RelayControl);
    error["more"] = base64;
    QVERIFY(decodeRelayText(dumpJson(error)).error().code == ErrorCode::TooLarge);
    error["more"] = std::vector<int>(5000, 1);
    QVERIFY(decodeRelayText(dumpJson(error)).error().code == ErrorCode::TooLarge);
    error["more"] = std::vector<int>(3000, 1); // the control: less is no matter
    QVERIFY(decodeRelayText(dumpJson(error)));
    // Nothing can pass for the datagram that was cut out.
    std::string trick = dumpJson(data);
    trick.insert(1, "\"x\":\"" + base64 + "\",");
    for (const char *stand : {"@datagram@", "\\u0040datagram@", "AAAA"}) {
        std::string text = trick;
        const std::size_t at = text.find("\"payload\":\"") + 11;
        text.replace(at, text.find('"', at) - at, stand);
        QVERIFY2(!decodeRelayText(text), stand);
    }
    QVERIFY(!decodeRelayText(std::string(100'000, '"')));
    QVERIFY(!decodeRelayText(std::string(100'000, 'x')));
    QVERIFY(!decodeRelayText("\"" + base64 + "\""));
    QVERIFY(!decodeRelayText(base64));
}

void TestRequests::aDatagramTooLargeIsTold()
{
    const auto decodeOf = [](std::size_t size) {
        return decodeRelayText(
            dumpJson(changed(examples::RelayData, "/payload", toBase64(Bytes(size, 7)))));
    };
    const auto largest = decodeOf(65535);
    QVERIFY(largest);
    QCOMPARE(std::get<RelayData>(largest->payload).datagram.size(), std::size_t{65535});
    QVERIFY(decodeOf(65536).error().code == ErrorCode::TooLarge);
    QVERIFY(decodeOf(90000).error().code == ErrorCode::TooLarge);
    QVERIFY(decodeOf(0));
}

void TestRequests::aLongTextIsCheap()
{
    // Patterns are matched by a backtracking engine: each must be bounded.
    for (const Example &example : allExamples()) {
        for (const std::string &pointer : leavesOf(parsed(example.text))) {
            for (const char fill : {'a', '0', '-', 'A', '='}) {
                const Json longText = std::string(65000, fill);
                const Outcome outcome =
                    decodeAs(example.name, changed(example.text, pointer, longText));
                QVERIFY(outcome.faults.empty() != outcome.encoded.is_null());
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestRequests)
#include "requests_test.moc"
