// SPDX-License-Identifier: GPL-3.0-or-later
// Answers of the server: they fit their schemas, survive a round trip, and a hostile one is
// refused field by field.
#include "shared/protocol/error_body.h"
#include "shared/protocol/rest_locations.h"
#include "shared/protocol/rest_metrics.h"
#include "shared/protocol/rest_routing.h"

#include <QTest>
#include <functional>

using namespace higgs;
using namespace higgs::protocol;

namespace {

constexpr std::string_view Key = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=";
constexpr std::string_view Uuid = "550e8400-e29b-41d4-a716-446655440000";
constexpr WallTime Then{1704067200000};

RelayEndpoint relayEndpoint()
{
    return {"boson.example.com", 3000, *SessionId::parse(Uuid)};
}

ServerInfo serverInfo()
{
    ServerInfo info;
    info.name = "Boson";
    info.version = "0.1.0";
    info.time = Then;
    info.publicKey = *KeyText::parse(Key);
    info.access = Access::Key;
    info.nodeAccess = NodeAccess::Approve;
    info.relayServers = {{"relay-1", "boson.example.com", 3000, "websocket"}};
    info.stunServers = {{"2001:db8::1", 3478}};
    info.tunnelNetwork4 = *IpPrefix::parse("10.86.0.0/16");
    info.tunnelNetwork6 = *IpPrefix::parse("fd86::/64");
    info.clientAddress = *IpAddress::parse("2001:db8::7");
    return info;
}

RegisterResponse registerResponse()
{
    RegisterResponse response;
    response.nodeId = *NodeId::parse(Uuid);
    response.status = RegistrationStatus::Pending;
    response.relayServers = serverInfo().relayServers;
    response.stunServers = serverInfo().stunServers;
    response.sessionToken = SecretText("a.b.c");
    response.expiresAt = Then;
    return response;
}

SessionConnect sessionConnect()
{
    SessionConnect connect;
    connect.sessionId = *SessionId::parse(Uuid);
    connect.relayEndpoint = relayEndpoint();
    connect.clientPublicKey = *KeyText::parse(Key);
    connect.clientAddress = *IpPrefix::parse("10.86.0.2/32");
    connect.clientAddressV6 = *IpPrefix::parse("fd86::2/128");
    connect.natType = NatType::Symmetric;
    connect.candidates = {{CandidateType::Srflx, *Endpoint::parse("203.0.113.1:51820")}};
    connect.expiresAt = Then;
    return connect;
}

HeartbeatResponse heartbeatResponse()
{
    HeartbeatResponse response;
    response.nextHeartbeat = Seconds(20);
    response.actions.emplace_back(UpdateConfigAction{{{"maxConnections", 3}}});
    response.actions.emplace_back(RestartAction{});
    response.actions.emplace_back(MaintenanceAction{{{"enabled", true}}});
    response.actions.emplace_back(sessionConnect());
    SessionConnect forward = sessionConnect();
    forward.role = SessionRole::Forward;
    forward.clientPublicKey.reset();
    forward.clientAddress.reset();
    forward.clientAddressV6.reset();
    forward.forward = ForwardHop{relayEndpoint(), SecretText("token")};
    response.actions.emplace_back(std::move(forward));
    return response;
}

IceServersResponse iceServers()
{
    IceServersResponse response;
    response.iceServers.push_back({{"stun:stun.example.com:3478"}, std::nullopt, std::nullopt});
    IceServer turn;
    turn.urls = {"turn:turn.example.com:3478", "turns:turn.example.com:5349"};
    turn.username = "1704067200:abc";
    turn.credential = SecretText("secret");
    response.iceServers.push_back(std::move(turn));
    return response;
}

RoutingResponse routingResponse()
{
    RoutingResponse response;
    Route route;
    route.id = *RouteId::parse(Uuid);
    route.type = RouteType::Cascade;
    route.path = {*NodeId::parse(Uuid), *NodeId::parse(Uuid)};
    route.estimatedLatency = 100.5;
    route.cost = 2;
    route.priority = 0;
    response.routes = {route};
    SelectedRoute &selected = response.selectedRoute;
    selected.id = route.id;
    selected.relayEndpoint = relayEndpoint();
    selected.nodeEndpoint.nodeId = *NodeId::parse(Uuid);
    selected.nodeEndpoint.directConnection = true;
    WireguardConfig &config = selected.nodeEndpoint.wireguardConfig;
    config.publicKey = *KeyText::parse(Key);
    config.address = *IpPrefix::parse("10.86.0.2/32");
    config.addressV6 = *IpPrefix::parse("fd86::2/128");
    config.dns = {*IpAddress::parse("10.86.0.1")};
    config.allowedIps = {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")};
    config.endpoint = *Endpoint::parse("[2001:db8::1]:51820");
    selected.sessionToken = SecretText("9d1f7a52-0f3c-4b8e-a5a3-0c7b0a6f1e11");
    selected.expiresAt = Then;
    selected.turnConfig = iceServers();
    return response;
}

LocationsResponse locations()
{
    return {{{*CountryCode::parse("DE"), "DE-BE", 3, 2, 0.25, 12.5},
             {*CountryCode::parse("US"), std::nullopt, 1, 0, 1.0, std::nullopt}}};
}

NodesResponse nodes()
{
    return {{{*NodeId::parse(Uuid), *CountryCode::parse("DE"), std::nullopt, 0.5, std::nullopt,
              NatType::FullCone, 1, 2}}};
}

TurnServersResponse turnServers()
{
    TurnServersResponse response;
    TurnServer server;
    server.host = "turn.example.com";
    server.port = 3478;
    server.realm = "bosonserver";
    server.username = "1704067200:abc";
    server.password = SecretText("secret");
    server.ttl = Seconds(3600);
    response.servers.push_back(std::move(server));
    return response;
}

struct Case
{
    SchemaName schema;
    Json json;
    /// Decodes and encodes again; null for a refusal, whose faults are appended.
    std::function<Json(const Json &, Faults &)> again;
};

template <typename T>
Case makeCase(SchemaName schema, const T &value, Result<T> (*decode)(const Json &, Faults *))
{
    return {schema, toJson(value), [decode](const Json &json, Faults &faults) {
                const Result<T> result = decode(json, &faults);
                return result ? toJson(*result) : Json();
            }};
}

std::vector<Case> allCases()
{
    const RenewResponse renew{*SessionId::parse(Uuid), Then};
    const StunServersResponse stun{serverInfo().stunServers};
    const ErrorBody error{"validation_failed", "see details", {{"/a/0", "is required"}}};
    return {
        makeCase(SchemaName::ServerInfo, serverInfo(), decodeServerInfo),
        makeCase(SchemaName::RegisterResponse, registerResponse(), decodeRegisterResponse),
        makeCase(SchemaName::HeartbeatResponse, heartbeatResponse(), decodeHeartbeatResponse),
        makeCase(SchemaName::RoutingResponse, routingResponse(), decodeRoutingResponse),
        makeCase(SchemaName::LocationsResponse, locations(), decodeLocationsResponse),
        makeCase(SchemaName::NodesResponse, nodes(), decodeNodesResponse),
        makeCase(SchemaName::RenewResponse, renew, decodeRenewResponse),
        makeCase(SchemaName::StunServersResponse, stun, decodeStunServersResponse),
        makeCase(SchemaName::TurnServersResponse, turnServers(), decodeTurnServersResponse),
        makeCase(SchemaName::IceServersResponse, iceServers(), decodeIceServersResponse),
        makeCase(SchemaName::ErrorBody, error, decodeErrorBody),
    };
}

std::string described(const Faults &faults)
{
    std::string text;
    for (const Fault &fault : faults)
        text += fault.path + ": " + fault.message + "; ";
    return text;
}

} // namespace

class TestResponses : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersFitTheirSchemasAndComeBack();
    void valuesSurvive();
    void hostileAnswersAreRefused();
    void unknownActionsAreSkipped();
    void statusIsOk();
    void relayEndpointsHaveOneForm();
    void listsAsText();
    void countryCodes();
};

