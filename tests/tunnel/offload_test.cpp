// SPDX-License-Identifier: GPL-3.0-or-later
// Super-packets cut and put together again: the same bytes come out, every checksum is right by
// another calculation, and what does not belong together stays apart and in its order.
#include "tests/tunnel/offload_packets.h"

#include <QTest>
#include <map>

using namespace higgs;
using namespace higgs::test;

namespace {

constexpr std::uint8_t Fin = 0x01;
constexpr std::uint8_t Push = 0x08;
constexpr std::uint8_t Urgent = 0x20;
constexpr std::uint8_t Ece = 0x40;
constexpr std::uint8_t Cwr = 0x80;

Bytes randomBytes(std::mt19937 &random, std::size_t size)
{
    Bytes bytes(size);
    for (std::uint8_t &byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    return bytes;
}

FlowKind anyKind(std::mt19937 &random)
{
    FlowKind kind;
    kind.v6 = random() % 2 == 0;
    kind.udp = random() % 2 == 0;
    kind.tcpOptions = random() % 4 * 4;
    return kind;
}

} // namespace

class TestOffload : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cutIsWhatTcpWouldSend();
    void flagsAreSaidOnce();
    void checksumIsFinished();
    void udpNeverSaysNoChecksum();
    void hostileHeadersAreRefused();
    void everyTruncationIsRefused();
    void together_data();
    void together();
    void whatDiffersStaysApart_data();
    void whatDiffersStaysApart();
    void corruptionIsNotHidden();
    void orderOfFlowsIsKept();
    void boundsHold();
};

void TestOffload::cutIsWhatTcpWouldSend()
{
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        FlowKind kind = anyKind(random);
        kind.networkOptions = random() % 3 == 0 ? (kind.v6 ? 8U : 4U) * (1 + random() % 2) : 0;
        const std::size_t mss = 1 + random() % 1400;
        const Bytes payload = randomBytes(random, random() % (mss * 44));
        const auto sequence = static_cast<std::uint32_t>(random() * 7 + 0xffffff00U);
        const auto id = static_cast<std::uint16_t>(random());
        const std::uint8_t flags = TcpAcknowledge | Push;
        Bytes super = flowPacket(kind, sequence, payload, id, flags);
        leaveUnfinished(kind, super);
        const std::vector<Bytes> packets = cut(headerOf(kind, mss), super);
        const std::size_t expected = std::max<std::size_t>(1, (payload.size() + mss - 1) / mss);
        QCOMPARE(packets.size(), expected);
        for (std::size_t i = 0; i < packets.size(); ++i) {
            // What a sender without offloads would have made of each piece.
            const std::size_t from = i * mss;
            const ByteSpan piece =
                ByteSpan(payload).subspan(from, std::min(mss, payload.size() - from));
            const Bytes alone = flowPacket(
                kind, sequence + static_cast<std::uint32_t>(from), piece,
                static_cast<std::uint16_t>(id + i),
                i + 1 == packets.size() ? flags : static_cast<std::uint8_t>(flags & ~Push));
            QCOMPARE(toHex(packets[i]), toHex(alone));
        }
    }
}

void TestOffload::flagsAreSaidOnce()
{
    const FlowKind kind;
    const std::uint8_t all = TcpAcknowledge | Push | Fin | Ece | Cwr;
    Bytes super = flowPacket(kind, 1, Bytes(3000, 1), 5, all);
    leaveUnfinished(kind, super);
    OffloadHeader header = headerOf(kind, 1000);
    header.kind |= OffloadHeader::Ecn;
    header.headerLength = 0; // a hint, and not one that we need
    const auto packets = cut(header, super);
    QCOMPARE(packets.size(), std::size_t(3));
    QCOMPARE(packets[0][33], std::uint8_t(TcpAcknowledge | Ece | Cwr));
    QCOMPARE(packets[1][33], std::uint8_t(TcpAcknowledge | Ece));
    QCOMPARE(packets[2][33], std::uint8_t(TcpAcknowledge | Ece | Push | Fin));
}

void TestOffload::checksumIsFinished()
{
    std::mt19937 random(2);
    for (int round = 0; round < 300; ++round) {
        const FlowKind kind = anyKind(random);
        const Bytes whole = flowPacket(kind, 9, randomBytes(random, random() % 1400));
        Bytes unfinished = whole;
        leaveUnfinished(kind, unfinished);
        OffloadHeader header = headerOf(kind, 0);
        header.kind = OffloadHeader::None;
        QVERIFY(cut(header, unfinished) == std::vector<Bytes>{whole});
        QVERIFY(cut({}, whole) == std::vector<Bytes>{whole}); // and one that is finished is left
    }
}

