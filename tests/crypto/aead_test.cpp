// SPDX-License-Identifier: GPL-3.0-or-later
// BLAKE2s and both kinds of authenticated encryption against published vectors, and against other
// implementations where none was published.
#include "shared/crypto/aead.h"
#include "shared/crypto/blake2s.h"
#include "shared/crypto/keys.h"
#include "shared/crypto/locked.h"
#include "shared/crypto/packet_cipher.h"

#include <QTest>
#include <numeric>

using namespace higgs;

namespace {

Bytes hex(std::string_view text)
{
    return fromHex(text).value_or(Bytes());
}

Bytes counting(std::size_t size, std::uint8_t first = 0)
{
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), first);
    return bytes;
}

Secret<32> key(const Bytes &bytes)
{
    return Secret<32>(std::span<const std::uint8_t, 32>(bytes.data(), 32));
}

} // namespace

class TestAead : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void blake2sVectors();
    void hmacAndHkdf();
    void chacha20Poly1305Vector();
    void xchacha20Poly1305Vector();
    void packetsAreSealedAlike_data();
    void packetsAreSealedAlike();
    void nothingChangedIsOpened();
    void lockedIsWhole();
};

void TestAead::blake2sVectors()
{
    // RFC 7693, appendix B
    QCOMPARE(toHex(blake2s({asBytes("abc")})),
             std::string("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"));
    QCOMPARE(blake2s({asBytes("a"), {}, asBytes("bc")}), blake2s({asBytes("abc")}));
    // The reference implementation's test vector for no input
    QCOMPARE(toHex(blake2s({})),
             std::string("69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9"));
    // Keyed, with 16 bytes of output: Python's hashlib
    QCOMPARE(toHex(blake2sMac(counting(32), counting(255))),
             std::string("cd075928ab7e6883e697fe7fd3ac43ee"));
    QCOMPARE(toHex(blake2sMac(counting(16), asBytes("abc"))),
             std::string("75296c2d2c0f51210b383f386bc8b1ff"));
}

void TestAead::hmacAndHkdf()
{
    // Python's hmac
    QCOMPARE(toHex(hmacBlake2s(counting(32), {asBytes("north "), asBytes("wind")})),
             std::string("2316b483526539f6ea580869f2dbd3f9963bd304ac7d0c663cf092b5929e722a"));
    Secret<32> chaining = key(counting(32));
    Secret<32> second;
    Secret<32> third;
    hkdfBlake2s(chaining, asBytes("input"), {&chaining, &second, &third});
    QCOMPARE(toHex(chaining.bytes()),
             std::string("87b7f70b24183c6db5dc4f6d9f4c47cdb203321aa2a0bef714896adb3107a040"));
    QCOMPARE(toHex(second.bytes()),
             std::string("538a02e1eb2e31b7e4d4b82476d1fe2acf50085d3fb584537279195f5d1f5824"));
    QCOMPARE(toHex(third.bytes()),
             std::string("9ad858025593be88de0f9442a589cfe84a88dc19e4753d93684d1c5efc4837f9"));
}

