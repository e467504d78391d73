// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of WireGuard that have no state or little: messages, times, the replay window, the
// routing table of keys, and the bounds on handshakes.
#include "tests/wireguard/scripted_link.h"

#include <QTest>
#include <set>

using namespace higgs;
using namespace higgs::wireguard;
using namespace higgs::test;

class TestValues : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void messagesHaveOneForm();
    void timesGoForward();
    void windowAgainstASet_data();
    void windowAgainstASet();
    void windowAtItsEnds();
    void longestPrefixDecides();
    void prefixesAgainstAScan();
    void packetsSayTheirAddresses();
    void gateOpensAgain();
};

template <typename Message, typename Decode>
void checkForm(const Message &message, Decode decode)
{
    const auto bytes = encode(message);
    QVERIFY(decode(bytes) == message);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        QVERIFY(!decode(ByteSpan(bytes).first(size)));
    Bytes longer(bytes.begin(), bytes.end());
    longer.push_back(0);
    QVERIFY(!decode(longer));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto flipped = bytes;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        const auto other = decode(flipped);
        QVERIFY(bit < 32 ? !other : other && *other != message);
    }
}

void TestValues::messagesHaveOneForm()
{
    const Entropy entropy = seededEntropy(1);
    Initiation initiation;
    initiation.sender = Index(0x04030201);
    entropy(initiation.ephemeral);
    entropy(initiation.sealedKey);
    entropy(initiation.sealedTime);
    entropy(initiation.mac1);
    entropy(initiation.mac2);
    checkForm(initiation, decodeInitiation);
    // Numbers are little-endian (section 5.4).
    QCOMPARE(toHex(ByteSpan(encode(initiation)).first(8)), std::string("0100000001020304"));
    Response response;
    response.sender = Index(1);
    response.receiver = Index(0xfffefdfc);
    entropy(response.ephemeral);
    checkForm(response, decodeResponse);
    CookieReply reply;
    reply.receiver = Index(77);
    entropy(reply.nonce);
    checkForm(reply, decodeCookieReply);

    std::array<std::uint8_t, KeepaliveSize> keepalive{};
    encode(TransportHeader{Index(5), 0x0807060504030201},
           std::span(keepalive).first<TransportHeaderSize>());
    QCOMPARE(toHex(ByteSpan(keepalive).first(16)), std::string("04000000050000000102030405060708"));
    QVERIFY(decodeTransport(keepalive));
    QVERIFY(!decodeTransport(ByteSpan(keepalive).first(31)));
}

void TestValues::timesGoForward()
{
    // The label of 1992-06-02 08:07:09 UTC in Bernstein's text is 4000000 02a2b2c2d with 26 leap
    // seconds; ours has none but the first ten, as WireGuard's.
    QCOMPARE(toHex(tai64n(WallTime{0})), std::string("400000000000000a00000000"));
    const Tai64n first = tai64n(WallTime{1'700'000'000'123});
    QVERIFY(tai64n(WallTime{1'700'000'000'124}) == first); // one grain
    QVERIFY(tai64n(WallTime{1'700'000'000'140}) > first);
    // A clock that was set back
    Tai64n last = first;
    for (int i = 0; i < 1000; ++i) {
        const Tai64n next = tai64n(WallTime{1'600'000'000'000}, last);
        QVERIFY(next > last);
        last = next;
    }
}

void TestValues::windowAgainstASet_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < 20; ++seed)
        QTest::addRow("seed %d", seed) << seed;
}

