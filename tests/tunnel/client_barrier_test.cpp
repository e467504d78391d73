// SPDX-License-Identifier: GPL-3.0-or-later
// The client's program at a network card, as the kernel would run it, against what the kill switch
// lets out; and what is said to the kernel about it. That the kernel takes it is
// test_client_barrier.py's.
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/traffic_control_message.h"
#include "shared/tunnel/tunnel_barrier.h"
#include "tests/support/classic_bpf.h"

#include <QTest>
#include <cstring>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

using namespace higgs;

namespace {

constexpr EthernetAddress Own{2, 0, 0, 0, 0, 5};
constexpr std::uint32_t Mark = 0x11223344;
constexpr std::uint32_t ExcludeMark = 0x55667788;
constexpr std::uint32_t Pass = 0xffff'ffff; ///< TC_ACT_UNSPEC: the next filter judges
constexpr std::uint32_t Drop = TC_ACT_SHOT;
constexpr std::uint8_t Tcp = 6;
constexpr std::uint8_t Udp = 17;
constexpr std::uint8_t Icmp = 1;
constexpr std::uint8_t Icmp6 = 58;

struct Sent
{
    const char *to;
    std::uint8_t protocol;
    std::uint16_t from = 4242; ///< of ICMP: type and code
    std::uint16_t port = 9999;
    std::uint8_t hops = 64;
};

Bytes packetOf(const Sent &sent)
{
    const auto target = *IpAddress::parse(sent.to);
    Bytes packet(target.isV4() ? 20 : 40);
    if (target.isV4()) {
        packet[0] = 0x45;
        packet[8] = sent.hops;
        packet[9] = sent.protocol;
    } else {
        packet[0] = 0x60;
        packet[6] = sent.protocol;
        packet[7] = sent.hops;
    }
    std::copy(target.bytes().begin(), target.bytes().end(),
              packet.begin() + (target.isV4() ? 16 : 24));
    ByteWriter writer(packet);
    writer.u16(sent.from);
    writer.u16(sent.port);
    writer.u32(0);
    return packet;
}

test::LeavingFrame frameOf(const Sent &sent, const EthernetAddress &sender = Own)
{
    const bool v4 = IpAddress::parse(sent.to)->isV4();
    test::LeavingFrame frame{static_cast<std::uint16_t>(v4 ? 0x0800 : 0x86dd), Bytes(14), {}, 0};
    std::copy(sender.begin(), sender.end(), frame.link.begin() + 6);
    frame.packet = packetOf(sent);
    return frame;
}

const LinkHeader Card{14, Own};

std::uint32_t verdict(const ClientBarrierPolicy &policy, const test::LeavingFrame &frame,
                      const LinkHeader &header = Card)
{
    return test::runClassicBpf(clientBarrier(policy, header), frame).value_or(TC_ACT_OK);
}

const ClientBarrierPolicy Shut{Mark, std::nullopt, false};
const ClientBarrierPolicy Lan{Mark, std::nullopt, true};

} // namespace

class ClientBarrierTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sent_data();
    void sent();
    void marks();
    void others();
    void asksForNeighbours();
    void otherLinks();
    void cutShort();
    void linkTalk();
    void outOfTheTunnel();
    void options();
    void messages();
    void truncated();
    void shaping();
};