/// A checksum that comes to zero is sent as 0xffff (RFC 768), cut or whole.
void TestOffload::udpNeverSaysNoChecksum()
{
    for (const bool v6 : {false, true}) {
        FlowKind kind;
        kind.udp = true;
        kind.v6 = v6;
        // The two bytes that bring the sum to zero: what the checksum is without them.
        Bytes payload(10);
        const Bytes before = flowPacket(kind, 0, payload);
        const std::size_t field = transportOf(kind) + 6;
        put(payload, 0, get(before, field));
        Bytes whole = flowPacket(kind, 0, payload);
        QCOMPARE(get(whole, field), std::size_t(0xffff));
        Bytes twice = payload;
        twice.insert(twice.end(), payload.begin(), payload.end());
        Bytes super = flowPacket(kind, 0, twice);
        leaveUnfinished(kind, super);
        const auto packets = cut(headerOf(kind, payload.size()), super);
        QCOMPARE(packets.size(), std::size_t(2));
        QCOMPARE(get(packets[0], field), std::size_t(0xffff));
        QCOMPARE(get(packets[1], field), std::size_t(0xffff));
        leaveUnfinished(kind, whole);
        OffloadHeader header = headerOf(kind, 0);
        header.kind = OffloadHeader::None;
        QCOMPARE(get(cut(header, whole)[0], field), std::size_t(0xffff));
    }
}

void TestOffload::hostileHeadersAreRefused()
{
    const FlowKind kind;
    Bytes super = flowPacket(kind, 1, Bytes(3000, 1));
    leaveUnfinished(kind, super);
    const OffloadHeader good = headerOf(kind, 1000);
    QCOMPARE(cut(good, super).size(), std::size_t(3));
    const auto refused = [&](auto change) {
        OffloadHeader header = good;
        change(header);
        return cut(header, super).empty();
    };
    QVERIFY(refused([](OffloadHeader &h) { h.segmentSize = 0; }));
    QVERIFY(refused([](OffloadHeader &h) { h.segmentSize = 1990; })); // into 2000 bytes
    QVERIFY(refused([](OffloadHeader &h) { h.flags = 0; }));
    QVERIFY(refused([](OffloadHeader &h) { h.kind = OffloadHeader::Tcp6; }));
    QVERIFY(refused([](OffloadHeader &h) { h.kind = OffloadHeader::Udp; }));
    QVERIFY(refused([](OffloadHeader &h) { h.kind = 3; })); // UFO, which nobody asks for
    QVERIFY(refused([](OffloadHeader &h) { h.kind = 77; }));
    QVERIFY(refused([](OffloadHeader &h) { h.checksumStart = 24; }));
    QVERIFY(refused([](OffloadHeader &h) { h.checksumStart = 65535; }));
    QVERIFY(refused([](OffloadHeader &h) { h.checksumOffset = 6; }));
    QVERIFY(refused([](OffloadHeader &h) {
        h.kind = OffloadHeader::None;
        h.checksumOffset = 3030;
    }));
    Bytes doff = super;
    doff[32] = 0x40; // a TCP header shorter than one
    QVERIFY(cut(good, doff).empty());
    doff = flowPacket(kind, 1, Bytes(10));
    doff[32] = 0xf0; // one longer than the packet
    QVERIFY(cut(good, doff).empty());
    super[0] = 0x55;
    QVERIFY(cut(good, super).empty());
    QVERIFY(cut(good, {}).empty());
}

void TestOffload::everyTruncationIsRefused()
{
    for (const FlowKind &kind : {FlowKind{}, FlowKind{.v6 = true}, FlowKind{.udp = true},
                                 FlowKind{.v6 = true, .udp = true, .networkOptions = 8}}) {
        Bytes super = flowPacket(kind, 1, Bytes(100, 1));
        leaveUnfinished(kind, super);
        for (std::size_t size = 0; size < super.size(); ++size) {
            // A copy of its own, so that a sanitizer sees what is read beyond it.
            const Bytes beginning(super.begin(), super.begin() + static_cast<std::ptrdiff_t>(size));
            const auto packets = cut(headerOf(kind, 30), beginning);
            QCOMPARE(packets.empty(), size < headersOf(kind));
        }
    }
}

void TestOffload::together_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < 60; ++seed)
        QTest::addRow("seed %d", seed) << seed;
}

