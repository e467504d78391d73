// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody on the way can do who changes, repeats, reflects and floods, and who has no key:
// nothing but what a bad line does.
#include "tests/wireguard/scripted_link.h"

#include <QTest>

using namespace higgs;
using namespace higgs::wireguard;
using namespace higgs::test;

namespace {

const Endpoint Stranger{address("198.51.100.7"), 4242};

/// The last message of a kind that was seen on the line.
Bytes lastOf(const ScriptedLink &link, MessageType type)
{
    for (auto it = link.seen.rbegin(); it != link.seen.rend(); ++it) {
        if (messageType(*it) == type)
            return *it;
    }
    return {};
}

std::uint64_t refused(const Core &core)
{
    const CoreCounters &counters = core.counters();
    return counters.malformed + counters.badMac + counters.forged + counters.overload;
}

/// One of as many as there are.
Endpoint oneOfMany(std::uint32_t number)
{
    return {IpAddress::v4(0xc6120000U + number), 4242};
}

/// Anybody who knows the public key can make these: mac1 is right, and nothing else.
void load(ScriptedLink &link, ScriptedLink::End &end, bool fromOne = false)
{
    CookieJar jar(end.core.publicKey());
    const Entropy entropy = seededEntropy(99);
    for (std::uint32_t i = 0; i <= HandshakeGate::Calm; ++i) {
        Initiation junk;
        junk.sender = Index(i);
        entropy(junk.ephemeral);
        auto bytes = encode(junk);
        jar.sign(link.time, bytes);
        link.inject(end, Bytes(bytes.begin(), bytes.end()), fromOne ? Stranger : oneOfMany(i));
    }
}

} // namespace

class TestHostile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void changedMessages();
    void repeatedInitiation();
    void repeatedResponse();
    void repeatedPackets();
    void reflectedMessages();
    void cookiesUnderLoad();
    void cookieIsForOneAddress();
    void strangersCookieIsNotTaken();
    void floodWithCookiesIsBounded();
    void onePeerFloods();
    void oneAddressFloods();
    void anyBytes();
};

void TestHostile::changedMessages()
{
    ScriptedLink link(1);
    link.join();
    link.send(link.a, 1, 20);
    link.run(Milliseconds(100));
    const Bytes packet = [&] {
        link.send(link.a, 2, 20);
        return link.seen.back();
    }();
    // A whole core for each bit would be slow; the packet is genuine still, and none of them is.
    for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
        Bytes flipped = packet;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        const std::uint64_t before = refused(link.b.core);
        link.inject(link.b, flipped, Stranger);
        QCOMPARE(refused(link.b.core), before + 1);
    }
    for (std::size_t size = 0; size < packet.size(); ++size) {
        const std::uint64_t before = refused(link.b.core);
        link.inject(link.b, Bytes(packet.begin(), packet.begin() + static_cast<long>(size)),
                    Stranger);
        QCOMPARE(refused(link.b.core), before + 1);
    }
    QVERIFY(link.b.core.status(link.b.peer)->endpoint == link.a.at);
    link.run(Milliseconds(100));
    QVERIFY((link.b.received == std::vector<std::uint32_t>{1, 2}));

    for (const MessageType type : {MessageType::Initiation, MessageType::Response}) {
        const Bytes message = lastOf(link, type);
        for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
            Bytes flipped = message;
            flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
            link.inject(link.a, flipped, Stranger);
            link.inject(link.b, flipped, Stranger);
        }
    }
    QVERIFY(link.bothHaveSessions());
    link.run(Seconds(2));
    link.send(link.a, 3);
    link.send(link.b, 4);
    link.run(Milliseconds(100));
    QCOMPARE(link.b.received.back(), 3U);
    QCOMPARE(link.a.received.back(), 4U);
}

void TestHostile::repeatedInitiation()
{
    ScriptedLink link(2);
    link.begin(1);
    const Bytes initiation = lastOf(link, MessageType::Initiation);
    link.run(Seconds(20));
    const int answered = link.b.sent[MessageType::Response];
    for (int i = 0; i < 10; ++i)
        link.inject(link.b, initiation, Stranger);
    QCOMPARE(link.b.sent[MessageType::Response], answered);
    QVERIFY(link.b.core.status(link.b.peer)->endpoint == link.a.at);
}

void TestHostile::repeatedResponse()
{
    ScriptedLink link(3);
    link.begin(1);
    const Bytes response = lastOf(link, MessageType::Response);
    const auto before = link.a.core.status(link.a.peer)->lastHandshake;
    link.run(Seconds(5));
    for (int i = 0; i < 10; ++i)
        link.inject(link.a, response, Stranger);
    QVERIFY(link.a.core.status(link.a.peer)->lastHandshake == before);
    link.send(link.a, 2);
    link.run(Milliseconds(100));
    QCOMPARE(link.b.received.back(), 2U);
}

