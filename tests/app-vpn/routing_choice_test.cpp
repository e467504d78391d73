// SPDX-License-Identifier: GPL-3.0-or-later
// What the client asks for, how it reads a refusal, and the addresses it remembers.
#include "app-vpn/engine/routing_choice.h"
#include "app-vpn/engine/server_addresses.h"
#include "shared/crypto/keys.h"
#include "shared/tunnel/exit_network.h"

#include <QTest>

using namespace higgs;
using namespace higgs::vpn;

namespace {

const ClientId Client = *ClientId::parse("00000000-0000-4000-8000-000000000001");
const NodeId Node = *NodeId::parse("00000000-0000-4000-8000-00000000000a");

ApiFailure failure(int status, const char *code)
{
    return {{ErrorCode::Unavailable, "words"}, status, code, std::nullopt};
}

} // namespace

class RoutingChoiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }

    void theCountryIsAPromiseAlsoForAChosenNode()
    {
        ConnectRequest wish;
        wish.country = "DE";
        const auto request =
            routingRequestFor(wish, Client, PrivateKey::generate().publicKey(), Node);
        QVERIFY(request.has_value());
        QCOMPARE(request->requirements.preferredCountry->text(), std::string("DE"));
        QVERIFY(request->targetNodeId == Node);
        QVERIFY(request->clientPublicKey.has_value());
    }

    void theRegionIsPreferredWithinItsCountryOnly()
    {
        ConnectRequest wish;
        wish.country = "DE";
        wish.region = "DE-BE";
        const PublicKey key = PrivateKey::generate().publicKey();
        const auto request = routingRequestFor(wish, Client, key, {});
        QVERIFY(request.has_value());
        QCOMPARE(request->requirements.preferredLocation->text, std::string("DE-BE"));
        for (const char *elsewhere : {"US-CA", "DE-", "berlin"}) {
            wish.region = elsewhere;
            QVERIFY(!routingRequestFor(wish, Client, key, {}).has_value());
        }
        wish.country.clear();
        wish.region = "DE-BE";
        QVERIFY(!routingRequestFor(wish, Client, key, {}).has_value());
    }

    void whatIsNoCountryIsRefused()
    {
        ConnectRequest wish;
        wish.country = "XX-not";
        QVERIFY(
            !routingRequestFor(wish, Client, PrivateKey::generate().publicKey(), {}).has_value());
    }

    void refusalsAreRead()
    {
        const auto no = judge(failure(404, "no_matching_node"));
        QVERIFY(no.permanent && no.problem == Problem::NoMatchingNode);
        const auto none = judge(failure(503, "no_node_online"));
        QVERIFY(none.permanent && none.problem == Problem::NoNodeOnline);
        const auto busy = judge(failure(503, "storage_unavailable"));
        QVERIFY(!busy.permanent && busy.problem == Problem::ServerBusy);
        const auto key = judge(failure(401, "unauthorized"));
        QVERIFY(key.permanent && key.problem == Problem::AccessDenied);
        const auto pin = judge({{ErrorCode::Untrusted, ""}, 0, "", std::nullopt});
        QVERIFY(pin.permanent && pin.problem == Problem::ServerUntrusted);
        const auto clock = judge({{ErrorCode::NotValidNow, ""}, 0, "", std::nullopt});
        QVERIFY(!clock.permanent && clock.problem == Problem::CertificateDates);
        const auto gone = judge({{ErrorCode::Network, ""}, 0, "", std::nullopt});
        QVERIFY(!gone.permanent && gone.problem == Problem::ServerUnreachable);
    }

    void exitsAreTheLastHopsWithoutRepetition()
    {
        const NodeId other = *NodeId::parse("00000000-0000-4000-8000-00000000000b");
        protocol::Route direct;
        direct.path = {Node};
        protocol::Route cascade;
        cascade.path = {other, Node};
        protocol::Route second;
        second.path = {other};
        QVERIFY((exitsOf({direct, cascade, second, {}}) == std::vector<NodeId>{Node, other}));
    }

    void theOnlyExitIsListedAndNoOtherHasRoom()
    {
        protocol::NodeSummary own;
        own.nodeId = Node;
        own.maxConnections = own.activeConnections = 1; // it is we who are there
        protocol::NodeSummary other = own;
        other.nodeId = *NodeId::parse("00000000-0000-4000-8000-00000000000b");
        QVERIFY(isOnlyExit(Node, {own}));
        QVERIFY(isOnlyExit(Node, {other, own}));
        QVERIFY(!isOnlyExit(Node, {})); // the server says better than we why there is none
        QVERIFY(!isOnlyExit(Node, {other}));
        other.activeConnections = 0;
        QVERIFY(!isOnlyExit(Node, {own, other}));
    }

    void theGatewayIsTheFirstHost()
    {
        QCOMPARE(gatewayOf(*IpPrefix::parse("10.86.0.0/16")).toString(), std::string("10.86.0.1"));
        QCOMPARE(gatewayOf(*IpPrefix::parse("fd86::/64")).toString(), std::string("fd86::1"));
        QVERIFY(gatewayOf({}).isNull());
    }

    void theAddressBookSurvivesItsOwnTextAndAnyDamage()
    {
        AddressBook book;
        book["boson.example.com"] = {*IpAddress::parse("203.0.113.1"),
                                     *IpAddress::parse("2001:db8::1")};
        book["other.example.com"] = {*IpAddress::parse("203.0.113.2")};
        const std::string text = formatAddressBook(book);
        QVERIFY(parseAddressBook(text) == book);
        for (std::size_t cut = 0; cut <= text.size(); ++cut)
            QVERIFY(parseAddressBook(text.substr(0, cut)).size() <= book.size());
        for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
            std::string damaged = text;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
            for (const auto &[host, addresses] : parseAddressBook(damaged))
                QVERIFY(!addresses.empty());
        }
    }
};

QTEST_GUILESS_MAIN(RoutingChoiceTest)
#include "routing_choice_test.moc"
