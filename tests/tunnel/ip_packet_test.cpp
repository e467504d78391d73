// SPDX-License-Identifier: GPL-3.0-or-later
// Packets as a guest's machine makes them, and what is read of answers.
#include "shared/tunnel/ip_packet.h"

#include <QTest>

using namespace higgs;

namespace {

Endpoint endpoint(std::string_view address, std::uint16_t port)
{
    return {*IpAddress::parse(address), port};
}

const Endpoint Guest4 = endpoint("10.86.255.253", 50'000);
const Endpoint Server4 = endpoint("81.0.113.10", 3478);
const Endpoint Guest6 = endpoint("fd86::ffff", 50'000);
const Endpoint Server6 = endpoint("2a02:10::10", 3478);

Bytes hex(const char *text)
{
    const QByteArray bytes = QByteArray::fromHex(text);
    return {bytes.begin(), bytes.end()};
}

} // namespace

class IpPacketTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void checksumOfTheRfc()
    {
        // RFC 1071 section 3.
        QCOMPARE(internetChecksum(hex("0001f203f4f5f6f7")), std::uint16_t(0x220d));
        QCOMPARE(internetChecksum(hex("01")), std::uint16_t(0xfeff));
    }

    void wholePacketsSumUp()
    {
        for (const auto &[from, to] : {std::pair{Guest4, Server4}, std::pair{Guest6, Server6}}) {
            const bool v4 = from.address.isV4();
            const std::size_t header = v4 ? 20 : 40;
            const Bytes udp = udpPacket(from, to, asBytes("higgs"));
            const Bytes tcp =
                tcpPacket(from, to, {.sequence = 7, .acknowledged = 0, .flags = TcpSyn});
            QCOMPARE(udp.size(), header + 13);
            QCOMPARE(tcp.size(), header + 20);
            if (v4)
                QCOMPARE(internetChecksum(ByteSpan(udp).first(header)), std::uint16_t(0));
            QCOMPARE(transportChecksum(from.address, to.address, UdpProtocol,
                                       ByteSpan(udp).subspan(header)),
                     std::uint16_t(0));
            QCOMPARE(transportChecksum(from.address, to.address, TcpProtocol,
                                       ByteSpan(tcp).subspan(header)),
                     std::uint16_t(0));
        }
    }

    void whatIsWrittenIsRead()
    {
        for (const auto &[from, to] : {std::pair{Guest4, Server4}, std::pair{Guest6, Server6}}) {
            const auto udp = parseTransport(udpPacket(from, to, asBytes("higgs")));
            QVERIFY(udp);
            QVERIFY(udp->from == from && udp->to == to && udp->protocol == UdpProtocol);
            QCOMPARE(asText(udp->payload), std::string_view("higgs"));
            const TcpSegment segment{0x01020304, 0xfffffffe, TcpSyn | TcpAcknowledge};
            const auto tcp = parseTransport(tcpPacket(from, to, segment));
            QVERIFY(tcp);
            QVERIFY(tcp->from == from && tcp->to == to && tcp->protocol == TcpProtocol);
            QVERIFY(tcp->segment == segment);
        }
    }

    void othersAreNone()
    {
        Bytes fragment = udpPacket(Guest4, Server4, asBytes("higgs"));
        fragment[6] = 0x20; // more fragments
        QVERIFY(!parseTransport(fragment));
        Bytes icmp = udpPacket(Guest4, Server4, asBytes("higgs"));
        icmp[9] = IcmpProtocol;
        QVERIFY(!parseTransport(icmp));
        Bytes extended = udpPacket(Guest6, Server6, asBytes("higgs"));
        extended[6] = 0; // hop-by-hop options
        QVERIFY(!parseTransport(extended));
        Bytes version = udpPacket(Guest4, Server4, asBytes("higgs"));
        version[0] = 0x55;
        QVERIFY(!parseTransport(version));
        Bytes header = udpPacket(Guest4, Server4, asBytes("higgs"));
        header[0] = 0x44; // shorter than a header is
        QVERIFY(!parseTransport(header));
    }

    void cutOffIsNothing()
    {
        for (const Bytes &whole :
             {udpPacket(Guest4, Server4, asBytes("higgs")),
              udpPacket(Guest6, Server6, asBytes("higgs")), tcpPacket(Guest4, Server4, {}),
              tcpPacket(Guest6, Server6, {})}) {
            QVERIFY(parseTransport(whole));
            for (std::size_t size = 0; size < whole.size(); ++size)
                QVERIFY(!parseTransport(ByteSpan(whole).first(size)));
        }
    }

    void flippedBitsAreRead()
    {
        const Bytes whole = udpPacket(Guest4, Server4, asBytes("higgs"));
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            Bytes flipped = whole;
            flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1U << bit % 8);
            const auto parsed = parseTransport(flipped);
            QVERIFY(!parsed || parsed->payload.size() <= whole.size());
        }
    }
};

QTEST_APPLESS_MAIN(IpPacketTest)
#include "ip_packet_test.moc"
