// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a blocked client asks for names, out of the files that machines have.
#include "app-vpn/engine/name_servers.h"

#include <QTest>

using namespace higgs;
using namespace higgs::vpn;

class NameServersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyOtherMachinesAreAsked()
    {
        const auto servers = nameServersOf("# nameserver 192.0.2.9\n"
                                           "nameserver 127.0.0.53\nnameserver ::1\n"
                                           "nameserver 192.0.2.1\n  nameserver\t2001:db8::1 \n"
                                           "nameserver fe80::1%eth0\nnameserver\nsearch home\n");
        QVERIFY((servers ==
                 std::vector{*IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1")}));
    }

    void theTunnelsAreNotAskedOutside()
    {
        const IpAddress home = *IpAddress::parse("192.168.1.1");
        const IpAddress inside = *IpAddress::parse("10.8.0.1");
        QVERIFY(outsideServers({inside, home}, {inside}) == std::vector{home});
        QVERIFY(outsideServers({inside}, {inside}).empty());
        QVERIFY(outsideServers({inside, home}, {}) == (std::vector{inside, home}));
    }

    void hostsOfTheMachine()
    {
        constexpr std::string_view Hosts =
            "127.0.0.1 localhost\n192.0.2.1 other Boson.Example # x\n"
            "2001:db8::1 boson.example\n#192.0.2.2 boson.example\nx y\n";
        QCOMPARE(addressesInHosts(Hosts, "boson.example").size(), std::size_t{2});
        QVERIFY(addressesInHosts(Hosts, "x").empty());
        QVERIFY(addressesInHosts(Hosts, "boson").empty());
    }

    void theRouterAsALastResort()
    {
        const auto gateways =
            gatewaysOf("Iface\tDestination\tGateway\tFlags\n"
                       "eth0\t00000000\t0101A8C0\t0003\neth0\t0001A8C0\t00000000\t0001\n"
                       "tun0\t00000000\t00000000\t0001\nshort\n");
        QVERIFY(gateways == std::vector{*IpAddress::parse("192.168.1.1")});
    }
};

QTEST_GUILESS_MAIN(NameServersTest)
#include "name_servers_test.moc"