/// A super-packet that is cut comes together to itself, and is cut to the same packets again.
void TestOffload::together()
{
    QFETCH(int, seed);
    std::mt19937 random(static_cast<unsigned>(seed));
    const FlowKind kind = anyKind(random);
    const std::size_t mss = 20 + random() % 1400;
    const std::size_t most = std::min(mss * 44, 65535 - headersOf(kind));
    Bytes super = flowPacket(kind, static_cast<std::uint32_t>(random()),
                             randomBytes(random, mss + 1 + random() % (most - mss)),
                             static_cast<std::uint16_t>(random()),
                             seed % 2 == 0 ? TcpAcknowledge : TcpAcknowledge | Push | Fin);
    leaveUnfinished(kind, super);
    const std::vector<Bytes> packets = cut(headerOf(kind, mss), super);
    QVERIFY(packets.size() > 1);
    std::vector<Bytes> changed = packets;
    Coalescing coalescing(true);
    for (Bytes &packet : changed)
        coalescing.add(packet);
    const auto frames = coalescing.finish();
    QCOMPARE(frames.size(), std::size_t(1));
    QVERIFY(frames[0].header == headerOf(kind, mss));
    QCOMPARE(toHex(joined(frames[0])), toHex(super));
    QVERIFY(thereAndBack(packets) == packets);
}

void TestOffload::whatDiffersStaysApart_data()
{
    QTest::addColumn<bool>("v6");
    QTest::addColumn<int>("at");
    QTest::addColumn<int>("change");
    const auto add = [](const char *what, bool v6, int at, int change) {
        QTest::newRow(what) << v6 << at << change;
    };
    add("type of service", false, 1, 0x04);
    add("ECN", false, 1, 0x03);
    add("identification", false, 5, 0x04);
    add("may be fragmented", false, 6, 0x40);
    add("more fragments", false, 6, 0x20);
    add("fragment's offset", false, 7, 0x01);
    add("time to live", false, 8, 0x01);
    add("source", false, 15, 0x01);
    add("destination", false, 19, 0x01);
    add("source port", false, 21, 0x01);
    add("sequence", false, 27, 0x01);
    add("acknowledgement", false, 31, 0x01);
    add("window", false, 35, 0x01);
    add("SYN", false, 33, TcpSyn);
    add("RST", false, 33, TcpReset);
    add("no ACK", false, 33, TcpAcknowledge);
    add("URG", false, 33, Urgent);
    add("ECE", false, 33, Ece);
    add("CWR", false, 33, Cwr);
    add("reserved bits", false, 32, 0x02);
    add("option", false, 40, 0x02);
    add("traffic class", true, 1, 0x10);
    add("flow label", true, 3, 0x01);
    add("hop limit", true, 7, 0x01);
    add("IPv6 source", true, 23, 0x01);
    add("IPv6 destination", true, 39, 0x01);
    add("IPv6 window", true, 55, 0x01);
}

void TestOffload::whatDiffersStaysApart()
{
    QFETCH(bool, v6);
    QFETCH(int, at);
    QFETCH(int, change);
    FlowKind kind;
    kind.v6 = v6;
    kind.tcpOptions = 12;
    const Bytes payload(500, 7);
    const Bytes first = flowPacket(kind, 1000, payload, 1);
    const Bytes second = flowPacket(kind, 1500, payload, 2);
    std::size_t frames = 0;
    QVERIFY((thereAndBack({first, second}, &frames) == std::vector<Bytes>{first, second}));
    QCOMPARE(frames, std::size_t(1));
    Bytes other = second;
    other[static_cast<std::size_t>(at)] =
        static_cast<std::uint8_t>(other[static_cast<std::size_t>(at)] ^ change);
    // With checksums that are right for it, so that it is not these which keep it apart.
    if (!v6) {
        put(other, 10, 0);
        put(other, 10, internetChecksum(ByteSpan(other).first(20)));
    }
    const std::size_t transport = transportOf(kind);
    put(other, transport + 16, 0);
    const IpAddress from =
        v6 ? IpAddress::v6(std::span<const std::uint8_t, 16>(other.data() + 8, 16))
           : IpAddress::v4(std::span<const std::uint8_t, 4>(other.data() + 12, 4));
    const IpAddress to =
        v6 ? IpAddress::v6(std::span<const std::uint8_t, 16>(other.data() + 24, 16))
           : IpAddress::v4(std::span<const std::uint8_t, 4>(other.data() + 16, 4));
    put(other, transport + 16,
        transportChecksum(from, to, TcpProtocol, ByteSpan(other).subspan(transport)));
    QVERIFY((thereAndBack({first, other}, &frames) == std::vector<Bytes>{first, other}));
    QCOMPARE(frames, std::size_t(2));
}

