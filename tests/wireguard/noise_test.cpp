// SPDX-License-Identifier: GPL-3.0-or-later
// The handshake against one that another implementation has calculated (Python's cryptography and
// hashlib, straight from the paper's section 5.4), and against everything changed.
#include "shared/wireguard/cookies.h"
#include "shared/wireguard/noise.h"

#include <QTest>
#include <numeric>

using namespace higgs;
using namespace higgs::wireguard;

namespace {

Secret<32> counting(std::uint8_t first)
{
    std::array<std::uint8_t, 32> bytes{};
    std::iota(bytes.begin(), bytes.end(), first);
    return Secret<32>(bytes);
}

PeerKeys keysOf(const PrivateKey &own, const PublicKey &peer, std::uint8_t preshared)
{
    PeerKeys keys{peer, {}, counting(preshared)};
    if (auto shared = own.sharedSecret(peer))
        keys.staticStatic = std::move(*shared);
    return keys;
}

template <typename Message>
std::string unsignedHex(const Message &message)
{
    const auto bytes = encode(message);
    return toHex(ByteSpan(bytes).first(bytes.size() - MacsSize));
}

constexpr std::string_view FirstMessage =
    "01000000443322110233f006ef4bed144ea0a5bb46c7067c7c2acec5f8cc811f3df59fdcd5ac761434dd05f0106ffc"
    "2e5dd9e6a27a82d159a76a9e90dedf9d38243f20bbcb1fda73dd5948f8b2cfd8e88a2ecca488dbc7d0bd3ec9dc5918"
    "fee4c7af2f25b10cddb0ae037b67237fa18db7b9db9e";
constexpr std::string_view SecondMessage =
    "020000008877665544332211ff32c150195988671fcfd84fac64903190b70cad38eb2a730106a2069d5fde7b113fcb"
    "87818f2527faa49f22e4d69018";

const Tai64n Time{0x40, 0, 0, 0, 0x65, 0x53, 0xf1, 0x0a, 0x07, 0, 0, 0};

} // namespace

class TestNoise : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void handshakeVector();
    void macVector();
    void everyBitMatters();
    void presharedKeyMatters();
    void lowOrderKeysEndIt();

private:
    PrivateKey m_initiator{counting(1)};
    PrivateKey m_responder{counting(41)};
    PeerKeys m_ofResponder{keysOf(m_initiator, m_responder.publicKey(), 201)};
    PeerKeys m_ofInitiator{keysOf(m_responder, m_initiator.publicKey(), 201)};
};

void TestNoise::handshakeVector()
{
    PendingInitiation pending;
    const auto first = makeInitiation(m_initiator.publicKey(), m_ofResponder, Index(0x11223344),
                                      Time, counting(81), pending);
    QVERIFY(first);
    QCOMPARE(unsignedHex(*first), std::string(FirstMessage));

    auto received = readInitiator(m_responder, m_responder.publicKey(), *first);
    QVERIFY(received);
    QVERIFY(received->initiator == m_initiator.publicKey());
    QVERIFY(readTime(m_ofInitiator, *first, *received) == Time);
    SessionKeys theirs;
    const auto second =
        makeResponse(m_ofInitiator, *received, Index(0x55667788), counting(121), theirs);
    QVERIFY(second);
    QCOMPARE(unsignedHex(*second), std::string(SecondMessage));

    const auto ours = readResponse(m_initiator, m_ofResponder, pending, *second);
    QVERIFY(ours);
    QCOMPARE(toHex(ours->sending.bytes()),
             std::string("59774255ea09783d268dc902c1372878b6d5aca0f079bdbe8db3eb4419c2d14c"));
    QCOMPARE(toHex(ours->receiving.bytes()),
             std::string("5cad0af4a85fed0705e877280002cb45c8869f03ef62cae899e5e5157e69e460"));
    QVERIFY(ours->sending == theirs.receiving);
    QVERIFY(ours->receiving == theirs.sending);
}