void TestValues::windowAgainstASet()
{
    QFETCH(int, seed);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    ReplayWindow window;
    std::set<std::uint64_t> come;
    std::uint64_t greatest = 0;
    for (int i = 0; i < 20'000; ++i) {
        // Mostly near the front, some old, now and then a jump.
        const std::uint64_t back = random() % (i % 7 == 0 ? 10'000 : 200);
        const std::uint64_t ahead = i % 997 == 0 ? random() % 20'000 : random() % 3;
        const std::uint64_t at = greatest + ahead > back ? greatest + ahead - back : 0;
        const bool old = !come.empty() && greatest >= at && greatest - at >= ReplayWindow::Size;
        const bool expected = !old && !come.contains(at);
        QCOMPARE(window.isNew(at), expected);
        QCOMPARE(window.accept(at), expected);
        if (expected) {
            come.insert(at);
            greatest = std::max(greatest, at);
        }
    }
}

void TestValues::windowAtItsEnds()
{
    ReplayWindow window;
    QVERIFY(window.accept(0));
    QVERIFY(!window.accept(0));
    QVERIFY(window.accept(ReplayWindow::Size));
    QVERIFY(!window.accept(0));
    QVERIFY(window.accept(1)); // the oldest that still counts
    QVERIFY(window.accept(ReplayWindow::Size + 2));
    QVERIFY(!window.isNew(2));
    QVERIFY(window.isNew(3));
    const std::uint64_t last = Limits().rejectAfterMessages - 1;
    QVERIFY(window.accept(last));
    QVERIFY(!window.accept(last));
    QVERIFY(!window.isNew(ReplayWindow::Size + 3));
    QVERIFY(window.isNew(last - ReplayWindow::Size + 1));
    QVERIFY(!window.isNew(last - ReplayWindow::Size));
}

void TestValues::longestPrefixDecides()
{
    AllowedIps table;
    const auto owner = [&](std::string_view text) {
        return table.find(AddressKey::of(address(text)));
    };
    QVERIFY(!owner("10.0.0.1"));
    table.insert(prefix("10.0.0.2/32"), 2);
    table.insert(prefix("10.0.0.0/8"), 1);
    table.insert(prefix("0.0.0.0/0"), 9);
    table.insert(prefix("fd00::/8"), 3);
    table.insert(prefix("fd00::1/128"), 4);
    QVERIFY(owner("10.0.0.2") == 2U);
    QVERIFY(owner("10.0.0.3") == 1U);
    QVERIFY(owner("11.0.0.3") == 9U);
    QVERIFY(owner("fd00::1") == 4U);
    QVERIFY(owner("fd00::2") == 3U);
    QVERIFY(!owner("fe80::2"));
    table.insert(prefix("10.0.0.2/32"), 5); // moves
    QVERIFY(owner("10.0.0.2") == 5U);
    QVERIFY(table.prefixesOf(2).empty());
    table.remove(1);
    QVERIFY(owner("10.0.0.3") == 9U);
    table.remove(9);
    QVERIFY(!owner("10.0.0.3"));
    QVERIFY(owner("10.0.0.2") == 5U);
}

void TestValues::prefixesAgainstAScan()
{
    for (unsigned seed = 0; seed < 30; ++seed) {
        std::mt19937 random(seed);
        const bool v6 = seed % 2 == 1;
        const auto anyAddress = [&] {
            // Few bits differ, so that prefixes lie within each other.
            std::array<std::uint8_t, 16> bytes{0xfd};
            for (const std::size_t at : {1U, 2U, 3U, 7U, 8U, 15U})
                bytes[at] = static_cast<std::uint8_t>(random() % 3 << random() % 7);
            return v6 ? IpAddress::v6(bytes) : IpAddress::v4(std::span(bytes).first<4>());
        };
        AllowedIps table;
        std::vector<std::pair<IpPrefix, std::uint32_t>> all;
        for (std::uint32_t i = 0; i < 200; ++i) {
            const auto length = static_cast<unsigned>(random() % (v6 ? 129 : 33));
            const IpAddress any = anyAddress();
            Bytes bytes(any.bytes().begin(), any.bytes().end());
            for (std::size_t bit = length; bit < bytes.size() * 8; ++bit)
                bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80U >> bit % 8));
            const IpPrefix one{
                v6 ? IpAddress::v6(std::span<const std::uint8_t, 16>(bytes.data(), 16))
                   : IpAddress::v4(std::span<const std::uint8_t, 4>(bytes.data(), 4)),
                length};
            const std::uint32_t owner = i % 13;
            std::erase_if(all, [&](const auto &entry) { return entry.first == one; });
            all.emplace_back(one, owner);
            table.insert(one, owner);
            if (i % 50 == 49) {
                table.remove(owner);
                std::erase_if(all, [&](const auto &entry) { return entry.second == owner; });
            }
        }
        for (int i = 0; i < 2000; ++i) {
            const IpAddress wanted = anyAddress();
            std::optional<std::uint32_t> expected;
            int longest = -1;
            for (const auto &[one, owner] : all) {
                if (one.contains(wanted) && static_cast<int>(one.length) > longest) {
                    longest = static_cast<int>(one.length);
                    expected = owner;
                }
            }
            QVERIFY(table.find(AddressKey::of(wanted)) == expected);
        }
    }
}

