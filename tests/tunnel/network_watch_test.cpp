// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel tells of the network, what of it matters, and how sleep is noticed.
#include "shared/tunnel/command.h"
#include "shared/tunnel/firewall_watch.h"
#include "shared/tunnel/sleep_detector.h"
#include "shared/tunnel/uplink_filter.h"
#include "tests/tunnel/netlink_bytes.h"

#include <QtTest>
#include <cstring>
#include <linux/if_addr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <thread>

using namespace higgs;

namespace {

Bytes addressMessage(bool added, std::uint32_t index, const IpAddress &address)
{
    ifaddrmsg body{};
    body.ifa_family = address.isV4() ? AF_INET : AF_INET6;
    body.ifa_index = index;
    return message(added ? RTM_NEWADDR : RTM_DELADDR, body,
                   attribute(IFA_ADDRESS, address.bytes()));
}

Bytes linkMessage(bool removed, int index, const std::string &name, unsigned flags,
                  std::uint32_t master = 0)
{
    ifinfomsg body{};
    body.ifi_index = index;
    body.ifi_flags = flags;
    Bytes attributes = attribute(IFLA_IFNAME, asBytes(name + '\0'));
    if (master != 0) {
        Bytes number;
        append(number, master);
        const Bytes plugged = attribute(IFLA_MASTER, number);
        attributes.insert(attributes.end(), plugged.begin(), plugged.end());
    }
    return message(removed ? RTM_DELLINK : RTM_NEWLINK, body, attributes);
}

Bytes routeMessage(std::uint32_t table, std::uint32_t index)
{
    rtmsg body{};
    body.rtm_family = AF_INET;
    body.rtm_table = RT_TABLE_COMPAT;
    Bytes tableBytes;
    append(tableBytes, table);
    Bytes indexBytes;
    append(indexBytes, index);
    Bytes attributes = attribute(RTA_TABLE, tableBytes);
    const Bytes second = attribute(RTA_OIF, indexBytes);
    attributes.insert(attributes.end(), second.begin(), second.end());
    return message(RTM_NEWROUTE, body, attributes);
}

NetworkEvent only(const Bytes &datagram)
{
    const auto events = decodeNetlink(datagram);
    return events && events->size() == 1 ? events->front() : NetworkEvent{};
}

/// A message of nftables about something in the table.
Bytes tableMessage(unsigned kind, const std::string &table)
{
    const auto type = static_cast<unsigned short>(NFNL_SUBSYS_NFTABLES << 8 | kind);
    return message(type, nfgenmsg{NFPROTO_INET, NFNETLINK_V0, 0},
                   attribute(NFTA_RULE_TABLE, asBytes(table + '\0')));
}

Bytes commitMessage()
{
    const auto type = static_cast<unsigned short>(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN);
    return message(type, nfgenmsg{NFPROTO_UNSPEC, NFNETLINK_V0, 0},
                   attribute(NFTA_GEN_ID, Bytes{0, 0, 0, 7}));
}

const IpAddress Home = *IpAddress::parse("192.168.1.5");

} // namespace

class NetworkWatchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void decodes();
    void decodesSeveral();
    void survivesCuts();
    void survivesFlippedBits();
    void filters();
    void passesOverTheSelfTest();
    void knowsTablesByName();
    void noticesSleep();
    void countsTheWaitForPrograms();
};

void NetworkWatchTest::decodes()
{
    NetworkEvent address = only(addressMessage(true, 3, Home));
    QVERIFY(address.kind == NetworkEvent::Kind::AddressAdded);
    QCOMPARE(address.interfaceIndex, 3U);
    QCOMPARE(address.address.toString(), std::string("192.168.1.5"));
    const IpAddress v6 = *IpAddress::parse("2001:db8::5");
    address = only(addressMessage(false, 3, v6));
    QVERIFY(address.kind == NetworkEvent::Kind::AddressRemoved && address.address == v6);

    const NetworkEvent link = only(linkMessage(false, 7, "wlan0", IFF_UP | IFF_RUNNING));
    QVERIFY(link.kind == NetworkEvent::Kind::LinkChanged && link.running);
    QCOMPARE(link.interfaceName, std::string("wlan0"));
    QVERIFY(!only(linkMessage(false, 7, "wlan0", IFF_UP)).running);
    QVERIFY(only(linkMessage(true, 7, "wlan0", IFF_UP)).kind == NetworkEvent::Kind::LinkRemoved);

    const NetworkEvent route = only(routeMessage(1214859111, 9));
    QVERIFY(route.kind == NetworkEvent::Kind::RouteChanged);
    QCOMPARE(route.table, 1214859111U);
    QCOMPARE(route.interfaceIndex, 9U);
}