void TestNoise::macVector()
{
    Bytes first = fromHex(FirstMessage).value_or(Bytes());
    first.resize(InitiationSize);
    CookieJar(m_responder.publicKey()).sign(BootTime{}, first);
    QCOMPARE(toHex(ByteSpan(first).last(32)),
             std::string("e675fe542241732d4586ce28ebed33ab00000000000000000000000000000000"));
    QVERIFY(CookieIssuer(m_responder.publicKey()).hasMac1(first));
    QVERIFY(!CookieIssuer(m_initiator.publicKey()).hasMac1(first));
    Bytes second = fromHex(SecondMessage).value_or(Bytes());
    second.resize(ResponseSize);
    CookieJar(m_initiator.publicKey()).sign(BootTime{}, second);
    QCOMPARE(toHex(ByteSpan(second).subspan(60, 16)),
             std::string("dafae64c176f9eb9a4f834fddc0f297a"));
}

void TestNoise::everyBitMatters()
{
    PendingInitiation pending;
    const auto first = makeInitiation(m_initiator.publicKey(), m_ofResponder, Index(1), Time,
                                      counting(81), pending);
    const auto encoded = encode(*first);
    // From the ephemeral key to the time. The sender's number is only the MAC's to protect, and
    // the top bit of a key is nobody's (RFC 7748 section 5), but in the hash.
    for (std::size_t bit = 8 * 8; bit < (InitiationSize - MacsSize) * 8; ++bit) {
        auto flipped = encoded;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        const auto message = decodeInitiation(flipped);
        auto received = readInitiator(m_responder, m_responder.publicKey(), *message);
        QVERIFY(!received || received->initiator != m_initiator.publicKey() ||
                !readTime(m_ofInitiator, *message, *received));
    }
    auto received = readInitiator(m_responder, m_responder.publicKey(), *first);
    QVERIFY(received && readTime(m_ofInitiator, *first, *received));
    SessionKeys keys;
    const auto second = makeResponse(m_ofInitiator, *received, Index(2), counting(121), keys);
    const auto answer = encode(*second);
    for (std::size_t bit = 12 * 8; bit < (ResponseSize - MacsSize) * 8; ++bit) {
        auto flipped = answer;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        QVERIFY(!readResponse(m_initiator, m_ofResponder, pending, *decodeResponse(flipped)));
    }
    QVERIFY(readResponse(m_initiator, m_ofResponder, pending, *second)); // it waits on
    // To another responder, it is noise.
    QVERIFY(!readInitiator(m_initiator, m_initiator.publicKey(), *first));
}

void TestNoise::presharedKeyMatters()
{
    PendingInitiation pending;
    const auto first = makeInitiation(m_initiator.publicKey(), m_ofResponder, Index(1), Time,
                                      counting(81), pending);
    auto received = readInitiator(m_responder, m_responder.publicKey(), *first);
    const PeerKeys other = keysOf(m_responder, m_initiator.publicKey(), 7);
    QVERIFY(readTime(other, *first, *received)); // enters in the response only
    SessionKeys keys;
    const auto second = makeResponse(other, *received, Index(2), counting(121), keys);
    QVERIFY(second);
    QVERIFY(!readResponse(m_initiator, m_ofResponder, pending, *second));
}

void TestNoise::lowOrderKeysEndIt()
{
    Initiation zero;
    QVERIFY(!readInitiator(m_responder, m_responder.publicKey(), zero));
    zero.ephemeral[0] = 1;
    QVERIFY(!readInitiator(m_responder, m_responder.publicKey(), zero));
    PendingInitiation pending;
    QVERIFY(!makeInitiation(m_initiator.publicKey(), {PublicKey(), {}, {}}, Index(1), Time,
                            counting(81), pending));
    QVERIFY(makeInitiation(m_initiator.publicKey(), m_ofResponder, Index(1), Time, counting(81),
                           pending));
    QVERIFY(!readResponse(m_initiator, m_ofResponder, pending, Response()));
}

QTEST_GUILESS_MAIN(TestNoise)
#include "noise_test.moc"
