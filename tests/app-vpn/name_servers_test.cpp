// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a blocked client asks for names, out of the files that machines have.
#include "app-vpn/engine/name_servers.h"

#include <QTest>

using namespace higgs;
using namespace higgs::vpn;

namespace {

NameServer server(const char *address, std::string interfaceName = {})
{
    return {{*IpAddress::parse(address), 53}, std::move(interfaceName)};
}

} // namespace

class NameServersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onlyOtherMachinesAreAsked()
    {
        const auto servers = nameServersOf("# nameserver 192.0.2.9\n"
                                           "nameserver 127.0.0.53\nnameserver ::1\n"
                                           "nameserver 192.0.2.1\n  nameserver\t2001:db8::1 \n"
                                           "nameserver fe80::1%eth0\nnameserver\nsearch home\n"
                                           "nameserver fe80::2%\nnameserver fe80::3%e/0\n"
                                           "nameserver %eth0\n");
        QVERIFY((servers == std::vector{server("192.0.2.1"), server("2001:db8::1"),
                                        server("fe80::1", "eth0")}));
    }

    void theTunnelsAreNotAskedOutside()
    {
        const NameServer home = server("192.168.1.1");
        const IpAddress inside = *IpAddress::parse("10.8.0.1");
        const NameServer there = server("10.8.0.1");
        QVERIFY(outsideServers({there, home}, {inside}) == std::vector{home});
        QVERIFY(outsideServers({there}, {inside}).empty());
        QVERIFY(outsideServers({there, home}, {}) == (std::vector{there, home}));
    }

    void whatTheTunnelsFileReplacedIsAskedStill()
    {
        const TunnelResolvers tunnel{{*IpAddress::parse("10.8.0.1")},
                                     "nameserver 10.8.0.1\nnameserver 192.0.2.77\n"};
        const auto servers = nameServers(tunnel);
        QVERIFY(!servers.empty());
        QVERIFY(servers.front() == server("192.0.2.77"));
        QVERIFY(outsideServers(servers, tunnel.inside) == servers);
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
        QVERIFY(gateways == std::vector{server("192.168.1.1")});
        const std::string any(32, '0');
        const std::string rest = " 00000400 00000001 00000000 00450003     eth0\n";
        const auto line = [&](const char *length, const std::string &gateway) {
            return any + " " + length + " " + any + " 00 " + gateway + rest;
        };
        const std::string local = "fe800000000000000000000000000001";
        const std::string global = "20010db8000000000000000000000001";
        QVERIFY((gateways6Of(line("00", local) + line("00", any) + line("40", global) +
                             line("00", global) + line("00", "fe80") + "short\n") ==
                 std::vector{server("fe80::1", "eth0"), server("2001:db8::1")}));
    }
};

QTEST_GUILESS_MAIN(NameServersTest)
#include "name_servers_test.moc"