void NetworkWatchTest::decodesSeveral()
{
    Bytes datagram = addressMessage(true, 3, Home);
    const Bytes other = message(RTM_NEWNEIGH, rtgenmsg{}, {});
    datagram.insert(datagram.end(), other.begin(), other.end());
    datagram.resize(NLMSG_ALIGN(datagram.size()));
    const Bytes route = routeMessage(254, 3);
    datagram.insert(datagram.end(), route.begin(), route.end());
    const auto events = decodeNetlink(datagram);
    QVERIFY(events && events->size() == 2);
    QVERIFY(decodeNetlink({})->empty());
}

void NetworkWatchTest::survivesCuts()
{
    for (const Bytes &whole : {addressMessage(true, 3, Home),
                               linkMessage(false, 7, "wlan0", IFF_UP), routeMessage(254, 3)}) {
        for (std::size_t length = 1; length < whole.size(); ++length) {
            // On the heap, so that a reader of what is not there is caught.
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            QVERIFY2(!decodeNetlink(cut), std::to_string(length).c_str());
        }
    }
}

void NetworkWatchTest::survivesFlippedBits()
{
    const Bytes whole = routeMessage(254, 3);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        Bytes bent = whole;
        bent[bit / 8] = static_cast<std::uint8_t>(bent[bit / 8] ^ (1U << (bit % 8)));
        const auto events = decodeNetlink(bent);
        QVERIFY(!events || events->size() <= 1);
    }
}

void NetworkWatchTest::filters()
{
    constexpr std::uint32_t OwnTable = 77;
    UplinkFilter filter("higgs0", OwnTable);
    // Our own tunnel coming up is no news.
    QVERIFY(!filter.matters(only(linkMessage(false, 12, "higgs0", IFF_UP | IFF_RUNNING))));
    QVERIFY(!filter.matters(only(addressMessage(true, 12, *IpAddress::parse("10.86.0.2")))));
    QVERIFY(!filter.matters(only(routeMessage(254, 12))));
    QVERIFY(!filter.matters(only(routeMessage(OwnTable, 3))));
    // Another interface is, once for each thing that changed.
    QVERIFY(filter.matters(only(addressMessage(true, 3, Home))));
    QVERIFY(!filter.matters(only(addressMessage(true, 3, Home))));
    QVERIFY(filter.matters(only(addressMessage(false, 3, Home))));
    QVERIFY(filter.matters(only(addressMessage(true, 3, Home))));
    QVERIFY(filter.matters(only(routeMessage(254, 3))));
    QVERIFY(filter.matters(only(linkMessage(false, 3, "wlan0", IFF_UP | IFF_RUNNING))));
    QVERIFY(!filter.matters(only(linkMessage(false, 3, "wlan0", IFF_UP | IFF_RUNNING))));
    QVERIFY(filter.matters(only(linkMessage(false, 3, "wlan0", IFF_UP))));
    QVERIFY(
        !filter.matters(only(addressMessage(true, 1, IpAddress::loopback(IpAddress::Family::V4)))));
    // A card that is put into a bridge, and a bridge that tells of itself.
    QVERIFY(filter.matters(only(linkMessage(false, 3, "wlan0", IFF_UP, 9))));
    QVERIFY(!filter.matters(only(linkMessage(false, 3, "wlan0", IFF_UP, 9))));
    QVERIFY(filter.matters(only(linkMessage(false, 3, "wlan0", IFF_UP))));
    QVERIFY(filter.matters(only(linkMessage(false, 9, "br0", IFF_UP))));
    QVERIFY(!filter.matters(only(linkMessage(false, 9, "br0", IFF_UP, 9))));
    // An index is somebody else's when the tunnel has gone.
    QVERIFY(!filter.matters(only(linkMessage(true, 12, "higgs0", 0))));
    QVERIFY(filter.matters(only(addressMessage(true, 12, Home))));
}

void NetworkWatchTest::passesOverTheSelfTest()
{
    UplinkFilter filter("higgs0", 0);
    // Its interface comes and goes with each test; were it news, the next test would follow.
    QVERIFY(!filter.matters(only(linkMessage(false, 14, "higgs0c", IFF_UP | IFF_RUNNING))));
    QVERIFY(!filter.matters(only(routeMessage(254, 14))));
    QVERIFY(!filter.matters(only(linkMessage(true, 14, "higgs0c", 0))));
    QVERIFY(filter.matters(only(linkMessage(false, 15, "higgs0d", IFF_UP | IFF_RUNNING))));
}

namespace {

std::vector<std::string_view> names(std::initializer_list<std::string_view> list)
{
    return list;
}

} // namespace

