// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel's routes: what a datagram of them says, whatever is in it.
#include "shared/tunnel/machine_routes.h"
#include "tests/tunnel/netlink_bytes.h"

#include <QTest>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

using namespace higgs;

namespace {

constexpr std::uint32_t Card = 7;

Bytes ended()
{
    return message(NLMSG_DONE, 0, {});
}

Bytes route(const char *to, const Bytes &more, unsigned char kind = RTN_UNICAST, unsigned flags = 0)
{
    const IpPrefix prefix = *IpPrefix::parse(to);
    rtmsg body{};
    body.rtm_family = prefix.address.isV4() ? AF_INET : AF_INET6;
    body.rtm_dst_len = static_cast<unsigned char>(prefix.length);
    body.rtm_type = kind;
    body.rtm_flags = flags;
    Bytes attributes = prefix.length == 0 ? Bytes() : attribute(RTA_DST, prefix.address.bytes());
    attributes.insert(attributes.end(), more.begin(), more.end());
    return message(RTM_NEWROUTE, body, attributes);
}

Bytes hop(int device, const Bytes &attributes)
{
    Bytes out;
    append(out, rtnexthop{static_cast<unsigned short>(sizeof(rtnexthop) + attributes.size()), 0, 0,
                          device});
    out.insert(out.end(), attributes.begin(), attributes.end());
    return out;
}

const Bytes Gateway = attribute(RTA_GATEWAY, IpAddress::parse("192.168.7.1")->bytes());

std::vector<MachineRoute> all(const Bytes &datagram)
{
    std::vector<MachineRoute> routes;
    const auto last =
        readRoutes(datagram, [&routes](const MachineRoute &each) { routes.push_back(each); });
    return last && *last ? routes : std::vector<MachineRoute>();
}

MachineRoute only(const Bytes &datagram)
{
    const auto routes = all(joined({datagram, ended()}));
    return routes.size() == 1 ? routes.front() : MachineRoute();
}

Bytes several()
{
    return joined(
        {route("192.168.7.0/24", number(RTA_OIF, Card)),
         route("::/0", joined({number(RTA_OIF, Card), Gateway})),
         route("0.0.0.0/0", attribute(RTA_MULTIPATH, joined({hop(3, Gateway), hop(4, Gateway)}))),
         ended()});
}

} // namespace

class MachineRoutesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kinds();
    void specific_data();
    void specific();
    void whatIsNone();
    void anyBytes();
    void kernel();
};

void MachineRoutesTest::kinds()
{
    const MachineRoute home = only(route("192.168.7.0/24", number(RTA_OIF, Card)));
    QCOMPARE(home.to.toString(), std::string("192.168.7.0/24"));
    QCOMPARE(home.devices, std::vector<std::uint32_t>{Card});
    QVERIFY(home.unicast && !home.byRouter);
    QVERIFY(only(route("2a00:7::/32", Gateway)).byRouter);
    QVERIFY(only(route("10.0.0.0/8", attribute(RTA_VIA, Bytes(18)))).byRouter);
    QVERIFY(only(route("0.0.0.0/0", {})).to == *IpPrefix::parse("0.0.0.0/0"));
    QVERIFY(only(route("::/0", {})).to == *IpPrefix::parse("::/0"));
    const Bytes hops = attribute(RTA_MULTIPATH, joined({hop(3, Gateway), hop(4, {})}));
    QCOMPARE(only(route("10.0.0.0/8", hops)).devices, (std::vector<std::uint32_t>{3, 4}));
    QVERIFY(only(route("10.0.0.0/8", hops)).byRouter);
    QVERIFY(!only(route("10.0.0.0/8", {}, RTN_UNREACHABLE)).unicast);
    QCOMPARE(all(several()).size(), std::size_t{3});
}

void MachineRoutesTest::specific_data()
{
    QTest::addColumn<QString>("to");
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("is");
    const auto row = [](const char *to, int kind, bool is) {
        QTest::addRow("%s %d", to, kind) << QString::fromLatin1(to) << kind << is;
    };
    row("0.0.0.0/0", RTN_UNICAST, false);
    row("0.0.0.0/1", RTN_UNICAST, false);
    row("2000::/3", RTN_UNICAST, false);
    row("10.0.0.0/8", RTN_UNICAST, true);
    row("10.0.0.0/8", RTN_UNREACHABLE, false);
    row("192.168.7.2/32", RTN_LOCAL, false);
    row("198.51.100.7/32", RTN_UNICAST, true);
    row("2001:db8::/64", RTN_UNICAST, true);
}

void MachineRoutesTest::specific()
{
    QFETCH(QString, to);
    QFETCH(int, kind);
    const MachineRoute found =
        only(route(to.toLatin1().constData(), {}, static_cast<unsigned char>(kind)));
    QVERIFY(!found.to.address.isNull());
    QTEST(isSpecific(found), "is");
}

void MachineRoutesTest::whatIsNone()
{
    rtmsg other{};
    other.rtm_family = AF_BRIDGE;
    QVERIFY(all(joined({message(RTM_NEWROUTE, other, {}), ended()})).empty());
    QVERIFY(all(joined({message(RTM_NEWLINK, ifinfomsg{}, {}), ended()})).empty());
    QVERIFY(all(joined({route("10.0.0.0/8", {}, RTN_UNICAST, RTM_F_CLONED), ended()})).empty());
    const auto nobody = [](const MachineRoute &) {};
    QVERIFY(!readRoutes(message(NLMSG_ERROR, nlmsgerr{}, {}), nobody));
    QVERIFY(!*readRoutes({}, nobody)); // more to come
    QVERIFY(!*readRoutes(route("10.0.0.0/8", {}), nobody));
    const Bytes broken = attribute(RTA_MULTIPATH, Bytes(7));
    QVERIFY(!readRoutes(route("10.0.0.0/8", broken), nobody));
    // Longer than its family's addresses.
    rtmsg longer{};
    longer.rtm_family = AF_INET;
    longer.rtm_dst_len = 33;
    QVERIFY(!readRoutes(message(RTM_NEWROUTE, longer, {}), nobody));
}

void MachineRoutesTest::anyBytes()
{
    const Bytes whole = several();
    const auto good = [](const MachineRoute &each) {
        QVERIFY(each.to.length <= 8 * each.to.address.bytes().size());
        QVERIFY(each.devices.size() <= 2);
    };
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto last = readRoutes(ByteSpan(whole).first(length), good);
        QVERIFY(!last || !*last);
    }
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        Bytes bent = whole;
        bent[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        static_cast<void>(readRoutes(bent, good));
    }
}

/// Whatever this machine has: the loopback's own address is in one of its tables.
void MachineRoutesTest::kernel()
{
    bool loopback = false;
    const auto read = forEachRoute(IpAddress::Family::V4, [&loopback](const MachineRoute &each) {
        loopback = loopback || each.to.contains(IpAddress::loopback(IpAddress::Family::V4));
    });
    if (!read || !loopback)
        QSKIP("this machine shows no routes, or its loopback is down");
    QVERIFY(waysOut());
    QVERIFY(specificNetworks({}));
}

QTEST_GUILESS_MAIN(MachineRoutesTest)
#include "machine_routes_test.moc"