void ClientBarrierTest::sent_data()
{
    QTest::addColumn<Sent>("packet");
    QTest::addColumn<bool>("shut");
    QTest::addColumn<bool>("lan");
    const auto row = [](const char *name, const Sent &packet, bool shut, bool lan) {
        QTest::newRow(name) << packet << shut << lan;
    };
    row("Internet, UDP", {"1.2.3.4", Udp}, false, false);
    row("Internet, TCP", {"1.2.3.4", Tcp}, false, false);
    row("Internet, ping", {"1.2.3.4", Icmp, 0x0800}, false, false);
    row("Internet, UDP, IPv6", {"2620:fe::fe", Udp}, false, false);
    row("Internet, names", {"1.2.3.4", Udp, 4242, 53}, false, false);
    row("a router", {"192.168.1.1", Tcp, 4242, 80}, false, true);
    row("a router's names", {"192.168.1.1", Udp, 4242, 53}, false, false);
    row("its names by TCP", {"192.168.1.1", Tcp, 4242, 53}, false, false);
    row("ping to a router", {"192.168.1.1", Icmp, 0x0800, 53}, false, true);
    row("beside the LAN", {"172.32.0.1", Udp}, false, false);
    row("the LAN's last", {"172.31.255.255", Udp}, false, true);
    row("SSDP", {"239.255.255.250", Udp, 4242, 1900}, false, true);
    row("another group", {"239.255.255.251", Udp, 4242, 1900}, false, false);
    row("mDNS", {"224.0.0.251", Udp, 5353, 5353}, false, true);
    row("everybody", {"255.255.255.255", Udp}, false, false);
    row("link-local", {"fe80::1", Tcp, 4242, 80}, false, true);
    row("link-local names", {"fe80::1", Udp, 4242, 53}, false, false);
    row("unique-local", {"fd31::1", Udp}, false, true);
    row("mDNS, IPv6", {"ff02::fb", Udp, 5353, 5353}, false, true);
    row("a group of the site", {"ff05::fb", Udp, 5353, 5353}, false, false);
    row("DHCP to all", {"255.255.255.255", Udp, 68, 67}, true, true);
    row("DHCP to a server", {"10.0.0.1", Udp, 68, 67}, true, true);
    row("DHCP to the Internet", {"1.2.3.4", Udp, 68, 67}, false, false);
    row("a DHCP server's", {"255.255.255.255", Udp, 67, 68}, false, false);
    row("DHCP's ports by TCP", {"1.2.3.4", Tcp, 68, 67}, false, false);
    row("DHCPv6", {"ff02::1:2", Udp, 546, 547}, true, true);
    row("DHCPv6 to a server", {"fe80::9", Udp, 546, 547}, true, true);
    row("DHCPv6 to the Internet", {"2620:fe::fe", Udp, 546, 547}, false, false);
    row("router solicitation", {"ff02::2", Icmp6, 0x8500, 0, 255}, true, true);
    row("neighbour solicitation", {"2620:fe::fe", Icmp6, 0x8700, 0, 255}, true, true);
    row("neighbour advertisement", {"2620:fe::fe", Icmp6, 0x8800, 0, 255}, true, true);
    row("redirect", {"2620:fe::fe", Icmp6, 0x8900, 0, 255}, false, false);
    row("multicast listener report", {"ff02::16", Icmp6, 0x8400, 0, 255}, false, true);
    row("a neighbour's, from afar", {"2620:fe::fe", Icmp6, 0x8700, 0, 64}, false, false);
    row("ping, IPv6", {"2620:fe::fe", Icmp6, 0x8000, 0, 255}, false, false);
}

void ClientBarrierTest::sent()
{
    QFETCH(Sent, packet);
    QFETCH(bool, shut);
    QFETCH(bool, lan);
    QCOMPARE(verdict(Shut, frameOf(packet)), shut ? Pass : Drop);
    QCOMPARE(verdict(Lan, frameOf(packet)), lan ? Pass : Drop);
}

void ClientBarrierTest::marks()
{
    test::LeavingFrame frame = frameOf({"1.2.3.4", Tcp});
    for (const auto &[mark, plain, excluding] :
         {std::tuple{Mark, Pass, Pass}, {ExcludeMark, Drop, Pass}, {Mark + 1, Drop, Drop}}) {
        frame.mark = mark;
        QCOMPARE(verdict(Shut, frame), plain);
        QCOMPARE(verdict({Mark, ExcludeMark, false}, frame), excluding);
    }
}

