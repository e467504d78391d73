// SPDX-License-Identifier: GPL-3.0-or-later
// STUN against the test vectors of RFC 5769, and against every truncation and bit-flip of them.
#include "shared/crypto/hmac.h"
#include "shared/protocol/stun.h"

#include <QTest>

using namespace higgs;
using namespace higgs::protocol;

namespace {

Bytes hex(std::string_view text)
{
    std::string digits;
    for (const char c : text) {
        if (c != ' ' && c != '\n')
            digits.push_back(c);
    }
    return fromHex(digits).value_or(Bytes());
}

// RFC 5769 section 2.1: a request with SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME,
// MESSAGE-INTEGRITY and FINGERPRINT
constexpr std::string_view Request = R"(
00010058 2112a442 b7e7a701bc34d686fa87dfae
80220010 5354554e207465737420636c69656e74
00240004 6e0001ff
80290008 932ff9b151263b36
00060009 6576746a3a683676 59202020
00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
80280004 e57a3bcf)";

// Section 2.2: a success answer, IPv4
constexpr std::string_view AnswerV4 = R"(
0101003c 2112a442 b7e7a701bc34d686fa87dfae
8022000b 7465737420766563746f7220
00200008 0001a147e112a643
00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
80280004 c07d4c96)";

// Section 2.3: a success answer, IPv6
constexpr std::string_view AnswerV6 = R"(
01010048 2112a442 b7e7a701bc34d686fa87dfae
8022000b 7465737420766563746f7220
00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
80280004 c8fb0b4c)";

// Section 2.4: a request with long-term authentication
constexpr std::string_view LongTerm = R"(
00010060 2112a442 78ad3433c6ad72c029da412e
00060012 e3839ee38388e383aae38383e382afe382b90000
0015001c 662f2f3439396b39353464364f4c33346f4c394653547679363473 41
0014000b 6578616d706c652e6f726700
00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666)";

constexpr std::string_view ShortTermPassword = "VOkJxbRl1RmTxUk/WvJxBt";

StunMac macUnder(Bytes key)
{
    return [key = std::move(key)](ByteSpan message) { return hmacSha1(key, message); };
}

StunMac shortTermMac()
{
    const ByteSpan password = asBytes(ShortTermPassword);
    return macUnder(Bytes(password.begin(), password.end()));
}

} // namespace

class TestStun : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requestVector();
    void answerVectors();
    void longTermVector();
    void roundTrips();
    void integrityCoversTheMessage();
    void truncationsAndBitFlips();
    void whatFollowsIntegrityIsIgnored();
    void unknownRequiredAttributesAreNamed();
    void otherDatagramsAreNotStun();
};

void TestStun::requestVector()
{
    const Bytes datagram = hex(Request);
    const auto message = decodeStun(datagram);
    QVERIFY2(message, message ? "" : message.error().detail.c_str());
    QVERIFY(message->messageClass == StunClass::Request);
    QCOMPARE(message->method, StunBindingMethod);
    QCOMPARE(toHex(message->transaction), std::string("b7e7a701bc34d686fa87dfae"));
    QCOMPARE(message->software.value_or(""), std::string("STUN test client"));
    QCOMPARE(message->username.value_or(""), std::string("evtj:h6vY"));
    QCOMPARE(message->priority.value_or(0), 0x6e0001ffU);
    QCOMPARE(message->iceControlled.value_or(0), std::uint64_t{0x932ff9b151263b36});
    QVERIFY(message->hasFingerprint && message->hasIntegrity && message->notUnderstood.empty());
    QVERIFY(checkStunIntegrity(datagram, shortTermMac()));
    QVERIFY(!checkStunIntegrity(datagram, macUnder({1, 2, 3})));
}