void TestResponses::answersFitTheirSchemasAndComeBack()
{
    for (const Case &one : allCases()) {
        const Faults schemaFaults = validate(one.schema, one.json);
        QVERIFY2(schemaFaults.empty(),
                 (std::string(schemaFile(one.schema)) + " " + described(schemaFaults)).c_str());
        Faults faults;
        const Json again = one.again(one.json, faults);
        QVERIFY2(faults.empty(), described(faults).c_str());
        QVERIFY(again == one.json);
    }
    QVERIFY(validate(SchemaName::StatusResponse, statusOk()).empty());
}

void TestResponses::valuesSurvive()
{
    QVERIFY(*decodeServerInfo(toJson(serverInfo())) == serverInfo());
    QVERIFY(*decodeRegisterResponse(toJson(registerResponse())) == registerResponse());
    QVERIFY(*decodeHeartbeatResponse(toJson(heartbeatResponse())) == heartbeatResponse());
    QVERIFY(*decodeRoutingResponse(toJson(routingResponse())) == routingResponse());
    QVERIFY(*decodeLocationsResponse(toJson(locations())) == locations());
    QVERIFY(*decodeNodesResponse(toJson(nodes())) == nodes());
    QVERIFY(*decodeTurnServersResponse(toJson(turnServers())) == turnServers());
    QVERIFY(*decodeIceServersResponse(toJson(iceServers())) == iceServers());
}

