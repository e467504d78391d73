// SPDX-License-Identifier: GPL-3.0-or-later
// Keys, hashes, MACs, the registration proof and TURN credentials against published vectors.
#include "shared/crypto/hmac.h"
#include "shared/crypto/keys.h"
#include "shared/crypto/proof.h"
#include "shared/crypto/sha256.h"
#include "shared/crypto/turn_credentials.h"

#include <QTest>
#include <set>

using namespace higgs;

namespace {

Bytes hex(std::string_view text)
{
    return fromHex(text).value_or(Bytes());
}

PrivateKey privateKey(std::string_view text)
{
    const Bytes bytes = hex(text);
    return PrivateKey(Secret<32>(std::span<const std::uint8_t, 32>(bytes.data(), 32)));
}

// RFC 7748 section 6.1
constexpr std::string_view AlicePrivate =
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr std::string_view AlicePublic =
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
constexpr std::string_view BobPrivate =
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
constexpr std::string_view Shared =
    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

} // namespace

class TestCrypto : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void sha256Vectors();
    void hmacVectors();
    void x25519Vectors();
    void keysHaveOneText();
    void lowOrderKeysAreRefused();
    void generatedKeysAndUuidsDiffer();
    void proofVector();
    void proofIsBoundToAllOfIt();
    void proofHasItsTime();
    void turnVector();
};