void ClientBarrierTest::others()
{
    // A bridged guest's, or a macvlan's that was judged above.
    for (std::size_t i = 0; i < Own.size(); ++i) {
        EthernetAddress sender = Own;
        sender[i] ^= 2;
        QCOMPARE(verdict(Shut, frameOf({"1.2.3.4", Udp}, sender), {14, Own, {}, true}), Pass);
        // Where nobody else can be, the card has got another address.
        QCOMPARE(verdict(Shut, frameOf({"1.2.3.4", Udp}, sender)), Drop);
        // Or is to get back the one that it was made with.
        QCOMPARE(verdict(Shut, frameOf({"1.2.3.4", Udp}, sender), {14, Own, sender, true}), Drop);
    }
    QCOMPARE(verdict(Shut, frameOf({"1.2.3.4", Udp}), {14, Own, {}, true}), Drop);
    test::LeavingFrame arp = frameOf({"1.2.3.4", Udp});
    arp.etherType = 0x0806;
    QCOMPARE(verdict(Shut, arp), Pass);
}

/// A card that has lost its own address asks under the tunnel's.
void ClientBarrierTest::asksForNeighbours()
{
    ClientBarrierPolicy policy = Shut;
    policy.inside = {*IpAddress::parse("10.8.0.2"), *IpAddress::parse("fd00::2"),
                     *IpAddress::parse("10.9.0.2")};
    for (const auto &[sender, wanted] :
         {std::pair{"10.8.0.2", Drop}, {"10.9.0.2", Drop}, {"10.8.0.3", Pass}, {"0.0.0.0", Pass}}) {
        test::LeavingFrame arp = frameOf({"1.2.3.4", Udp});
        arp.etherType = 0x0806;
        arp.packet = Bytes(28);
        const auto address = *IpAddress::parse(sender);
        std::copy(address.bytes().begin(), address.bytes().end(), arp.packet.begin() + 14);
        QCOMPARE(verdict(policy, arp), wanted);
        arp.packet.resize(17);
        QCOMPARE(verdict(policy, arp), TC_ACT_OK); // the kernel's word for a cut one
    }
    QCOMPARE(verdict(policy, frameOf({"1.2.3.4", Udp})), Drop);
}

void ClientBarrierTest::otherLinks()
{
    // Without an Ethernet address everything is judged.
    test::LeavingFrame frame = frameOf({"1.2.3.4", Udp});
    frame.link.clear();
    QCOMPARE(verdict(Shut, frame, {0, std::nullopt}), Drop);
    frame = frameOf({"192.168.1.1", Udp});
    frame.link.clear();
    QCOMPARE(verdict(Lan, frame, {0, std::nullopt}), Pass);
}

void ClientBarrierTest::cutShort()
{
    // A load beyond the end would be "let pass, and ask nobody else".
    for (const Sent &sent : {Sent{"1.2.3.4", Udp},
                             {"255.255.255.255", Udp, 68, 67},
                             {"2620:fe::fe", Icmp6, 0x8700},
                             {"ff02::1:2", Udp, 546, 547},
                             {"2620:fe::fe", Tcp},
                             {"1.2.3.4", Tcp}}) {
        const test::LeavingFrame whole = frameOf(sent);
        for (std::size_t size = 0; size < whole.packet.size(); ++size) {
            test::LeavingFrame part = whole;
            part.packet.resize(size);
            for (const ClientBarrierPolicy &policy : {Shut, Lan})
                QVERIFY(test::runClassicBpf(clientBarrier(policy, Card), part).has_value());
            if (size < 20)
                QCOMPARE(verdict(Lan, part), Drop);
        }
    }
}