void TestStun::answerVectors()
{
    const auto v4 = decodeStun(hex(AnswerV4));
    QVERIFY(v4 && v4->messageClass == StunClass::Success && v4->hasFingerprint);
    QCOMPARE(v4->software.value_or(""), std::string("test vector"));
    QCOMPARE(v4->xorMappedAddress->toString(), std::string("192.0.2.1:32853"));
    QVERIFY(checkStunIntegrity(hex(AnswerV4), shortTermMac()));

    const auto v6 = decodeStun(hex(AnswerV6));
    QVERIFY(v6 && v6->hasFingerprint);
    QCOMPARE(v6->xorMappedAddress->toString(),
             std::string("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
    QVERIFY(checkStunIntegrity(hex(AnswerV6), shortTermMac()));
}

void TestStun::longTermVector()
{
    const auto message = decodeStun(hex(LongTerm));
    QVERIFY(message);
    QCOMPARE(
        message->username.value_or(""),
        std::string("\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9"));
    QCOMPARE(message->nonce.value_or(""), std::string("f//499k954d6OL34oL9FSTvy64sA"));
    QCOMPARE(message->realm.value_or(""), std::string("example.org"));
    QVERIFY(message->hasIntegrity && !message->hasFingerprint);
}

void TestStun::roundTrips()
{
    StunMessage message;
    message.transaction.fill(0x5a);
    const std::vector<std::function<void(StunMessage &)>> changes = {
        [](StunMessage &m) { m.messageClass = StunClass::Indication; },
        [](StunMessage &m) { m.method = 0xfff; },
        [](StunMessage &m) { m.method = 0x00a; },
        [](StunMessage &m) { m.messageClass = StunClass::Success; },
        [](StunMessage &m) { m.xorMappedAddress = *Endpoint::parse("203.0.113.9:1"); },
        [](StunMessage &m) { m.mappedAddress = *Endpoint::parse("[2001:db8::9]:65535"); },
        [](StunMessage &m) { m.username = std::string(512, 'u'); },
        [](StunMessage &m) { m.realm = ""; },
        [](StunMessage &m) { m.nonce = "n"; },
        [](StunMessage &m) { m.software = "three"; },
        [](StunMessage &m) { m.messageClass = StunClass::Error; },
        [](StunMessage &m) {
            m.error = StunErrorCode{487, "Role Conflict"};
        },
        [](StunMessage &m) {
            m.unknownAttributes = {1, 2, 0x7fff};
        },
        [](StunMessage &m) { m.priority = 0xffffffff; },
        [](StunMessage &m) { m.iceControlled = 1; },
        [](StunMessage &m) { m.iceControlling = 2; },
        [](StunMessage &m) { m.useCandidate = true; },
    };
    for (const auto &change : changes) {
        change(message);
        for (const bool fingerprint : {false, true}) {
            const Bytes bytes =
                encodeStun(message, {.integrity = shortTermMac(), .fingerprint = fingerprint});
            auto decoded = decodeStun(bytes);
            QVERIFY(decoded);
            QVERIFY(decoded->hasIntegrity && decoded->hasFingerprint == fingerprint);
            QVERIFY(checkStunIntegrity(bytes, shortTermMac()));
            decoded->hasIntegrity = decoded->hasFingerprint = false;
            QVERIFY(*decoded == message);
        }
        QVERIFY(decodeStun(encodeStun(message)).has_value());
    }
}

void TestStun::integrityCoversTheMessage()
{
    const Bytes good = encodeStun(*decodeStun(hex(Request)), {.integrity = shortTermMac()});
    QVERIFY(checkStunIntegrity(good, shortTermMac()));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes flipped = good;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        QVERIFY(!checkStunIntegrity(flipped, shortTermMac()));
    }
    QVERIFY(!checkStunIntegrity(encodeStun(StunMessage()), shortTermMac()));
}

void TestStun::truncationsAndBitFlips()
{
    for (const std::string_view vector : {Request, AnswerV4, AnswerV6, LongTerm}) {
        const Bytes good = hex(vector);
        const bool hasFingerprint = decodeStun(good)->hasFingerprint;
        for (std::size_t size = 0; size < good.size(); ++size)
            QVERIFY(!decodeStun(ByteSpan(good).first(size)));
        for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
            Bytes flipped = good;
            flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
            const auto message = decodeStun(flipped);
            // Only a flip in FINGERPRINT's own type makes it another (optional) attribute.
            if (hasFingerprint && message)
                QVERIFY(!message->hasFingerprint);
        }
    }
}

void TestStun::whatFollowsIntegrityIsIgnored()
{
    Bytes bytes = encodeStun(StunMessage(), {.integrity = shortTermMac()});
    for (const std::uint8_t byte : hex("00060004 61646d69 7fff0000"))
        bytes.push_back(byte);
    bytes[3] = static_cast<std::uint8_t>(bytes.size() - StunHeaderSize);
    const auto message = decodeStun(bytes);
    QVERIFY(message && !message->username && message->notUnderstood.empty());
    QVERIFY(checkStunIntegrity(bytes, shortTermMac()));
}

void TestStun::unknownRequiredAttributesAreNamed()
{
    const auto right =
        decodeStun(hex("00010010 2112a442 000000000000000000000000 7ffe0000 7ffd0001 00000000 "
                       "fffe0000"));
    QVERIFY(right);
    const std::vector<std::uint16_t> expected = {0x7ffe, 0x7ffd};
    QCOMPARE(right->notUnderstood, expected);
}

void TestStun::otherDatagramsAreNotStun()
{
    QVERIFY(!looksLikeStun({}));
    QVERIFY(!looksLikeStun(Bytes(20, 0)));
    QVERIFY(!looksLikeStun(hex("01000000 00000000 000000000000000000000000"))); // WireGuard
    QVERIFY(!looksLikeStun(hex("40010000 2112a442 000000000000000000000000"))); // ChannelData
    QVERIFY(!looksLikeStun(hex("00010002 2112a442 000000000000000000000000 0000")));
    QVERIFY(looksLikeStun(hex("00010000 2112a442 000000000000000000000000")));
    Bytes large(2000, 0);
    QVERIFY(!decodeStun(large));
}

QTEST_GUILESS_MAIN(TestStun)
#include "stun_test.moc"