void NetworkWatchTest::knowsTablesByName()
{
    Bytes own = tableMessage(NFT_MSG_NEWRULE, "higgs_canary");
    QVERIFY(!tellsOfOtherTable(own, names({"higgs_node", "higgs_canary"})));
    QVERIFY(tellsOfOtherTable(own, names({"higgs", "other"})));
    QVERIFY(!tellsOfOtherTable(commitMessage(), names({"higgs_node", "higgs_canary"})));
    QVERIFY(!tellsOfOtherTable({}, names({"higgs_node", "higgs_canary"})));
    for (const unsigned kind :
         {unsigned{NFT_MSG_NEWTABLE}, unsigned{NFT_MSG_DELTABLE}, unsigned{NFT_MSG_NEWCHAIN},
          unsigned{NFT_MSG_DELRULE}, unsigned{NFT_MSG_NEWSETELEM}}) {
        QVERIFY(
            tellsOfOtherTable(tableMessage(kind, "filter"), names({"higgs_node", "higgs_canary"})));
        QVERIFY(tellsOfOtherTable(tableMessage(kind, "higgs_canary2"),
                                  names({"higgs_node", "higgs_canary"})));
    }
    // Several in one datagram: one of another table is enough.
    for (const Bytes &more : {commitMessage(), tableMessage(NFT_MSG_NEWRULE, "filter")})
        own.insert(own.end(), more.begin(), more.end());
    QVERIFY(tellsOfOtherTable(own, names({"higgs_node", "higgs_canary"})));
    // What is cut off or bent is taken for news, and read no further than it goes.
    const Bytes whole = tableMessage(NFT_MSG_NEWRULE, "higgs_canary");
    for (std::size_t length = 1; length < whole.size(); ++length) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        QVERIFY2(tellsOfOtherTable(cut, names({"higgs_canary"})), std::to_string(length).c_str());
    }
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        Bytes bent = whole;
        bent[bit / 8] = static_cast<std::uint8_t>(bent[bit / 8] ^ (1U << (bit % 8)));
        std::ignore = tellsOfOtherTable(bent, names({"higgs_canary"}));
    }
}

void NetworkWatchTest::noticesSleep()
{
    SleepDetector detector;
    QVERIFY(!detector.observe(Milliseconds(1000), Milliseconds(5000))); // the first only sets out
    QVERIFY(!detector.observe(Milliseconds(3000), Milliseconds(7000)));
    QVERIFY(!detector.observe(Milliseconds(5000), Milliseconds(9200)));
    const auto slept = detector.observe(Milliseconds(5100), Milliseconds(69'300));
    QVERIFY(slept && slept->count() == 60'100);
    QVERIFY(!detector.observe(Milliseconds(7100), Milliseconds(71'300)));
    // A busy machine's pause.
    QVERIFY(!detector.observe(Milliseconds(12'100), Milliseconds(76'300)));
    // We stood still, and the clocks did not.
    const auto stood = detector.observe(Milliseconds(312'100), Milliseconds(376'300));
    QVERIFY(stood && stood->count() == 300'000);
    QVERIFY(!detector.observe(Milliseconds(314'100), Milliseconds(378'300)));
    // A turn that waited for slow programs is neither, ...
    QVERIFY(!detector.observe(Milliseconds(338'100), Milliseconds(402'300), Milliseconds(21'000)));
    QVERIFY(!detector.observe(Milliseconds(340'100), Milliseconds(404'300), Milliseconds(21'000)));
    // ... unless it lasted longer than they did, or the machine slept beside them.
    QVERIFY(detector.observe(Milliseconds(364'100), Milliseconds(428'300), Milliseconds(31'000)));
    QVERIFY(detector.observe(Milliseconds(374'100), Milliseconds(478'300), Milliseconds(41'000)));
}

void NetworkWatchTest::countsTheWaitForPrograms()
{
    const Milliseconds before = waitedForCommands();
    QVERIFY(runCommand("sleep", {"0.05"}));
    const Milliseconds after = waitedForCommands();
    QVERIFY2(after - before >= Milliseconds(50), std::to_string((after - before).count()).c_str());
    // What is killed counts for no more than it was given.
    QVERIFY(!runCommand("sleep", {"5"}, {}, Milliseconds(20)));
    const Milliseconds killed = waitedForCommands() - after; // each is rounded down
    QVERIFY(killed >= Milliseconds(19) && killed <= Milliseconds(21));
    // Each thread has its own.
    Milliseconds elsewhere{-1};
    std::thread([&elsewhere] { elsewhere = waitedForCommands(); }).join();
    QCOMPARE(elsewhere.count(), 0);
}

QTEST_APPLESS_MAIN(NetworkWatchTest)
#include "network_watch_test.moc"