void TestResponses::hostileAnswersAreRefused()
{
    const std::vector<Json> strangers = {
        Json(nullptr),  Json(true),  Json(-1),  Json(1.5),  Json("\x1b[2J"),       Json::array(),
        Json::object(), Json(1e300), Json("x"), Json(1e18), Json({Json(), Json()})};
    for (const Case &one : allCases()) {
        for (const Json &stranger : strangers) {
            Faults faults;
            QVERIFY(one.again(stranger, faults).is_null() || faults.empty());
            const Json flat = one.json.flatten();
            for (const auto &leaf : flat.items()) {
                Json changed = one.json;
                changed[Json::json_pointer(leaf.key())] = stranger;
                faults.clear();
                // A value or faults; never both, never neither.
                QVERIFY(one.again(changed, faults).is_null() != faults.empty());
            }
        }
    }
    const auto refused = [](const char *pointer, const Json &value) {
        Json json = toJson(routingResponse());
        json[Json::json_pointer(pointer)] = value;
        Faults faults;
        return !decodeRoutingResponse(json, &faults) && faults.front().path == pointer;
    };
    const std::string config = "/selectedRoute/nodeEndpoint/wireguardConfig";
    QVERIFY(refused((config + "/address").c_str(), "10.86.0.0/24"));
    QVERIFY(refused((config + "/addressV6").c_str(), "10.86.0.2/32"));
    QVERIFY(refused((config + "/publicKey").c_str(), std::string(Key) + "\nPostUp = touch /x"));
    QVERIFY(refused((config + "/allowedIps/0").c_str(), "0.0.0.0/0; rm"));
    QVERIFY(refused((config + "/mtu").c_str(), 1279));
    QVERIFY(refused((config + "/persistentKeepalive").c_str(), -1));
    QVERIFY(refused("/selectedRoute/sessionToken", "a\r\nX-Header: b"));
    QVERIFY(refused("/selectedRoute/sessionToken", ""));
    QVERIFY(refused("/selectedRoute/relayEndpoint", "ws://boson.example.com/relay/x"));
}

void TestResponses::unknownActionsAreSkipped()
{
    const auto response = decodeHeartbeatResponse(
        {{"status", "ok"},
         {"nextHeartbeat", 30},
         {"actions", {{{"type", "dance"}, {"payload", {{"fast", true}}}}, {{"type", "restart"}}}}});
    QVERIFY(response);
    QCOMPARE(response->actions.size(), std::size_t{1});
    QVERIFY(std::holds_alternative<RestartAction>(response->actions.front()));
}

void TestResponses::statusIsOk()
{
    QVERIFY(decodeStatusResponse(statusOk()));
    QVERIFY(!decodeStatusResponse({{"status", "no"}}));
    QVERIFY(!decodeStatusResponse(Json::array()));
}

