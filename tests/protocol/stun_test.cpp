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

// RFC 8489 appendix B.1: the same with USERHASH, SHA-256 and MESSAGE-INTEGRITY-SHA256
constexpr std::string_view LongTermSha256 = R"(
00010090 2112a442 78ad3433c6ad72c029da412e
001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704
00150029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c394653547679363473 41000000
0014000b 6578616d706c652e6f726700
001d0004 00020000
001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65)";

constexpr std::string_view Key = "dd295a613b9058c3c23d6dc7165bda072304d989c9d0af3a8c7e184b4f9bb4a1";

constexpr std::string_view ShortTermPassword = "VOkJxbRl1RmTxUk/WvJxBt";

StunMac macUnder(Bytes key)
{
    return [key = std::move(key)](ByteSpan message) { return hmacSha1(key, message); };
}

StunMac256 mac256Under(Bytes key)
{
    return [key = std::move(key)](ByteSpan message) { return hmacSha256(key, message); };
}

/// What SHA-256 makes of the vector's user name, realm and password (section 18.5.1.2).
Bytes longTermKeySha256()
{
    return hex(Key);
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
    void longTermSha256Vector();
    void roundTrips();
    void sha256CoversTheMessage();
    void attributesThatAreCutOrOdd();
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

void TestStun::longTermSha256Vector()
{
    const Bytes datagram = hex(LongTermSha256);
    const auto message = decodeStun(datagram);
    QVERIFY(message);
    QVERIFY(message->userHash && !message->username);
    QCOMPARE(message->nonce.value_or(""), std::string("obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA"));
    QCOMPARE(message->realm.value_or(""), std::string("example.org"));
    QCOMPARE(message->passwordAlgorithm.value_or(0), std::uint16_t{2});
    QVERIFY(message->hasIntegritySha256 && !message->hasIntegrity);
    QVERIFY(checkStunIntegritySha256(datagram, mac256Under(longTermKeySha256())));
    QVERIFY(!checkStunIntegritySha256(datagram, mac256Under({1, 2, 3})));
    QVERIFY(!checkStunIntegrity(datagram, shortTermMac()));
    // Written again it is the same, so that what we send is what the RFC has.
    Bytes again = encodeStun(*message, {.integritySha256 = mac256Under(longTermKeySha256())});
    const auto both = decodeStun(again);
    QVERIFY(both && checkStunIntegritySha256(again, mac256Under(longTermKeySha256())));
    QVERIFY(*both == *message);
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
        [](StunMessage &m) { m.userHash.emplace().fill(7); },
        [](StunMessage &m) {
            m.passwordAlgorithms = {2, 1};
        },
        [](StunMessage &m) { m.passwordAlgorithm = 1; },
        [](StunMessage &m) { m.alternateServer = *Endpoint::parse("203.0.113.10:3478"); },
        [](StunMessage &m) { m.alternateDomain = "boson.example"; },
        [](StunMessage &m) {
            m.changeRequest = {true, false};
        },
        [](StunMessage &m) {
            m.changeRequest = {false, true};
        },
        [](StunMessage &m) { m.responsePort = 3479; },
        [](StunMessage &m) { m.responseOrigin = *Endpoint::parse("203.0.113.10:3478"); },
        [](StunMessage &m) { m.otherAddress = *Endpoint::parse("[2001:db8::2]:3479"); },
        [](StunMessage &m) { m.padding = 333; },
        [](StunMessage &m) { m.channelNumber = 0x4001; },
        [](StunMessage &m) { m.lifetime = 600; },
        [](StunMessage &m) {
            m.xorPeerAddresses = {*Endpoint::parse("198.51.100.1:2"),
                                  *Endpoint::parse("[2001:db8::7]:9")};
        },
        [](StunMessage &m) { m.xorRelayedAddress = *Endpoint::parse("203.0.113.10:49152"); },
        [](StunMessage &m) { m.requestedFamily = StunFamily::V6; },
        [](StunMessage &m) { m.additionalFamily = StunFamily::V6; },
        [](StunMessage &m) { m.evenPort = true; },
        [](StunMessage &m) { m.evenPort = false; },
        [](StunMessage &m) { m.requestedTransport = 17; },
        [](StunMessage &m) { m.dontFragment = true; },
        [](StunMessage &m) { m.reservationToken.emplace().fill(9); },
        [](StunMessage &m) {
            m.addressError = {StunFamily::V6, {440, "Address Family not Supported"}};
        },
        [](StunMessage &m) {
            m.icmp = {3, 4, 1280};
        },
        [](StunMessage &m) { m.data = Bytes(1, 0xff); },
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

void TestStun::sha256CoversTheMessage()
{
    const StunMac256 mac = mac256Under(longTermKeySha256());
    const Bytes good = encodeStun(*decodeStun(hex(Request)),
                                  {.integrity = shortTermMac(), .integritySha256 = mac});
    const auto message = decodeStun(good);
    QVERIFY(message && message->hasIntegrity && message->hasIntegritySha256);
    QVERIFY(checkStunIntegrity(good, shortTermMac()) && checkStunIntegritySha256(good, mac));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes flipped = good;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        QVERIFY(!checkStunIntegritySha256(flipped, mac));
    }
    // A shortened one is well-formed, and not ours to accept.
    for (const std::size_t size : {std::size_t(12), std::size_t(16), std::size_t(28)}) {
        Bytes cut = encodeStun(StunMessage(), {.integritySha256 = mac});
        cut.resize(StunHeaderSize + 4 + size);
        cut[3] = static_cast<std::uint8_t>(4 + size);
        cut[StunHeaderSize + 3] = static_cast<std::uint8_t>(size);
        QCOMPARE(decodeStun(cut).has_value(), size >= 16);
        QVERIFY(!checkStunIntegritySha256(cut, mac));
    }
}

void TestStun::attributesThatAreCutOrOdd()
{
    // Each of a fixed size with one word less and one more.
    for (const std::string_view type :
         {"0001", "0003", "000c", "000d", "0012", "0016", "0017", "0019", "0020", "0022", "0024",
          "0027", "8000", "8004", "8023", "8029", "802b", "802c", "001e"}) {
        for (const std::size_t words : {std::size_t(0), std::size_t(15)}) {
            Bytes bytes = hex("00010000 2112a442 000000000000000000000000");
            for (const std::uint8_t byte : hex(type))
                bytes.push_back(byte);
            bytes.push_back(0);
            bytes.push_back(static_cast<std::uint8_t>(words * 4));
            bytes.resize(bytes.size() + words * 4, 1);
            bytes[3] = static_cast<std::uint8_t>(bytes.size() - StunHeaderSize);
            QVERIFY2(!decodeStun(bytes), type.data());
        }
    }
    const auto with = [](std::string_view attribute) {
        Bytes bytes = hex("00010000 2112a442 000000000000000000000000");
        for (const std::uint8_t byte : hex(attribute))
            bytes.push_back(byte);
        bytes[3] = static_cast<std::uint8_t>(bytes.size() - StunHeaderSize);
        return decodeStun(bytes);
    };
    QVERIFY(!with("00170004 03000000")); // no such family
    QVERIFY(!with("80020004 00010001")); // parameters that are not there
    QVERIFY(with("80020008 00010000 00090000")->passwordAlgorithms.size() == 2);
    QVERIFY(!with("001d0008 00010000 00020000")); // one algorithm is chosen, not two
    QVERIFY(!with("001a0004 00000000"));
    QVERIFY(with("00180001 80000000")->evenPort == true);
    QVERIFY(with("00030004 ffffffff")->changeRequest == (StunChange{true, true}));
    QVERIFY(!with("80010008 03000428 6e6f0000"));
    // Of a repeated one the first counts.
    QCOMPARE(with("000d0004 00000001 000d0004 00000002")->lifetime.value_or(0), 1U);
}

void TestStun::truncationsAndBitFlips()
{
    for (const std::string_view vector : {Request, AnswerV4, AnswerV6, LongTerm, LongTermSha256}) {
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
