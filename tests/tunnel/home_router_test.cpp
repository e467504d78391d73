// SPDX-License-Identifier: GPL-3.0-or-later
// Who the home's router is, by what the kernel says of its routes, whatever is in it.
#include "shared/tunnel/home_router.h"
#include "tests/tunnel/netlink_bytes.h"

#include <QTest>
#include <sys/socket.h>

using namespace higgs;

namespace {

using Family = IpAddress::Family;

Bytes by(const char *gateway)
{
    return attribute(RTA_GATEWAY, IpAddress::parse(gateway)->bytes());
}

rtmsg defaultRoute(Family family = Family::V4)
{
    rtmsg body{};
    body.rtm_family = family == Family::V4 ? AF_INET : AF_INET6;
    body.rtm_table = RT_TABLE_MAIN;
    body.rtm_type = RTN_UNICAST;
    return body;
}

Bytes route(const rtmsg &body, std::initializer_list<Bytes> attributes)
{
    return message(RTM_NEWROUTE, body, joined(attributes));
}

Bytes good()
{
    return route(defaultRoute(),
                 {by("192.168.7.1"), number(RTA_OIF, 7), number(RTA_PRIORITY, 100)});
}

std::optional<DefaultRoute> best(const Bytes &datagram, Family family = Family::V4)
{
    DefaultRouteReader reader(family);
    const auto last = reader.read(datagram);
    return last && !*last ? reader.best() : std::nullopt;
}

} // namespace

class HomeRouterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theBestOneCounts();
    void whatIsNoDefaultRouteIsNone_data();
    void whatIsNoDefaultRouteIsNone();
    void bothFamiliesAreRead();
    void aDumpHasAnEnd();
    void whatIsCutOffIsRefused();
};

void HomeRouterTest::theBestOneCounts()
{
    const auto one = best(good());
    QVERIFY(one.has_value());
    QCOMPARE(one->gateway, *IpAddress::parse("192.168.7.1"));
    QCOMPARE(one->device, 7U);
    QCOMPARE(one->metric, 100U);
    const Bytes better = route(defaultRoute(), {by("192.168.8.1"), number(RTA_OIF, 8)});
    for (const Bytes &order : {joined({good(), better}), joined({better, good()})})
        QCOMPARE(best(order)->device, 8U);
    // Of two that are as good the kernel takes the first.
    const Bytes same =
        route(defaultRoute(), {by("192.168.9.1"), number(RTA_OIF, 9), number(RTA_PRIORITY, 100)});
    QCOMPARE(best(joined({good(), same}))->device, 7U);
    // Without a router: the link itself.
    QVERIFY(best(route(defaultRoute(), {number(RTA_OIF, 7)}))->gateway.isNull());
}

void HomeRouterTest::whatIsNoDefaultRouteIsNone_data()
{
    QTest::addColumn<QByteArray>("datagram");
    const auto add = [](const char *name, const rtmsg &body, const Bytes &more = {}) {
        const Bytes bytes = route(body, {by("192.168.7.1"), number(RTA_OIF, 7), more});
        QTest::newRow(name) << QByteArray(reinterpret_cast<const char *>(bytes.data()),
                                          static_cast<qsizetype>(bytes.size()));
    };
    rtmsg body = defaultRoute();
    body.rtm_dst_len = 8;
    add("a network's", body);
    body = defaultRoute();
    body.rtm_table = RT_TABLE_LOCAL;
    add("another table's", body);
    add("another table's, by its attribute", defaultRoute(), number(RTA_TABLE, 2921));
    body = defaultRoute();
    body.rtm_type = RTN_UNREACHABLE;
    add("one that leads nowhere", body);
    body = defaultRoute();
    body.rtm_flags = RTM_F_CLONED;
    add("one that was learned", body);
    add("the other family's", defaultRoute(Family::V6));
}

void HomeRouterTest::whatIsNoDefaultRouteIsNone()
{
    QFETCH(QByteArray, datagram);
    const Bytes bytes(datagram.begin(), datagram.end());
    QVERIFY(!best(bytes));
    QCOMPARE(best(joined({bytes, good()}))->device, 7U);
}

void HomeRouterTest::bothFamiliesAreRead()
{
    const Bytes six = route(defaultRoute(Family::V6), {by("fe80::1"), number(RTA_OIF, 7)});
    QCOMPARE(best(six, Family::V6)->gateway, *IpAddress::parse("fe80::1"));
    // A gateway of the wrong length is none.
    const Bytes bent = route(defaultRoute(Family::V6), {by("192.168.7.1"), number(RTA_OIF, 7)});
    QVERIFY(best(bent, Family::V6)->gateway.isNull());
}

void HomeRouterTest::aDumpHasAnEnd()
{
    DefaultRouteReader reader(Family::V4);
    const auto more = reader.read(good());
    QVERIFY(more && !*more);
    const auto end = reader.read(message(NLMSG_DONE, 0, {}));
    QVERIFY(end && *end);
    QCOMPARE(reader.best()->device, 7U);
}

void HomeRouterTest::whatIsCutOffIsRefused()
{
    const Bytes whole = good();
    for (std::size_t length = 1; length < whole.size(); ++length) {
        DefaultRouteReader reader(Family::V4);
        const auto read = reader.read(ByteSpan(whole).first(length));
        QVERIFY2(!read || !reader.best(), std::to_string(length).c_str());
    }
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        Bytes bent = whole;
        bent[bit / 8] = static_cast<std::uint8_t>(bent[bit / 8] ^ (1U << (bit % 8)));
        DefaultRouteReader reader(Family::V4);
        std::ignore = reader.read(bent);
    }
}

QTEST_APPLESS_MAIN(HomeRouterTest)
#include "home_router_test.moc"
