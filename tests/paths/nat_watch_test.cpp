// SPDX-License-Identifier: GPL-3.0-or-later
// When the router is asked about again: not while nothing has changed, and at once when it has.
#include "shared/crypto/keys.h"
#include "shared/net/stun_responder.h"
#include "shared/paths/nat_watch.h"
#include "tests/support/udp_peer.h"

#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using protocol::NatType;

namespace {

const IpAddress Here = IpAddress::loopback(IpAddress::Family::V4);

struct Bed
{
    EpollSet epoll;
    StunResponder server{epoll};
    Result<std::unique_ptr<UdpMux>> mux = UdpMux::open(epoll, {});
    NatWatch watch{[](const Endpoint &second) { return std::optional(second); }};
    QSignalSpy changed{&watch, &NatWatch::changed};

    bool start() { return mux.has_value() && server.listen(Endpoint{Here, 0}); }
    void look() { watch.look({CheckedEndpoint::namedByPerson(server.localEndpoint())}); }
    /// Whether it asked is known by the server's answers, some moments later.
    std::uint64_t answersAfterALook()
    {
        look();
        QTest::qWait(20);
        return server.answered();
    }
};

} // namespace

class TestNatWatch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void withoutASocketNothingIsAsked();
    void whatIsKnownIsNotAskedAgain();
    void anotherMappingIs_data();
    void anotherMappingIs();
    void ipv6DoesNotSpeakForIpv4();
    void silenceTakesBackWhatWasKnown();
    void whoAnswersIsNotBlocked();
    void oneSilenceIsTheServers();
    void theMappingIsKnownFirst();
};

void TestNatWatch::withoutASocketNothingIsAsked()
{
    Bed bed;
    QVERIFY(bed.start());
    QCOMPARE(bed.answersAfterALook(), std::uint64_t{0});
    QVERIFY(bed.watch.type() == NatType::Unknown && !bed.watch.mapped());
}

void TestNatWatch::whatIsKnownIsNotAskedAgain()
{
    Bed bed;
    QVERIFY(bed.start());
    bed.watch.setMux(bed.mux->get());
    bed.look();
    QTRY_COMPARE(bed.changed.count(), 1);
    QVERIFY(bed.watch.type() == NatType::Firewalled); // which one address cannot tell from Open
    QVERIFY((bed.watch.mapped() == Endpoint{Here, (*bed.mux)->port()}));
    QCOMPARE(bed.answersAfterALook(), std::uint64_t{1});
    bed.watch.seen({*bed.watch.mapped(), 1, *bed.watch.mapped(), {}});
    QCOMPARE(bed.answersAfterALook(), std::uint64_t{1});
    bed.watch.setMux(nullptr);
    QVERIFY(bed.watch.type() == NatType::Unknown);
}

void TestNatWatch::anotherMappingIs_data()
{
    QTest::addColumn<bool>("network");
    QTest::newRow("mapping") << false;
    QTest::newRow("network") << true;
}

void TestNatWatch::anotherMappingIs()
{
    QFETCH(bool, network);
    Bed bed;
    QVERIFY(bed.start());
    bed.watch.setMux(bed.mux->get());
    bed.look();
    QTRY_COMPARE(bed.changed.count(), 1);
    if (network)
        bed.watch.networksChanged();
    else
        bed.watch.seen({*Endpoint::parse("203.0.113.9:9"), 1, *bed.watch.mapped(), {}});
    bed.look();
    QTRY_COMPARE(bed.server.answered(), std::uint64_t{2});
    QTRY_COMPARE(bed.answersAfterALook(), std::uint64_t{2}); // once
    QCOMPARE(bed.changed.count(), 1);                        // it is the same as before
}