void TestHostile::repeatedPackets()
{
    ScriptedLink link(4);
    link.begin(0);
    link.link.loss = 1; // they are given by hand
    std::vector<Bytes> packets;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        link.send(link.a, i);
        packets.push_back(link.seen.back());
    }
    link.b.received.clear();
    const auto give = [&](std::size_t index) {
        const std::size_t before = link.b.received.size();
        link.inject(link.b, packets[index], link.a.at);
        return link.b.received.size() > before;
    };
    const std::size_t last = packets.size() - 1;
    QVERIFY(give(last));
    QVERIFY(!give(last));
    QVERIFY(give(last - ReplayWindow::Size + 1)); // the oldest that the window has
    QVERIFY(!give(last - ReplayWindow::Size));
    QVERIFY(!give(0));
    for (std::size_t back = 1; back < ReplayWindow::Size - 1; ++back)
        QVERIFY(give(last - back)); // the other way round
    for (std::size_t back = 0; back < ReplayWindow::Size; ++back)
        QVERIFY(!give(last - back));
}

void TestHostile::reflectedMessages()
{
    ScriptedLink link(5);
    link.begin(1);
    link.send(link.b, 2);
    link.run(Milliseconds(100));
    const std::vector<Bytes> all = link.seen;
    const auto received = link.a.received.size() + link.b.received.size();
    for (const Bytes &message : all) {
        link.inject(link.a, message, link.b.at);
        link.inject(link.b, message, link.a.at);
    }
    QCOMPARE(link.a.received.size() + link.b.received.size(), received);
    QCOMPARE(link.b.sent[MessageType::Response], 1);
}

void TestHostile::cookiesUnderLoad()
{
    ScriptedLink link(6);
    link.join();
    load(link, link.b);
    QVERIFY(link.b.core.counters().cookieReplies > 0);
    const std::uint64_t replies = link.b.core.counters().cookieReplies;
    link.send(link.a, 1);
    link.run(Milliseconds(500));
    QVERIFY(!link.bothHaveSessions()); // it got a cookie
    QCOMPARE(link.b.core.counters().cookieReplies, replies + 1);
    // The load goes on when a comes again, with its cookie.
    while (link.a.sent[MessageType::Initiation] < 2) {
        load(link, link.b);
        link.run(Milliseconds(100));
    }
    link.run(Milliseconds(100));
    QVERIFY(link.bothHaveSessions());
    QVERIFY((link.b.received == std::vector<std::uint32_t>{1}));
    QVERIFY(link.b.core.counters().cookieReplies > replies + 1);
}

void TestHostile::cookieIsForOneAddress()
{
    CookieIssuer issuer(seededKey(1).publicKey());
    CookieJar jar(seededKey(1).publicKey());
    const Entropy entropy = seededEntropy(3);
    const BootTime now{1000};
    const Endpoint place{address("2001:db8::1"), 51820};
    Bytes message(InitiationSize, 1);
    jar.sign(now, message);
    QVERIFY(issuer.hasMac1(message));
    QVERIFY(!issuer.hasMac2(now, message, place));
    const CookieReply reply = issuer.reply(now, message, Index(1), place, entropy);
    CookieReply changed = reply;
    changed.sealedCookie[3] ^= 1U;
    QVERIFY(!jar.take(now, changed));
    QVERIFY(jar.take(now, reply));
    QVERIFY(!jar.take(now, reply)); // once for each message
    jar.sign(now, message);
    QVERIFY(issuer.hasMac1(message));
    QVERIFY(issuer.hasMac2(now, message, place));
    QVERIFY(!issuer.hasMac2(now, message, {place.address, 51821}));
    QVERIFY(!issuer.hasMac2(now, message, {address("2001:db8::2"), 51820}));
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
        Bytes flipped = message;
        flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
        QVERIFY(!issuer.hasMac1(flipped) || !issuer.hasMac2(now, flipped, place));
    }
    // The secret's two minutes, and what the holder makes of them
    QVERIFY(issuer.hasMac2(now + CookieSecretLife - Milliseconds(1), message, place));
    QVERIFY(!issuer.hasMac2(now + CookieSecretLife, message, place));
    jar.sign(now + CookieSecretLife - CookieLatency, message);
    QVERIFY(equalConstantTime(ByteSpan(message).last(16), Bytes(16)));
}