/// What neighbours and switches are told has a form.
void ClientBarrierTest::linkTalk()
{
    test::LeavingFrame frame = frameOf({"2620:fe::fe", Icmp6, 0x8700, 0, 255});
    frame.packet.resize(40 + LongestNeighbourTalk);
    frame.packet[5] = LongestNeighbourTalk;
    QCOMPARE(verdict(Shut, frame), Pass);
    frame.packet[5] = LongestNeighbourTalk + 1;
    QCOMPARE(verdict(Shut, frame), Drop);
    frame.packet[5] = LongestNeighbourTalk;
    frame.packet.resize(41 + LongestNeighbourTalk);
    QCOMPARE(verdict(Shut, frame), Drop);

    // A report of a multicast listener: router alert, then ICMPv6 (RFC 3810 section 5.2).
    test::LeavingFrame report = frameOf({"ff02::16", 0, 0x3a00, 0x0502, 1});
    report.packet.resize(40 + 8);
    report.packet.push_back(143);
    report.packet.resize(40 + 8 + 28);
    QCOMPARE(verdict(Shut, report), Pass);
    for (const auto &[at, value] :
         {std::pair{7, 2}, {24, 0x26}, {25, 5}, {40, 17}, {41, 1}, {48, 128}}) {
        test::LeavingFrame other = report;
        other.packet[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
        QCOMPARE(verdict(Shut, other), Drop);
    }
    report.packet.resize(48);
    QCOMPARE(verdict(Shut, report), Drop);
}

namespace {

TunnelRoutes insideRoutes()
{
    TunnelRoutes up;
    up.addresses = {*InterfaceAddress::parse("10.86.0.2/32"),
                    *InterfaceAddress::parse("fd86::2/128")};
    return up;
}

std::uint32_t inTunnel(const BarrierProgram &program, const Sent &sent, const char *from)
{
    const auto source = *IpAddress::parse(from);
    test::LeavingFrame frame = frameOf(sent);
    frame.link.clear();
    frame.packet.resize(frame.packet.size() + 12);
    std::copy(source.bytes().begin(), source.bytes().end(),
              frame.packet.begin() + (source.isV4() ? 12 : 8));
    return test::runClassicBpf(program, frame).value_or(TC_ACT_OK);
}

} // namespace

/// The exit is a stranger's machine: it answers, and does not call.
void ClientBarrierTest::outOfTheTunnel()
{
    const BarrierProgram program = tunnelBarrier(insideRoutes());
    QVERIFY(isTunnelBarrier(program) && !isClientBarrier(program));
    const auto seen = [&program](const Sent &sent) { return inTunnel(program, sent, "1.2.3.4"); };
    const auto seen6 = [&program](const Sent &sent) {
        return inTunnel(program, sent, "2620:fe::fe");
    };
    QCOMPARE(seen({"10.86.0.2", Udp}), Pass);
    QCOMPARE(seen({"192.168.1.5", Udp}), Drop); // in somebody else's name, to a program outside
    QCOMPARE(seen({"10.86.0.3", Udp}), Drop);
    QCOMPARE(seen({"10.86.0.2", Icmp, 0x0000}), Pass);
    QCOMPARE(seen({"10.86.0.2", Icmp, 0x0800}), Drop);
    QCOMPARE(seen6({"fd86::2", Udp}), Pass);
    QCOMPARE(seen6({"2001:db8::5", Udp}), Drop);
    QCOMPARE(seen6({"fd86::2", Icmp6, 0x8100}), Pass);
    QCOMPARE(seen6({"fd86::2", Icmp6, 0x8000}), Drop);
    QCOMPARE(seen6({"fd86::2", 44, 0x1100}), Pass); // UDP in fragments
    QCOMPARE(seen6({"fd86::2", 44, 0x0600}), Drop);
    QCOMPARE(seen6({"fd86::2", 0, 0x0600}), Drop); // options of a hop
    for (const bool v4 : {true, false}) {
        for (const auto &[flags, wanted] : {std::pair{0x02, Drop},
                                            {0x12, Pass},
                                            {0x10, Pass},
                                            {0xc2, Drop},
                                            {0x03, Drop},
                                            {0x04, Pass}}) {
            test::LeavingFrame frame = frameOf({v4 ? "10.86.0.2" : "fd86::2", Tcp});
            frame.link.clear();
            frame.packet.resize(frame.packet.size() + 12);
            frame.packet[static_cast<std::size_t>(v4 ? 20 : 40) + 13] =
                static_cast<std::uint8_t>(flags);
            QCOMPARE(test::runClassicBpf(program, frame).value_or(TC_ACT_OK), wanted);
            if (v4) {
                frame.packet[6] = 0x20; // more fragments
                QCOMPARE(test::runClassicBpf(program, frame).value_or(TC_ACT_OK), Drop);
            }
            for (std::size_t size = 0; size < frame.packet.size(); ++size) {
                test::LeavingFrame part = frame;
                part.packet.resize(size);
                QVERIFY(test::runClassicBpf(program, part).has_value());
            }
        }
    }
}

void ClientBarrierTest::options()
{
    test::LeavingFrame frame = frameOf({"192.168.1.1", Udp, 68, 67});
    frame.packet[0] = 0x46; // the ports are elsewhere
    QCOMPARE(verdict(Shut, frame), Drop);
    QCOMPARE(verdict(Lan, frame), Drop);
    frame.packet[9] = 2; // IGMP, which has an option always
    QCOMPARE(verdict(Lan, frame), Pass);
    frame = frameOf({"192.168.1.1", Udp, 4242, 53});
    frame.packet[7] = 1; // not the first fragment: no ports
    QCOMPARE(verdict(Lan, frame), Pass);
    QCOMPARE(verdict(Shut, frame), Drop);
}

void ClientBarrierTest::messages()
{
    const FilterEntry filter{7, 0x4869, clientBarrier(Lan, Card), true};
    const auto read = parseTrafficAnswer(filterAddition(3, filter));
    QVERIFY(read);
    QCOMPARE(read->filters.size(), std::size_t{1});
    const FilterEntry &back = read->filters.front();
    QCOMPARE(back.preference, filter.preference);
    QCOMPARE(back.handle, filter.handle);
    QVERIFY(back.direct);
    QVERIFY(sameProgram(back.program, filter.program));
    QVERIFY(isClientBarrier(back.program));
    QVERIFY(!isClientBarrier(std::span(back.program).subspan(1)));
    QVERIFY(!sameProgram(back.program, clientBarrier(Shut, Card)));
    const auto hook = parseTrafficAnswer(hookAddition(3));
    QVERIFY(hook);
    QCOMPARE(hook->hooks.size(), std::size_t{1});
    QCOMPARE(hook->hooks.front().index, 3U);
    QCOMPARE(hook->hooks.front().kind, std::string("clsact"));
}

void ClientBarrierTest::truncated()
{
    const Bytes whole = filterAddition(3, {7, 1, clientBarrier(Lan, Card), true});
    for (std::size_t size = 1; size < whole.size(); ++size) {
        QVERIFY(!parseTrafficAnswer(ByteSpan(whole).first(size)));
        Bytes damaged = whole;
        damaged[size] ^= 0xff;
        static_cast<void>(parseTrafficAnswer(damaged)); // whatever it says, it ends
        QVERIFY(tellsOfMoreThanShaping(ByteSpan(whole).first(size)));
    }
}

void ClientBarrierTest::shaping()
{
    QVERIFY(tellsOfMoreThanShaping(hookRemoval(3)));
    QVERIFY(tellsOfMoreThanShaping(filterRemoval(3, {1, 1, {}, true})));
    Bytes other = hookAddition(3);
    tcmsg body{};
    std::memcpy(&body, other.data() + NLMSG_HDRLEN, sizeof body);
    body.tcm_parent = TC_H_ROOT;
    std::memcpy(other.data() + NLMSG_HDRLEN, &body, sizeof body);
    QVERIFY(!tellsOfMoreThanShaping(other));
    const Bytes hook = hookAddition(3);
    other.insert(other.end(), hook.begin(), hook.end());
    QVERIFY(tellsOfMoreThanShaping(other));
}

QTEST_APPLESS_MAIN(ClientBarrierTest)
#include "client_barrier_test.moc"