/// What the server is told would be another type a moment later.
void TestNatWatch::ipv6DoesNotSpeakForIpv4()
{
    Bed bed;
    const test::UdpPeer silent;
    StunResponder other{bed.epoll};
    if (!other.listen({IpAddress::loopback(IpAddress::Family::V6), 0}))
        QSKIP("no IPv6 here");
    QVERIFY(bed.start());
    bed.watch.setMux(bed.mux->get());
    const auto six = CheckedEndpoint::namedByPerson(other.localEndpoint());
    bed.watch.look({CheckedEndpoint::namedByPerson(silent.endpoint()), six});
    QTRY_VERIFY(bed.watch.findings(IpAddress::Family::V6));
    QVERIFY(bed.watch.findings(IpAddress::Family::V6)->type() == NatType::Firewalled);
    QVERIFY(!bed.watch.findings(IpAddress::Family::V4));
    QVERIFY(bed.watch.type() == NatType::Unknown);
    QTRY_VERIFY_WITH_TIMEOUT(bed.watch.type() == NatType::Blocked, 10'000);
}

/// "Port restricted" beside "no UDP gets through" would be two truths.
void TestNatWatch::silenceTakesBackWhatWasKnown()
{
    Bed bed;
    QVERIFY(bed.start());
    bed.watch.setMux(bed.mux->get());
    bed.look();
    QTRY_COMPARE(bed.changed.count(), 1);
    bed.watch.silent(IpAddress::Family::V4);
    QCOMPARE(bed.changed.count(), 2);
    QVERIFY(bed.watch.type() == NatType::Unknown && !bed.watch.mapped());
    QVERIFY(bed.watch.report().empty());
    bed.watch.silent(IpAddress::Family::V4); // no news
    QCOMPARE(bed.changed.count(), 2);
    bed.look();
    QTRY_COMPARE(bed.changed.count(), 3);
    QVERIFY(bed.watch.type() == NatType::Firewalled && bed.watch.mapped());
}

void TestNatWatch::whoAnswersIsNotBlocked()
{
    Bed bed;
    const test::UdpPeer silent;
    QVERIFY(bed.mux);
    bed.watch.setMux(bed.mux->get());
    bed.watch.look({CheckedEndpoint::namedByPerson(silent.endpoint())});
    QTRY_VERIFY_WITH_TIMEOUT(bed.watch.type() == NatType::Blocked, 10'000);
    QVERIFY(!bed.watch.ownFirewall());
    bed.watch.silent(IpAddress::Family::V4); // as was known
    QVERIFY(bed.watch.type() == NatType::Blocked);
    bed.watch.seen({*Endpoint::parse("203.0.113.9:9"), 1, {}, {}});
    QVERIFY(bed.watch.type() == NatType::Unknown);
}

/// It may be started anew, in the very moment in which the router is asked about again.
void TestNatWatch::oneSilenceIsTheServers()
{
    Bed bed;
    const test::UdpPeer silent;
    QVERIFY(bed.start());
    bed.watch.setMux(bed.mux->get());
    bed.look();
    QTRY_COMPARE(bed.changed.count(), 1);
    bed.watch.seen({*Endpoint::parse("203.0.113.9:9"), 1, *bed.watch.mapped(), {}});
    const auto away = std::vector{CheckedEndpoint::namedByPerson(silent.endpoint())};
    bed.watch.look(away);
    const Monotonic until = monotonicNow() + Milliseconds(6'000); // five are silence
    QTRY_VERIFY_WITH_TIMEOUT(monotonicNow() >= until, 10'000);
    QVERIFY(bed.watch.type() == NatType::Firewalled && bed.watch.mapped());
    QCOMPARE(bed.changed.count(), 1);
    bed.watch.silent(IpAddress::Family::V4);
    QVERIFY(bed.watch.type() == NatType::Unknown);
    bed.watch.look(away);
    QTRY_VERIFY_WITH_TIMEOUT(bed.watch.type() == NatType::Blocked, 10'000);
}

/// By another socket, while the filter, which is slow to be found, is asked about by the mux.
void TestNatWatch::theMappingIsKnownFirst()
{
    Bed bed;
    QVERIFY(bed.mux);
    NatWatch watch([](const Endpoint &second) { return std::optional(second); }, {},
                   [&bed] {
                       auto mux = UdpMux::open(bed.epoll, {});
                       return mux ? std::move(*mux) : nullptr;
                   });
    QVERIFY(bed.start());
    QVERIFY(!watch.isFinding());
    watch.setMux(bed.mux->get());
    watch.look({CheckedEndpoint::namedByPerson(bed.server.localEndpoint())});
    QVERIFY(watch.isFinding() && watch.type() == NatType::Unknown);
    QTRY_VERIFY(!watch.isFinding());
    QVERIFY(watch.type() == NatType::Firewalled);
}

QTEST_GUILESS_MAIN(TestNatWatch)
#include "nat_watch_test.moc"