void TestOffload::corruptionIsNotHidden()
{
    const FlowKind kind;
    std::vector<Bytes> packets;
    for (std::uint32_t i = 0; i < 3; ++i)
        packets.push_back(flowPacket(kind, 100 * i, Bytes(100, 3), static_cast<std::uint16_t>(i)));
    for (std::size_t which = 0; which < 3; ++which) {
        for (std::size_t bit = 0; bit < packets[which].size() * 8; ++bit) {
            std::vector<Bytes> spoilt = packets;
            spoilt[which][bit / 8] =
                static_cast<std::uint8_t>(spoilt[which][bit / 8] ^ (1U << (bit % 8)));
            QVERIFY(thereAndBack(spoilt) == spoilt);
        }
    }
}

/// Several flows and strays, mixed: each flow's packets come out as they went in, in their order.
void TestOffload::orderOfFlowsIsKept()
{
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::mt19937 random(seed);
        struct Flow
        {
            FlowKind kind;
            std::uint32_t sequence = 0;
            std::uint16_t id = 0;
        };
        std::vector<Flow> flows;
        for (std::uint8_t i = 0; i < 20; ++i) {
            Flow flow{anyKind(random)};
            flow.kind.host = static_cast<std::uint8_t>(i + 1);
            flows.push_back(flow);
        }
        std::vector<Bytes> packets;
        while (packets.size() < 400) {
            Flow &flow = flows[random() % flows.size()];
            for (std::size_t burst = random() % 20; burst > 0; --burst) {
                const std::size_t size = random() % 5 == 0 ? random() % 600 : 600;
                const std::uint8_t flags =
                    random() % 15 == 0 ? static_cast<std::uint8_t>(random()) : TcpAcknowledge;
                packets.push_back(flowPacket(flow.kind, flow.sequence, randomBytes(random, size),
                                             flow.id++, flags));
                flow.sequence += static_cast<std::uint32_t>(size);
                if (random() % 20 == 0)
                    flow.sequence += 100; // one was lost
            }
        }
        const auto byFlow = [](const std::vector<Bytes> &all) {
            std::map<std::uint8_t, std::vector<Bytes>> map;
            for (const Bytes &packet : all)
                map[packet[0] == 0x45 ? packet[15] : packet[23]].push_back(packet);
            return map;
        };
        std::size_t frames = 0;
        const std::vector<Bytes> again = thereAndBack(packets, &frames);
        QVERIFY(byFlow(again) == byFlow(packets));
        QVERIFY(frames < packets.size() / 2);
    }
}

void TestOffload::boundsHold()
{
    // 64 KB of a super-packet, and its parts
    const FlowKind kind;
    std::vector<Bytes> packets;
    for (std::uint32_t i = 0; i < 100; ++i)
        packets.push_back(flowPacket(kind, i * 1400, Bytes(1400), static_cast<std::uint16_t>(i)));
    std::size_t frames = 0;
    QVERIFY(thereAndBack(packets, &frames) == packets);
    QCOMPARE(frames, std::size_t(3));
    packets.clear();
    for (std::uint32_t i = 0; i < Coalescing::MostParts * 2; ++i)
        packets.push_back(flowPacket(kind, i * 10, Bytes(10), static_cast<std::uint16_t>(i)));
    QVERIFY(thereAndBack(packets, &frames) == packets);
    QCOMPARE(frames, std::size_t(2));
    // One identification for all, as some senders have it where nothing may be fragmented.
    packets.clear();
    for (std::uint32_t i = 0; i < 10; ++i)
        packets.push_back(flowPacket(kind, i * 100, Bytes(100), 0));
    thereAndBack(packets, &frames);
    QCOMPARE(frames, std::size_t(1));
    // A kernel that takes no UDP
    Coalescing tcpAlone(false);
    FlowKind udp;
    udp.udp = true;
    Bytes one = flowPacket(udp, 0, Bytes(100), 1);
    Bytes two = flowPacket(udp, 0, Bytes(100), 2);
    tcpAlone.add(one);
    tcpAlone.add(two);
    QCOMPARE(tcpAlone.finish().size(), std::size_t(2));
}

QTEST_GUILESS_MAIN(TestOffload)
#include "offload_test.moc"