void TestValues::packetsSayTheirAddresses()
{
    const Bytes v4 = numberedPacket(address("10.1.2.3"), address("10.4.5.6"), 1, 10);
    const auto addresses = readAddresses(v4);
    QVERIFY(addresses);
    QVERIFY(addresses->source == AddressKey::of(address("10.1.2.3")));
    QVERIFY(addresses->destination == AddressKey::of(address("10.4.5.6")));
    QCOMPARE(addresses->length, v4.size());
    Bytes padded = v4;
    padded.resize(v4.size() + 7);
    QCOMPARE(readAddresses(padded)->length, v4.size());
    for (std::size_t size = 0; size < v4.size(); ++size)
        QVERIFY(!readAddresses(ByteSpan(v4).first(size)));
    Bytes lying = v4;
    lying[2] = 0;
    lying[3] = 19;
    QVERIFY(!readAddresses(lying));

    Bytes v6(48);
    v6[0] = 0x60;
    v6[5] = 8;
    v6[23] = 1;
    v6[39] = 2;
    QVERIFY(readAddresses(v6)->source == AddressKey::of(address("::1")));
    QVERIFY(readAddresses(v6)->destination == AddressKey::of(address("::2")));
    QVERIFY(!readAddresses(ByteSpan(v6).first(47)));
    v6[0] = 0x50;
    QVERIFY(!readAddresses(v6));
    QVERIFY(!readAddresses({}));
}

void TestValues::gateOpensAgain()
{
    HandshakeGate gate;
    BootTime now{5000};
    const Endpoint one{address("192.0.2.1"), 1};
    const Endpoint other{address("192.0.2.9"), 1};
    // One who asks for too much is under load alone.
    for (std::uint32_t i = 0; i < HandshakeGate::CalmBurst; ++i)
        QVERIFY(!gate.isUnderLoad(now, one, 7));
    for (std::uint32_t i = 0; i < HandshakeGate::Calm; ++i)
        QVERIFY(gate.isUnderLoad(now, one, 7));
    // Of many some share a place with that one.
    std::uint32_t calm = HandshakeGate::CalmBurst;
    for (std::uint32_t i = 0; calm < HandshakeGate::Calm; ++i) {
        QVERIFY(i < 2 * HandshakeGate::Calm);
        calm += gate.isUnderLoad(now, {IpAddress::v4(0x0a000000U + i), 1}, 7) ? 0 : 1;
    }
    QVERIFY(gate.isUnderLoad(now, other, 7));
    for (std::uint32_t i = 0; i < HandshakeGate::AddressBurst; ++i)
        QVERIFY(gate.admits(now, one, 7));
    QVERIFY(!gate.admits(now, one, 7));
    QVERIFY(!gate.admits(now, {one.address, 2}, 7)); // another port of it
    QVERIFY(gate.admits(now, other, 7));
    // A /64 is one place.
    for (std::uint32_t i = 0; i < HandshakeGate::AddressBurst; ++i)
        QVERIFY(gate.admits(now, {address("2001:db8::" + std::to_string(i)), 1}, 7));
    QVERIFY(!gate.admits(now, {address("2001:db8::ffff"), 1}, 7));
    QVERIFY(gate.isUnderLoad(now + Milliseconds(999), other, 7));
    QVERIFY(gate.admits(now + Milliseconds(50), one, 7)); // 20 a second
    QVERIFY(!gate.admits(now + Milliseconds(50), one, 7));
    QVERIFY(!gate.isUnderLoad(now + Milliseconds(3000), one, 7));
}

QTEST_GUILESS_MAIN(TestValues)
#include "values_test.moc"
