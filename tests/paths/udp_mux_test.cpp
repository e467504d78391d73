// SPDX-License-Identifier: GPL-3.0-or-later
// The one UDP socket, over loopback: everybody gets what is theirs, and nobody what is not; what
// strangers send is counted, costs a bounded amount, and is answered by nothing.
#include "shared/crypto/keys.h"
#include "shared/paths/udp_mux.h"
#include "tests/support/bounded_sink.h"
#include "tests/support/udp_peer.h"

#include <QCoreApplication>
#include <QTest>
#include <functional>

using namespace higgs;
using namespace higgs::test;
using namespace higgs::protocol;

namespace {

class Party final : public StunParty
{
public:
    void stunReceived(const StunMessage &message, ByteSpan datagram,
                      const MuxArrival &arrival) override
    {
        messages.push_back(message);
        sizes.push_back(datagram.size());
        arrivals.push_back(arrival);
        if (then)
            then();
    }
    std::vector<StunMessage> messages;
    std::vector<std::size_t> sizes;
    std::vector<MuxArrival> arrivals;
    std::function<void()> then;
};

/// How many datagrams came at once.
class Batches final : public DatagramSink
{
public:
    void take(std::span<const ByteSpan> datagrams) override { sizes.push_back(datagrams.size()); }
    std::vector<std::size_t> sizes;
};

StunTransactionId newId()
{
    StunTransactionId id{};
    fillRandom(id);
    return id;
}

Bytes answerTo(const StunTransactionId &transaction)
{
    StunMessage answer;
    answer.messageClass = StunClass::Success;
    answer.transaction = transaction;
    answer.xorMappedAddress = *Endpoint::parse("192.0.2.1:7");
    return encodeStun(answer, {.integrity = {}, .integritySha256 = {}, .fingerprint = true});
}

Bytes requestOf(const std::string &userName)
{
    StunMessage request;
    request.transaction = newId();
    request.username = userName;
    return encodeStun(request);
}

} // namespace

class UdpMuxTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<UdpMux> m_mux;

    /// All that was sent so far has been looked at.
    bool sawUnknown(std::uint64_t count) const
    {
        const MuxCounters counters = m_mux->counters();
        return counters.strangers + counters.malformed + counters.foreign + counters.overrun ==
               count;
    }
    int descriptor() const
    {
        for (int fd = 3; fd < 1024; ++fd) {
            sockaddr_storage storage{};
            socklen_t length = sizeof storage;
            auto *const address = reinterpret_cast<sockaddr *>(&storage);
            int type = 0;
            socklen_t size = sizeof type;
            if (::getsockname(fd, address, &length) == 0 &&
                ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM &&
                Endpoint::fromSockaddr(address).port == m_mux->port())
                return fd;
        }
        return -1;
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init()
    {
        m_epoll = std::make_unique<EpollSet>();
        auto mux = UdpMux::open(*m_epoll, {});
        QVERIFY(mux);
        m_mux = std::move(*mux);
        QVERIFY(m_mux->port() != 0);
    }
    void cleanup()
    {
        m_mux.reset();
        m_epoll.reset();
    }

    /// What a TURN server's peers send comes as indications, and by channels.
    void indicationsGoToWhomTheirServerIs()
    {
        const UdpPeer server;
        const UdpPeer other;
        Party party;
        QVERIFY(m_mux->attend(server.endpoint(), party));
        StunMessage indication;
        indication.messageClass = StunClass::Indication;
        indication.method = 0x007;
        indication.transaction = newId();
        const Bytes datagram = encodeStun(indication);
        other.send(m_mux->port(), datagram);
        QTRY_VERIFY(sawUnknown(1));
        server.send(m_mux->port(), datagram);
        QTRY_COMPARE(party.messages.size(), std::size_t(1));
        Party second;
        m_mux->stopAttending(server.endpoint(), second); // not the one that is there
        server.send(m_mux->port(), datagram);
        QTRY_COMPARE(party.messages.size(), std::size_t(2));
        m_mux->stopAttending(server.endpoint(), party);
        server.send(m_mux->port(), datagram);
        QTRY_VERIFY(sawUnknown(2));
        QCOMPARE(party.messages.size(), std::size_t(2));
    }

    void everyKindGoesToItsOwn()
    {
        const UdpPeer server;
        const UdpPeer other;
        const UdpPeer friendly;
        Party asked;
        Party served;
        BoundedSink sink(1000);
        const StunTransactionId id = newId();
        QVERIFY(m_mux->expect(id, server.endpoint(), asked));
        QVERIFY(m_mux->serve("them:us", served));
        QVERIFY(m_mux->receiveFrom(friendly.endpoint(), sink));

        server.send(m_mux->port(), answerTo(id));
        other.send(m_mux->port(), requestOf("them:us"));
        friendly.send(m_mux->port(), Bytes(100, 4));
        friendly.send(m_mux->port(), requestOf("them:us")); // a peer's probe is a probe
        QTRY_VERIFY(asked.messages.size() == 1 && served.messages.size() == 2 &&
                    sink.received.size() == 1);
        QVERIFY(asked.arrivals[0].from == server.endpoint());
        QVERIFY(asked.arrivals[0].to ==
                (Endpoint{IpAddress::loopback(IpAddress::Family::V4), m_mux->port()}));
        QVERIFY(asked.arrivals[0].hopLimit.has_value());
        QVERIFY(served.arrivals[0].from == other.endpoint());
        QVERIFY(sink.received[0] == Bytes(100, 4));
        QVERIFY(sawUnknown(0));
    }

    void aTrainMayBeMixed()
    {
        const UdpPeer peer;
        Party served;
        BoundedSink sink(1000);
        QVERIFY(m_mux->serve("name", served));
        QVERIFY(m_mux->receiveFrom(peer.endpoint(), sink));
        const Bytes probe = requestOf("name");
        const std::vector<Bytes> sent = {Bytes(probe.size(), 4), Bytes(probe.size(), 5), probe,
                                         Bytes(probe.size(), 6), probe};
        const std::vector<ByteSpan> spans(sent.begin(), sent.end());
        UdpDepartures departures;
        const Endpoint to{peer.endpoint().address, m_mux->port()};
        departures.send(peer.fd(), spans, &to);
        QTRY_VERIFY(served.messages.size() == 2 && sink.received.size() == 3);
        QVERIFY(sink.received == (std::vector<Bytes>{sent[0], sent[1], sent[3]}));
    }

    /// So that it can go on as a train: a network in between has no trains.
    void whatOneSendsGoesOnTogether()
    {
        const UdpPeer one;
        const UdpPeer other;
        Party served;
        Batches batches;
        Batches others;
        QVERIFY(m_mux->serve("name", served));
        QVERIFY(m_mux->receiveFrom(one.endpoint(), batches));
        QVERIFY(m_mux->receiveFrom(other.endpoint(), others));
        for (std::size_t i = 0; i < 10; ++i)
            one.send(m_mux->port(), Bytes(100 + i, 4));
        other.send(m_mux->port(), Bytes(100, 4));
        one.send(m_mux->port(), Bytes(100, 4));
        served.then = [&] { batches.sizes.push_back(0); };
        one.send(m_mux->port(), requestOf("name"));
        one.send(m_mux->port(), Bytes(100, 4));
        one.send(m_mux->port(), Bytes(100, 4));
        QTRY_COMPARE(served.messages.size(), 1U);
        QCOMPARE(batches.sizes, (std::vector<std::size_t>{10, 1, 0, 2}));
        QCOMPARE(others.sizes, (std::vector<std::size_t>{1}));
    }

    void bothFamiliesComeByOneSocket()
    {
        const UdpPeer v6(IpAddress::Family::V6);
        if (!m_mux->carries(IpAddress::Family::V6) || v6.endpoint().isNull())
            QSKIP("no IPv6 here");
        const UdpPeer v4;
        Party party;
        for (const UdpPeer *peer : {&v4, &v6}) {
            const StunTransactionId id = newId();
            QVERIFY(m_mux->expect(id, peer->endpoint(), party));
            const Bytes datagram(50, 9);
            QVERIFY(m_mux->send(peer->endpoint(), ByteSpan(datagram)));
            std::optional<Bytes> got;
            QTRY_VERIFY(got || (got = peer->take()));
            QVERIFY(*got == datagram);
            peer->send(m_mux->port(), answerTo(id));
        }
        QTRY_COMPARE(party.arrivals.size(), 2U);
        QVERIFY(party.arrivals[0].from == v4.endpoint());
        QVERIFY(party.arrivals[1].from == v6.endpoint());
        QVERIFY(party.arrivals[1].to.address == IpAddress::loopback(IpAddress::Family::V6));
        QVERIFY(party.arrivals[1].hopLimit.has_value());
    }

    void anAnswerOfSomebodyElseIsRefused()
    {
        const UdpPeer server;
        const UdpPeer foreign;
        Party party;
        const StunTransactionId id = newId();
        QVERIFY(m_mux->expect(id, server.endpoint(), party));
        foreign.send(m_mux->port(), answerTo(id));
        QTRY_COMPARE(m_mux->counters().foreign, 1U);
        QVERIFY(party.messages.empty());
        server.send(m_mux->port(), answerTo(id)); // still waited for
        QTRY_COMPARE(party.messages.size(), 1U);
        m_mux->forget(id);
        server.send(m_mux->port(), answerTo(id));
        QTRY_COMPARE(m_mux->counters().strangers, 1U);
        QCOMPARE(party.messages.size(), 1U);
    }

    void whatNobodyKnowsIsDroppedInSilence()
    {
        const UdpPeer stranger;
        Party party;
        QVERIFY(m_mux->serve("known", party));
        StunMessage indication;
        indication.messageClass = StunClass::Indication;
        const std::vector<Bytes> sent = {
            Bytes(100, 4),   Bytes(1, 0),           Bytes(),
            requestOf("no"), requestOf("known!"),   encodeStun(StunMessage{}),
            answerTo({}),    encodeStun(indication)};
        for (const Bytes &each : sent)
            stranger.send(m_mux->port(), each);
        QTRY_COMPARE(m_mux->counters().strangers, sent.size());
        QVERIFY(party.messages.empty());
        QVERIFY(!stranger.take());
    }

    void nothingButTheWholeAnswerIsOne()
    {
        const UdpPeer server;
        Party party;
        const StunTransactionId id = newId();
        QVERIFY(m_mux->expect(id, server.endpoint(), party));
        const Bytes answer = answerTo(id);
        std::uint64_t sent = 0;
        for (std::size_t size = 0; size < answer.size(); ++size) {
            server.send(m_mux->port(), ByteSpan(answer).first(size));
            ++sent;
            QTRY_VERIFY(sawUnknown(sent));
        }
        constexpr std::size_t Fingerprint = 8; // the last attribute; without its type it is none
        for (std::size_t bit = 0; bit < answer.size() * 8; ++bit) {
            const std::size_t fromEnd = answer.size() - bit / 8;
            if (fromEnd == Fingerprint || fromEnd == Fingerprint - 1)
                continue;
            Bytes spoiled = answer;
            spoiled[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
            server.send(m_mux->port(), spoiled);
            ++sent;
            QTRY_VERIFY2(sawUnknown(sent), qPrintable(QString::number(bit)));
        }
        QVERIFY(party.messages.empty());
        QVERIFY(m_mux->counters().malformed > 0);
        server.send(m_mux->port(), answer);
        QTRY_COMPARE(party.messages.size(), 1U);
    }

    void aFloodCostsNothingThatStays()
    {
        const UdpPeer stranger;
        const UdpPeer server;
        Party party;
        const StunTransactionId id = newId();
        QVERIFY(m_mux->expect(id, server.endpoint(), party));
        constexpr std::uint64_t Flood = 20'000;
        Bytes unknown = answerTo(newId());
        for (std::uint64_t i = 0; i < Flood; ++i) {
            unknown[8] = static_cast<std::uint8_t>(i & 0xFF);
            unknown[9] = static_cast<std::uint8_t>(i >> 8);
            stranger.send(m_mux->port(), unknown);
            if (i % 64 == 0)
                QCoreApplication::processEvents();
        }
        QTRY_VERIFY(sawUnknown(Flood));
        server.send(m_mux->port(), answerTo(id));
        QTRY_COMPARE(party.messages.size(), 1U);
        QVERIFY(!stranger.take());
    }

    void everyTableHasItsEnd()
    {
        const Endpoint far = *Endpoint::parse("192.0.2.1:3478");
        Party party;
        BoundedSink sink(1);
        StunTransactionId id{};
        for (std::size_t i = 0; i < UdpMux::MaxTransactions; ++i) {
            id[0] = static_cast<std::uint8_t>(i & 0xFF);
            id[1] = static_cast<std::uint8_t>(i >> 8);
            QVERIFY(m_mux->expect(id, far, party));
        }
        QVERIFY(m_mux->expect(id, far, party)); // known already
        QVERIFY(m_mux->expect(newId(), far, party).error().code == ErrorCode::TooLarge);
        m_mux->forget(id);
        QVERIFY(m_mux->expect(newId(), far, party));

        // No guest of a node that has as many as it may is without a straight way.
        QVERIFY(UdpMux::MaxServed >= protocol::MaxConnectionsLimit);
        QVERIFY(UdpMux::MaxPeers >= UdpMux::MaxServed);
        for (std::size_t i = 0; i < UdpMux::MaxServed; ++i)
            QVERIFY(m_mux->serve(std::to_string(i), party));
        QVERIFY(m_mux->serve("0", party).error().code == ErrorCode::AlreadyExists);
        QVERIFY(m_mux->serve("more", party).error().code == ErrorCode::TooLarge);

        for (std::uint16_t i = 0; i < UdpMux::MaxPeers; ++i)
            QVERIFY(m_mux->receiveFrom({far.address, i}, sink));
        QVERIFY(m_mux->receiveFrom({far.address, 0}, sink));
        QVERIFY(m_mux->receiveFrom({far.address, 65535}, sink).error().code == ErrorCode::TooLarge);
    }

    void aFullSinkStopsNobodyElse()
    {
        const UdpPeer full;
        const UdpPeer other;
        BoundedSink fullSink(MaxTrain);
        BoundedSink otherSink(1000);
        QVERIFY(m_mux->receiveFrom(full.endpoint(), fullSink));
        QVERIFY(m_mux->receiveFrom(other.endpoint(), otherSink));
        for (std::size_t i = 0; i < 2 * MaxTrain; ++i) {
            full.send(m_mux->port(), Bytes(100, 1));
            other.send(m_mux->port(), Bytes(100, 2));
        }
        QTRY_COMPARE(otherSink.received.size(), 2 * MaxTrain);
        QCOMPARE(fullSink.received.size(), 2 * MaxTrain); // it drops by itself
    }

    void aLaterEntryTakesThePlace()
    {
        const UdpPeer peer;
        BoundedSink before(1000);
        BoundedSink after(1000);
        QVERIFY(m_mux->receiveFrom(peer.endpoint(), before));
        QVERIFY(m_mux->receiveFrom(peer.endpoint(), after));
        m_mux->stopReceiving(peer.endpoint(), before); // too late to harm
        peer.send(m_mux->port(), Bytes(100, 1));
        QTRY_COMPARE(after.received.size(), 1U);
        m_mux->stopReceiving(peer.endpoint(), after);
        peer.send(m_mux->port(), Bytes(100, 1));
        QTRY_COMPARE(m_mux->counters().strangers, 1U);
        QVERIFY(before.received.empty());
    }

    /// Who writes somebody else's address on a request gets nothing of what that one sends.
    void askingTakesNothingThatIsProved()
    {
        const UdpPeer peer;
        BoundedSink owner(1000);
        BoundedSink thief(1000);
        QVERIFY(m_mux->receiveFrom(peer.endpoint(), thief, false));
        QVERIFY(m_mux->receiveFrom(peer.endpoint(), owner, true));
        const auto refused = m_mux->receiveFrom(peer.endpoint(), thief, false);
        QVERIFY(!refused && refused.error().code == ErrorCode::AlreadyExists);
        QCOMPARE(m_mux->counters().claimed, 1U);
        m_mux->stopReceiving(peer.endpoint(), thief);
        peer.send(m_mux->port(), Bytes(100, 1));
        QTRY_COMPARE(owner.received.size(), 1U);
        QVERIFY(thief.received.empty());
        // The next session of the same other end, when it has proved to be there.
        QVERIFY(m_mux->receiveFrom(peer.endpoint(), thief, true));
        peer.send(m_mux->port(), Bytes(100, 1));
        QTRY_COMPARE(thief.received.size(), 1U);
    }

    void ourOwnQuestionsHaveTheirPlaces()
    {
        const Endpoint far = *Endpoint::parse("192.0.2.1:3478");
        Party party;
        std::size_t probes = 0;
        while (m_mux->expectProbe(newId(), far, party))
            ++probes;
        QCOMPARE(probes, UdpMux::MaxProbes);
        for (std::size_t i = 0; i < UdpMux::MaxTransactions - UdpMux::MaxProbes; ++i)
            QVERIFY(m_mux->expect(newId(), far, party));
        QVERIFY(!m_mux->expect(newId(), far, party));
    }

    void batchesLeaveWhole()
    {
        const UdpPeer peer;
        std::vector<Bytes> sent;
        for (std::size_t i = 0; i < 100; ++i)
            sent.emplace_back(i < 70 ? 500 : 300 + i, static_cast<std::uint8_t>(i));
        const std::vector<ByteSpan> spans(sent.begin(), sent.end());
        m_mux->send(peer.endpoint(), spans);
        std::vector<Bytes> got;
        QTRY_VERIFY([&] {
            while (auto next = peer.take())
                got.push_back(std::move(*next));
            return got.size() == sent.size();
        }());
        QVERIFY(got == sent);
        QCOMPARE(m_mux->counters().unsent, 0U);
        QVERIFY(m_mux->room() >= MaxTrain);
    }

    void whereThereIsNoWayIsTold()
    {
        const Bytes datagram(100, 4);
        const ByteSpan one(datagram);
        const Endpoint nowhere{IpAddress::v4(0xffffffff), 9}; // no broadcasts, says the kernel
        const Result<void> sent = m_mux->send(nowhere, one);
        QVERIFY(!sent && sent.error().code == ErrorCode::Network);
        m_mux->send(nowhere, {&one, 1});
        QCOMPARE(m_mux->counters().unsent, 2U);
    }

    void aPartyMayEndTheMux()
    {
        const UdpPeer peer;
        Party served;
        served.then = [this] { m_mux.reset(); };
        QVERIFY(m_mux->serve("name", served));
        const std::uint16_t port = m_mux->port();
        for (int i = 0; i < 10; ++i)
            peer.send(port, requestOf("name"));
        QTRY_VERIFY(!m_mux);
        QCOMPARE(served.messages.size(), 1U);
    }

    void aPartyMayTakeOthersOut()
    {
        const UdpPeer peer;
        Party served;
        BoundedSink sink(1000);
        served.then = [&] { m_mux->stopReceiving(peer.endpoint(), sink); };
        QVERIFY(m_mux->serve("name", served));
        QVERIFY(m_mux->receiveFrom(peer.endpoint(), sink));
        const Bytes probe = requestOf("name");
        const std::vector<Bytes> sent = {Bytes(probe.size(), 4), probe, Bytes(probe.size(), 6)};
        const std::vector<ByteSpan> spans(sent.begin(), sent.end());
        UdpDepartures departures;
        const Endpoint to{peer.endpoint().address, m_mux->port()};
        departures.send(peer.fd(), spans, &to);
        QTRY_COMPARE(m_mux->counters().strangers, 1U);
        QCOMPARE(sink.received.size(), 1U);
    }

    void itIsMarkedBeforeItSends()
    {
        if (::geteuid() != 0)
            QSKIP("only root may mark");
        auto marked = UdpMux::open(*m_epoll, {.port = 0, .mark = 0x4711, .interfaceName = {}});
        QVERIFY(marked);
        m_mux = std::move(*marked);
        std::uint32_t mark = 0;
        socklen_t size = sizeof mark;
        QVERIFY(::getsockopt(descriptor(), SOL_SOCKET, SO_MARK, &mark, &size) == 0);
        QCOMPARE(mark, 0x4711U);
    }

    void aTakenPortIsTold()
    {
        const auto second =
            UdpMux::open(*m_epoll, {.port = m_mux->port(), .mark = {}, .interfaceName = {}});
        QVERIFY(!second && second.error().code == ErrorCode::AlreadyExists);
    }
};

QTEST_GUILESS_MAIN(UdpMuxTest)
#include "udp_mux_test.moc"