void TestAead::chacha20Poly1305Vector()
{
    // RFC 8439, appendix A.5: the nonce is 32 bits of zero and then this number.
    constexpr std::uint64_t Counter = 0x0807060504030201;
    const Secret<32> secret =
        key(hex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0"));
    const ByteSpan text = asBytes(
        "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, "
        "replaced, or obsoleted by other documents at any time. It is inappropriate to use "
        "Internet-Drafts as reference material or to cite them other than as /\u201cwork in "
        "progress./\u201d");
    const Bytes associated = hex("f33388860000000000004e91");
    Bytes sealed(text.size() + AeadTagSize);
    aeadSeal(secret, Counter, text, associated, sealed);
    QCOMPARE(toHex(ByteSpan(sealed).first(32)),
             std::string("64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"));
    QCOMPARE(toHex(ByteSpan(sealed).last(16)), std::string("eead9d67890cbb22392336fea1851f38"));
    Bytes opened(text.size());
    QVERIFY(aeadOpen(secret, Counter, sealed, associated, opened));
    QVERIFY(asText(opened) == asText(text));
    QVERIFY(!aeadOpen(secret, Counter + 1, sealed, associated, opened));
    QVERIFY(!aeadOpen(secret, Counter, sealed, {}, opened));
}

void TestAead::xchacha20Poly1305Vector()
{
    // draft-irtf-cfrg-xchacha-03, appendix A.3.1
    const Bytes secret = counting(32, 0x80);
    const Bytes nonce = counting(24, 0x40);
    const std::span<const std::uint8_t, 32> keySpan(secret.data(), 32);
    const std::span<const std::uint8_t, XNonceSize> nonceSpan(nonce.data(), XNonceSize);
    const ByteSpan text = asBytes("Ladies and Gentlemen of the class of '99: If I could offer you "
                                  "only one tip for the future, sunscreen would be it.");
    const Bytes associated = hex("50515253c0c1c2c3c4c5c6c7");
    Bytes sealed(text.size() + AeadTagSize);
    xaeadSeal(keySpan, nonceSpan, text, associated, sealed);
    QCOMPARE(toHex(ByteSpan(sealed).first(32)),
             std::string("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"));
    QCOMPARE(toHex(ByteSpan(sealed).last(16)), std::string("c0875924c1c7987947deafd8780acf49"));
    Bytes opened(text.size());
    QVERIFY(xaeadOpen(keySpan, nonceSpan, sealed, associated, opened));
    QVERIFY(asText(opened) == asText(text));
    sealed[5] ^= 1U;
    QVERIFY(!xaeadOpen(keySpan, nonceSpan, sealed, associated, opened));
}

void TestAead::packetsAreSealedAlike_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 1420, 1500, 65000})
        QTest::addRow("%d", size) << size;
}

/// OpenSSL's and libsodium's ciphers are each other's witness.
void TestAead::packetsAreSealedAlike()
{
    QFETCH(int, size);
    const Bytes text = counting(static_cast<std::size_t>(size));
    const Secret<32> secret = key(counting(32, 7));
    PacketCipher sealing(PacketCipher::Direction::Seal, secret);
    PacketCipher opening(PacketCipher::Direction::Open, secret);
    for (const std::uint64_t counter : {0ULL, 1ULL, 0x0102030405060708ULL, ~0ULL}) {
        Bytes expected(text.size() + AeadTagSize);
        aeadSeal(secret, counter, text, {}, expected);
        Bytes packet = text;
        std::array<std::uint8_t, PacketCipher::TagSize> tag{};
        sealing.seal(counter, packet, tag);
        QCOMPARE(toHex(packet) + toHex(tag), toHex(expected));
        QVERIFY(opening.open(counter, packet, tag));
        QVERIFY(packet == text);
    }
}

void TestAead::nothingChangedIsOpened()
{
    const Secret<32> secret = key(counting(32, 9));
    PacketCipher sealing(PacketCipher::Direction::Seal, secret);
    PacketCipher opening(PacketCipher::Direction::Open, secret);
    Bytes packet = counting(40);
    std::array<std::uint8_t, PacketCipher::TagSize> tag{};
    sealing.seal(3, packet, tag);
    Bytes whole = packet;
    whole.insert(whole.end(), tag.begin(), tag.end());
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        Bytes flipped = whole;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        const std::span<std::uint8_t, 16> end(flipped.data() + packet.size(), 16);
        QVERIFY(!opening.open(3, MutableByteSpan(flipped).first(packet.size()), end));
    }
    Bytes again = packet;
    QVERIFY(!opening.open(4, again, tag));
    QVERIFY(opening.open(3, packet, tag)); // and a failure is not remembered
    QVERIFY(packet == counting(40));
}

void TestAead::lockedIsWhole()
{
    struct Keys
    {
        Secret<32> one;
        std::uint64_t number = 5;
    };
    Locked<Keys> first;
    QCOMPARE(first->number, std::uint64_t(5));
    first->one = key(counting(32));
    Locked<Keys> second(std::move(first));
    QVERIFY(second->one == key(counting(32)));
    second = Locked<Keys>();
    QVERIFY(second->one == Secret<32>());
}

QTEST_GUILESS_MAIN(TestAead)
#include "aead_test.moc"
