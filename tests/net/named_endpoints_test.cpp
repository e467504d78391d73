// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the addresses that a server names are dialled: none of a home, however it is spelt, but
// where the server itself was met.
#include "shared/net/named_endpoints.h"
#include "shared/net/stun_binding_core.h"
#include "shared/net/stun_transaction.h"

#include <QTest>
#include <algorithm>
#include <array>

using namespace higgs;

class NamedEndpointsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void addresses_data();
    void addresses();
    void ports_data();
    void ports();
    void theServersOwnPlace();
    void neighboursAreOfTheHome();
    void onlyWhatIsGoodIsDialled();
    void anotherNetworkIsAnotherAnswer();
    void networksThatCannotBeSeen();
    void whatATranslationLeadsTo();
    void aQuestionIsNoOrderToTheRouter();
};

namespace {

using Prefixes = std::vector<IpPrefix>;

IpAddress address(const char *text)
{
    return *IpAddress::parse(text);
}

/// A dual-stack home of a router with the outside 81.0.113.21, whose PC reaches 51.1.2.0/24 by a
/// route of its own.
const Prefixes &home()
{
    static const Prefixes networks{
        *IpPrefix::parse("192.168.21.0/24"), *IpPrefix::parse("2a01:4f8:1::/48"),
        *IpPrefix::parse("81.0.113.21"), *IpPrefix::parse("51.1.2.0/24")};
    return networks;
}

} // namespace