void TestCrypto::sha256Vectors()
{
    // FIPS 180-4 examples
    QCOMPARE(toHex(sha256(asBytes("abc"))),
             std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(toHex(sha256({})),
             std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

void TestCrypto::hmacVectors()
{
    // RFC 4231 cases 1, 2 and 6 (a key longer than a block)
    QCOMPARE(toHex(hmacSha256(Bytes(20, 0x0b), asBytes("Hi There"))),
             std::string("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    QCOMPARE(toHex(hmacSha256(asBytes("Jefe"), asBytes("what do ya want for nothing?"))),
             std::string("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    QCOMPARE(toHex(hmacSha256(Bytes(131, 0xaa),
                              asBytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
             std::string("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
    // A prepared key makes the same ones, again and again.
    for (const std::size_t length : {0, 1, 32, 64, 65, 131}) {
        const Bytes key(length, 0xaa);
        const HmacSha256Key prepared(key);
        for (const std::size_t size : {1452, 0, 63, 64, 1})
            QVERIFY(prepared.mac(Bytes(size, 0x5a)) == hmacSha256(key, Bytes(size, 0x5a)));
    }
    // RFC 2202 cases 1, 2 and 6
    QCOMPARE(toHex(hmacSha1(Bytes(20, 0x0b), asBytes("Hi There"))),
             std::string("b617318655057264e28bc0b6fb378c8ef146be00"));
    QCOMPARE(toHex(hmacSha1(asBytes("Jefe"), asBytes("what do ya want for nothing?"))),
             std::string("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
    QCOMPARE(toHex(hmacSha1(Bytes(80, 0xaa),
                            asBytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
             std::string("aa4ae5e15272d00e95705637ce8a3b55ed402112"));
    QCOMPARE(toHex(hmacSha1({}, {})), std::string("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
}

void TestCrypto::x25519Vectors()
{
    const PrivateKey alice = privateKey(AlicePrivate);
    const PrivateKey bob = privateKey(BobPrivate);
    QCOMPARE(toHex(alice.publicKey().bytes()), std::string(AlicePublic));
    const auto a = alice.sharedSecret(bob.publicKey());
    const auto b = bob.sharedSecret(alice.publicKey());
    QVERIFY(a && b && *a == *b);
    QCOMPARE(toHex(a->bytes()), std::string(Shared));
}

void TestCrypto::keysHaveOneText()
{
    const PublicKey key = privateKey(AlicePrivate).publicKey();
    const std::string text = key.toBase64();
    QVERIFY(PublicKey::parse(text).value_or(PublicKey()) == key);
    std::string other = text;
    other[42] = static_cast<char>(other[42] + 1); // an unused bit
    for (const std::string &bad :
         {std::string(), text.substr(0, 43), text + "=", text + "\n", " " + text, other,
          toBase64(Bytes(31, 1)), toBase64(Bytes(33, 1))})
        QVERIFY2(!PublicKey::parse(bad), bad.c_str());

    const PrivateKey secret = privateKey(AlicePrivate);
    const auto again = PrivateKey::parse(secret.toBase64().reveal());
    QVERIFY(again && again->publicKey() == key);
    QVERIFY(!PrivateKey::parse("AAAA"));
}

void TestCrypto::lowOrderKeysAreRefused()
{
    // The points of small order and their non-canonical spellings (RFC 7748 section 7 refers).
    for (const char *point : {"0000000000000000000000000000000000000000000000000000000000000000",
                              "0100000000000000000000000000000000000000000000000000000000000000",
                              "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                              "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
        const Bytes bytes = hex(point);
        QVERIFY2(!PublicKey::parse(toBase64(bytes)), point);
        const PublicKey key(std::span<const std::uint8_t, 32>(bytes.data(), 32));
        QVERIFY2(!privateKey(AlicePrivate).sharedSecret(key), point);
    }
}

void TestCrypto::generatedKeysAndUuidsDiffer()
{
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        QVERIFY(seen.insert(PrivateKey::generate().publicKey().toBase64()).second);
        const std::string uuid = randomUuid();
        QVERIFY(seen.insert(uuid).second);
        QVERIFY(SessionId::parse(uuid));
        QCOMPARE(uuid[14], '4');
        const double unit = randomUnit();
        QVERIFY(unit >= 0 && unit < 1);
    }
}

void TestCrypto::proofVector()
{
    // Made with another implementation (Python's hmac) over RFC 7748's shared secret.
    const PrivateKey alice = privateKey(AlicePrivate);
    const PrivateKey bob = privateKey(BobPrivate);
    const auto node = NodeId::parse("550e8400-e29b-41d4-a716-446655440000");
    const WallTime time{1704067200000};
    const auto mac = registrationMac(alice, bob.publicKey(), *node, alice.publicKey(), time);
    QVERIFY(mac);
    QCOMPARE(toHex(*mac),
             std::string("8ebb649752602f6c952392772fd71f46cca80e04e1c354d27644d6618a1fc22d"));
    QVERIFY(verifyRegistrationMac(bob, *node, alice.publicKey(), time, *mac, time));
}

void TestCrypto::proofIsBoundToAllOfIt()
{
    const PrivateKey own = PrivateKey::generate();
    const PrivateKey server = PrivateKey::generate();
    const PrivateKey stranger = PrivateKey::generate();
    const auto node = NodeId::parse(randomUuid());
    const auto otherNode = NodeId::parse(randomUuid());
    const WallTime time{1704067200000};
    const auto mac = registrationMac(own, server.publicKey(), *node, own.publicKey(), time);
    QVERIFY(mac);
    const auto accepts = [&](const PrivateKey &key, const NodeId &id, const PublicKey &nodeKey,
                             WallTime at, const Mac256 &value) {
        return verifyRegistrationMac(key, id, nodeKey, at, value, time).has_value();
    };
    QVERIFY(accepts(server, *node, own.publicKey(), time, *mac));
    QVERIFY(!accepts(stranger, *node, own.publicKey(), time, *mac));
    QVERIFY(!accepts(server, *otherNode, own.publicKey(), time, *mac));
    QVERIFY(!accepts(server, *node, stranger.publicKey(), time, *mac));
    QVERIFY(!accepts(server, *node, own.publicKey(), time + Milliseconds(1), *mac));
    for (std::size_t bit = 0; bit < mac->size() * 8; ++bit) {
        Mac256 flipped = *mac;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        QVERIFY(!accepts(server, *node, own.publicKey(), time, flipped));
    }
    // A MAC under a low-order key would be anybody's.
    QVERIFY(!accepts(server, *node, PublicKey(), time, *mac));
}

void TestCrypto::proofHasItsTime()
{
    const PrivateKey own = PrivateKey::generate();
    const PrivateKey server = PrivateKey::generate();
    const auto node = NodeId::parse(randomUuid());
    const WallTime time{1704067200000};
    const auto mac = registrationMac(own, server.publicKey(), *node, own.publicKey(), time);
    const auto at = [&](Milliseconds offset) {
        return verifyRegistrationMac(server, *node, own.publicKey(), time, *mac, time + offset)
            .has_value();
    };
    QVERIFY(at(ProofTolerance));
    QVERIFY(at(-ProofTolerance));
    QVERIFY(!at(ProofTolerance + Milliseconds(1)));
    QVERIFY(!at(-ProofTolerance - Milliseconds(1)));
    const WallTime never{std::numeric_limits<std::int64_t>::min()};
    QVERIFY(!verifyRegistrationMac(server, *node, own.publicKey(), never, *mac, time));
}

void TestCrypto::turnVector()
{
    // The password made with another implementation (Python's hmac).
    const TurnCredentials credentials =
        makeTurnCredentials(SecretText("north wind"), WallTime{1704067200999}, "abc");
    QCOMPARE(credentials.username, std::string("1704070800:abc"));
    QCOMPARE(std::string(credentials.password.reveal()),
             std::string("1eCASg4dd3G8ZH+scp52cNBvI4s="));
    QCOMPARE(credentials.ttl.count(), std::int64_t{3600});
}

QTEST_GUILESS_MAIN(TestCrypto)
#include "primitives_test.moc"