void TestHostile::strangersCookieIsNotTaken()
{
    ScriptedLink link(7, {.loss = 1});
    link.join();
    link.send(link.a, 1);
    const auto initiation = decodeInitiation(lastOf(link, MessageType::Initiation));
    CookieReply reply;
    reply.receiver = initiation->sender;
    seededEntropy(4)(reply.nonce);
    const auto bytes = encode(reply);
    const std::uint64_t before = link.a.core.counters().forged;
    link.inject(link.a, Bytes(bytes.begin(), bytes.end()), Stranger);
    QCOMPARE(link.a.core.counters().forged, before + 1);
    link.run(Seconds(6));
    const auto again = decodeInitiation(lastOf(link, MessageType::Initiation));
    QVERIFY(again->mac2 == Blake2sMac{});
}

void TestHostile::floodWithCookiesIsBounded()
{
    ScriptedLink link(8);
    link.join();
    load(link, link.b);
    // A stranger who answers with its cookie, as fast as it can: junk in correct covers.
    CookieJar jar(link.b.core.publicKey());
    Initiation junk;
    auto bytes = encode(junk);
    jar.sign(link.time, bytes);
    const std::array<MutableByteSpan, 1> in{MutableByteSpan(bytes)};
    std::array<IncomingPacket, 1> out{};
    link.b.core.receive(link.now(), Stranger, in, out);
    const auto reply = link.b.core.nextTransmission();
    QVERIFY(reply && jar.take(link.time, *decodeCookieReply(reply->datagram)));
    jar.sign(link.time, bytes);
    const std::uint64_t calculated = link.b.core.counters().forged;
    for (int i = 0; i < 1000; ++i)
        link.b.core.receive(link.now(), Stranger, in, out);
    QCOMPARE(link.b.core.counters().forged - calculated,
             std::uint64_t(HandshakeGate::AddressBurst));
    QVERIFY(!link.b.core.nextTransmission());
}

void TestHostile::onePeerFloods()
{
    // Valid initiations of one peer, each later than the one before: one each 20 ms is answered.
    ScriptedLink link(9);
    link.join();
    PeerKeys keys{link.b.core.publicKey(), {}, {}};
    const PrivateKey own = seededKey(9 * 2 + 1);
    QVERIFY(own.publicKey() == link.a.core.publicKey());
    keys.staticStatic = std::move(*own.sharedSecret(keys.publicKey));
    CookieJar jar(keys.publicKey);
    Tai64n time = tai64n(link.now().wall);
    const int before = link.b.sent[MessageType::Response];
    for (int i = 0; i < 100; ++i) {
        Secret<32> ephemeral;
        seededEntropy(static_cast<std::uint64_t>(i))(ephemeral.mutableBytes());
        PendingInitiation pending;
        time = tai64n(link.now().wall, time);
        const auto message =
            makeInitiation(own.publicKey(), keys, Index(7), time, std::move(ephemeral), pending);
        auto bytes = encode(*message);
        jar.sign(link.time, bytes);
        link.inject(link.b, Bytes(bytes.begin(), bytes.end()),
                    oneOfMany(static_cast<std::uint32_t>(i)));
        link.time = link.time + Milliseconds(1);
    }
    QCOMPARE(link.b.sent[MessageType::Response] - before, 5);
}

/// As one guest of many does, whose path is an address of its own: the others need no cookie, which
/// would cost each of them five seconds.
void TestHostile::oneAddressFloods()
{
    ScriptedLink link(11);
    link.join();
    const std::uint64_t calculated = link.b.core.counters().forged;
    for (int i = 0; i < 20; ++i)
        load(link, link.b, true);
    QCOMPARE(link.b.core.counters().forged - calculated, std::uint64_t(HandshakeGate::CalmBurst));
    const std::uint64_t replies = link.b.core.counters().cookieReplies;
    QVERIFY(replies > 0);
    link.send(link.a, 1);
    link.run(Milliseconds(100));
    QVERIFY(link.bothHaveSessions());
    QVERIFY((link.b.received == std::vector<std::uint32_t>{1}));
    QCOMPARE(link.b.core.counters().cookieReplies, replies);
}

void TestHostile::anyBytes()
{
    ScriptedLink link(10);
    link.begin(1);
    std::mt19937_64 random(10);
    for (int i = 0; i < 20'000; ++i) {
        Bytes bytes(random() % 200);
        for (std::uint8_t &byte : bytes)
            byte = static_cast<std::uint8_t>(random());
        if (!bytes.empty())
            bytes[0] = static_cast<std::uint8_t>(random() % 6);
        for (std::size_t at = 1; at < std::min<std::size_t>(4, bytes.size()); ++at)
            bytes[at] = 0;
        link.inject(i % 2 == 0 ? link.a : link.b, std::move(bytes), Stranger);
    }
    link.send(link.a, 2);
    link.run(Milliseconds(100));
    QVERIFY((link.b.received == std::vector<std::uint32_t>{1, 2}));
}

QTEST_GUILESS_MAIN(TestHostile)
#include "hostile_test.moc"