void NamedEndpointsTest::neighboursAreOfTheHome()
{
    Prefixes near = home();
    near.push_back(*IpPrefix::parse("192.168.21.1")); // the router
    near.push_back(*IpPrefix::parse("192.168.21.2")); // this machine
    near.push_back(*IpPrefix::parse("fd21:0:0:1::/64"));
    for (const char *good :
         {"192.168.21.50", "::ffff:192.168.21.50", "fd21:0:0:1::50", "51.1.2.3", "2a01:4f8:1::50"})
        QVERIFY2(checkNeighbour({address(good), 40000}, near), good);
    for (const char *bad :
         {"192.168.21.1", "192.168.21.2", "192.168.22.50", "10.0.0.1", "127.0.0.1",
          "169.254.169.254", "224.0.0.251", "255.255.255.255", "8.8.8.8", "51.2.2.3", "100.64.0.1",
          "fe80::1", "fd22::1", "2a01:4f8:2::50", "::1", "0.0.0.0"})
        QVERIFY2(!checkNeighbour({address(bad), 40000}, near), bad);
    for (const std::uint16_t port :
         std::array<std::uint16_t, 9>{0, 22, 53, 80, 443, 1023, 1900, 5351, 5353})
        QVERIFY(!checkNeighbour({address("192.168.21.50"), port}, near));
    // Where nothing is known of what is near, nobody is.
    QVERIFY(!checkNeighbour({address("192.168.21.50"), 40000},
                            Prefixes{*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")}));
}

void NamedEndpointsTest::addresses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("dialled");
    for (const char *bad : {"192.168.21.50",
                            "192.168.21.1",
                            "127.0.0.1",
                            "127.8.8.8",
                            "0.0.0.0",
                            "10.1.2.3",
                            "172.16.0.1",
                            "172.31.255.254",
                            "100.64.0.1",
                            "169.254.169.254",
                            "192.168.1.1",
                            "198.18.0.1",
                            "192.0.2.1",
                            "224.0.0.251",
                            "239.255.255.250",
                            "255.255.255.255",
                            "240.0.0.1",
                            "192.88.99.1",
                            "81.0.113.21",
                            "51.1.2.9",
                            "::",
                            "::1",
                            "::127.0.0.1",
                            "fe80::1",
                            "fd00::1",
                            "fec0::1",
                            "ff02::fb",
                            "2001:db8::1",
                            "2a01:4f8:1::1",
                            "2a01:4f8:1:ffff::53",
                            "::ffff:192.168.21.50",
                            "::ffff:127.0.0.1",
                            "::ffff:81.0.113.21",
                            "64:ff9b::192.168.21.1",
                            "64:ff9b::127.0.0.1",
                            "64:ff9b::51.1.2.9",
                            "64:ff9b:1::8.8.8.8",
                            "2002:c0a8:1501::1",
                            "2002:808:808::1",
                            "2001::1",
                            "100::1",
                            "4000::1"})
        QTest::newRow(bad) << QString::fromLatin1(bad) << false;
    for (const char *good : {"8.8.8.8", "82.51.100.80", "81.0.113.22", "2a01:4f8:2::1",
                             "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"})
        QTest::newRow(good) << QString::fromLatin1(good) << true;
}

void NamedEndpointsTest::addresses()
{
    QFETCH(const QString, text);
    QFETCH(const bool, dialled);
    const IpAddress named = address(text.toLatin1().constData());
    for (const bool datagram : {false, true}) {
        const auto checked = checkNamed({named, 3478}, datagram, home(), {});
        QCOMPARE(checked.has_value(), dialled);
        if (dialled)
            QCOMPARE(checked->endpoint().address, named.unmapped());
        else
            QCOMPARE(checked.error().code, ErrorCode::Forbidden);
    }
}

void NamedEndpointsTest::ports_data()
{
    QTest::addColumn<int>("port");
    QTest::addColumn<bool>("stun");
    for (const int bad :
         {0, 1, 53, 67, 80, 123, 161, 442, 444, 1023, 1900, 3702, 5350, 5351, 5353, 5355})
        QTest::addRow("%d", bad) << bad << false;
    for (const int good : {443, 1024, 3478, 5349, 19302, 65535})
        QTest::addRow("%d", good) << good << true;
}

/// Also where the server is the home's router: what listens there is not only the server.
void NamedEndpointsTest::ports()
{
    QFETCH(const int, port);
    QFETCH(const bool, stun);
    const auto at = static_cast<std::uint16_t>(port);
    const std::vector<IpAddress> router{address("192.168.21.1")};
    QCOMPARE(checkNamed({address("8.8.8.8"), at}, true, home(), {}).has_value(), stun);
    QCOMPARE(checkNamed({router.front(), at}, true, home(), router).has_value(), stun);
    QCOMPARE(checkBeyondTunnel({address("8.8.8.8"), at}).has_value(), stun);
    QVERIFY(!checkBeyondTunnel({address("192.168.21.1"), at}));
    QVERIFY(!checkBeyondTunnel({address("203.0.113.1"), at})); // nobody's: the block refuses it
    QCOMPARE(checkNamed({address("8.8.8.8"), at}, false, home(), {}).has_value(), port != 0);
}

void NamedEndpointsTest::theServersOwnPlace()
{
    const std::vector<IpAddress> reached{address("192.168.21.9"), address("127.0.0.1")};
    for (const IpAddress &each : reached)
        QVERIFY(checkNamed({each, 3478}, true, home(), reached));
    QVERIFY(checkNamed({address("::ffff:192.168.21.9"), 8443}, false, home(), reached));
    QVERIFY(!checkNamed({address("192.168.21.10"), 8443}, false, home(), reached));
    QVERIFY(!checkNamed({address("127.0.0.2"), 8443}, false, home(), reached));
    QVERIFY(!checkNamed({address("::1"), 8443}, false, home(), reached));
}

void NamedEndpointsTest::onlyWhatIsGoodIsDialled()
{
    NamedEndpoints named([] { return home(); });
    const auto some = named.check(
        NamedUse::Relay, {address("192.168.21.50"), address("8.8.8.8"), address("::ffff:8.8.8.8")},
        443, {});
    QVERIFY(some);
    QCOMPARE(some->size(), std::size_t{1});
    QCOMPARE(some->front().endpoint(), (Endpoint{address("8.8.8.8"), 443}));
    const auto none = named.check(NamedUse::Relay, {address("192.168.21.50")}, 3000, {});
    QVERIFY(!none);
    QCOMPARE(none.error().code, ErrorCode::Forbidden);
    QVERIFY(none.error().detail.find("inside a home") != std::string::npos);
    QVERIFY(named.check(NamedUse::Relay, {}, 443, {}).error().code != ErrorCode::Forbidden);
}

void NamedEndpointsTest::anotherNetworkIsAnotherAnswer()
{
    Prefixes networks;
    int asked = 0;
    NamedEndpoints named([&] {
        ++asked;
        return networks;
    });
    const std::vector<IpAddress> far{address("51.7.8.9")};
    QVERIFY(named.check(NamedUse::Stun, far, 3478, {}));
    QVERIFY(named.check(NamedUse::Stun, far, 3478, {}));
    QCOMPARE(asked, 1);
    networks = {*IpPrefix::parse("51.7.8.0/24")};
    named.networksChanged();
    QVERIFY(!named.check(NamedUse::Stun, far, 3478, {}));
    networks.clear();
    named.networksChanged();
    QVERIFY(named.check(NamedUse::Stun, far, 3478, {}));
}

/// The provider's own prefix takes IPv4 in it to that, wherever it is.
void NamedEndpointsTest::whatATranslationLeadsTo()
{
    NamedEndpoints named([] { return home(); });
    const auto allows = [&named](const char *text) {
        return named.otherEnd({address(text)}, 40'001, std::array{address("91.198.174.192")})
            .has_value();
    };
    const std::array within{"2a02:64:64::192.168.1.20", "2a02:64:64::127.0.0.1",
                            "2a02:64:64::169.254.169.254", "2a02:64:64::51.1.2.3",
                            "2a02:64:64::91.198.174.192"};
    for (const char *each : within)
        QVERIFY2(allows(each), each); // it is not known that it is one
    named.setNat64(*Nat64Prefix::fromAnswer(std::array{address("2a02:64:64::192.0.0.170")}));
    for (const char *each : within)
        QVERIFY2(!allows(each), each);
    QVERIFY(allows("2a02:64:64::8.8.8.8"));
    QVERIFY(allows("2620:fe::fe"));
    named.networksChanged();
    QVERIFY(allows(within[0]));
}

void NamedEndpointsTest::networksThatCannotBeSeen()
{
    NamedEndpoints named(
        []() -> Result<Prefixes> { return unexpected(ErrorCode::System, "there is no ip"); });
    const std::vector<IpAddress> server{address("8.8.8.8")};
    QVERIFY(named.check(NamedUse::Relay, server, 443, server));
    QVERIFY(!named.check(NamedUse::Relay, server, 443, {}));
    QVERIFY(!named.check(NamedUse::Relay, {address("2a01:4f8:2::1")}, 443, server));
}

/// RFC 6886 section 3.3: version 0, opcode, two reserved bytes, ports, and the lifetime.
void NamedEndpointsTest::aQuestionIsNoOrderToTheRouter()
{
    const Monotonic now;
    StunBindingCore core(now, Milliseconds(250), Milliseconds(5'000));
    const auto first = newStunTransaction();
    const auto second = newStunTransaction();
    QVERIFY(first != second);
    const Bytes request = core.request(now, first);
    constexpr std::size_t LifetimeAt = 8;
    QVERIFY(std::all_of(request.begin() + LifetimeAt, request.begin() + LifetimeAt + 4,
                        [](std::uint8_t byte) { return byte == 0; }));
}

QTEST_APPLESS_MAIN(NamedEndpointsTest)
#include "named_endpoints_test.moc"