void TestResponses::relayEndpointsHaveOneForm()
{
    const std::string id(Uuid);
    const auto host = [&](const std::string &url) {
        const auto endpoint = RelayEndpoint::parse(url);
        return endpoint ? endpoint->host + " " + std::to_string(endpoint->port) : std::string();
    };
    QCOMPARE(host("wss://boson.example.com:3000/relay/" + id),
             std::string("boson.example.com 3000"));
    QCOMPARE(host("wss://boson.example.com/relay/" + id), std::string("boson.example.com 443"));
    QCOMPARE(host("wss://192.0.2.1:1/relay/" + id), std::string("192.0.2.1 1"));
    QCOMPARE(host("wss://[2001:db8::1]:65535/relay/" + id), std::string("2001:db8::1 65535"));
    QCOMPARE(host("wss://[2001:db8::1]/relay/" + id), std::string("2001:db8::1 443"));
    for (const std::string &bad : {std::string(),
                                   "ws://a/relay/" + id,
                                   "https://a/relay/" + id,
                                   "wss:///relay/" + id,
                                   std::string("wss://a/relay/"),
                                   "wss://a/relay/" + id + "/",
                                   "wss://a/relay/" + id + "?token=x",
                                   "wss://a/relay/" + id + "#x",
                                   "wss://u:p@a/relay/" + id,
                                   "wss://a:0/relay/" + id,
                                   "wss://a:/relay/" + id,
                                   "wss://a:65536/relay/" + id,
                                   "wss://a:+1/relay/" + id,
                                   "wss://a:080/relay/" + id,
                                   "wss://2001:db8::1/relay/" + id,
                                   "wss://[192.0.2.1]/relay/" + id,
                                   "wss://[a]/relay/" + id,
                                   "wss://a b/relay/" + id,
                                   "wss://a\r\n/relay/" + id,
                                   "wss://-a/relay/" + id,
                                   "wss://a..b/relay/" + id,
                                   "WSS://a/relay/" + id,
                                   "wss://a/Relay/" + id,
                                   "wss://a/x/relay/" + id,
                                   "wss://" + std::string(300, 'a') + "/relay/" + id})
        QVERIFY2(!RelayEndpoint::parse(bad), bad.c_str());
    const RelayEndpoint v6{"2001:db8::1", 3000, *SessionId::parse(id)};
    QCOMPARE(v6.toString(), "wss://[2001:db8::1]:3000/relay/" + id);
    QVERIFY(*RelayEndpoint::parse(v6.toString()) == v6);
    QCOMPARE(v6.path(), "/relay/" + id);
}

void TestResponses::listsAsText()
{
    LocationsResponse locations;
    NodesResponse nodes;
    QCOMPARE(textOf(locations), std::string(R"({"locations":[]})"));
    QCOMPARE(textOf(nodes), std::string(R"({"nodes":[]})"));
    for (const double figure : {0.0, 0.1, 1.0, 1e-9, 123456.789, 3600000.0}) {
        Location location;
        location.country = *CountryCode::parse("US");
        location.region = "US-\"CA\\";
        location.nodes = 4294967295U;
        location.available = 100'000;
        location.load = figure;
        location.latency = figure;
        locations.locations.push_back(location);
        location.region.reset();
        location.latency.reset();
        locations.locations.push_back(location);
        NodeSummary node;
        node.nodeId = *NodeId::parse("550e8400-e29b-41d4-a716-446655440000");
        node.country = location.country;
        node.load = figure;
        node.natType = NatType::Symmetric;
        nodes.nodes.push_back(node);
    }
    QVERIFY(*parseJson(textOf(locations)) == toJson(locations));
    QVERIFY(decodeLocationsResponse(*parseJson(textOf(locations))));
    QVERIFY(*parseJson(textOf(nodes)) == toJson(nodes));
}

void TestResponses::countryCodes()
{
    for (const char *good : {"US", "us", "dE", "GB", "ZW", "AD", "AX", "SS"})
        QVERIFY2(CountryCode::parse(good), good);
    for (const char *bad :
         {"", "U", "USA", "XX", "EU", "UK", "AN", "SU", "ZZ", "AA", "D ", " D", "S S", "1A"})
        QVERIFY2(!CountryCode::parse(bad), bad);
    QCOMPARE(PlaceCode::parse("us-ca")->text, std::string("US-CA"));
    QCOMPARE(PlaceCode::parse("de")->country.text(), std::string("DE"));
    for (const char *bad : {"US-", "US-ABCD", "XX-YY", "US_CA", "US-C!", "USCA", "US-ZZ", "US-A",
                            "US-L A", "AD-1", "DE-CA"})
        QVERIFY2(!PlaceCode::parse(bad), bad);
    for (const char *good : {"AD-02", "AD-08", "us-wy", "GB-ZET", "ZW-MW", "AR-A"})
        QVERIFY2(PlaceCode::parse(good), good);
    const CountryCode us = *CountryCode::parse("US");
    QCOMPARE(*parseRegion("us-ca", us), std::string("US-CA"));
    for (const char *bad : {"", "US", "US-", "Bavaria", "DE-BE", "US-CAL"})
        QVERIFY2(!parseRegion(bad, us), bad);
}

QTEST_GUILESS_MAIN(TestResponses)
#include "responses_test.moc"
