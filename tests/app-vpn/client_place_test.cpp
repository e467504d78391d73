// SPDX-License-Identifier: GPL-3.0-or-later
// What the client says of where it is while a STUN server answers, and when it does not.
#include "app-vpn/engine/client_place.h"
#include "shared/crypto/keys.h"
#include "shared/net/stun_responder.h"

#include <QTest>
#include <array>

using namespace higgs;
using namespace higgs::vpn;

namespace {

struct Bed
{
    explicit Bed(IpAddress::Family family)
    {
        server = std::make_unique<StunResponder>(epoll);
        if (!server->listen({IpAddress::loopback(family), 0}))
            server.reset();
        else
            asked = server->localEndpoint();
        QObject::connect(&place, &ClientPlace::changed, &place, [this, family] {
            const bool there = place.place().families.contains(family);
            if (std::exchange(known, there) && !there)
                lostAfter =
                    place.place().asked ? monotonicNow() - silentSince : Monotonic::duration{};
            const bool typed = place.place().nat != protocol::NatType::Unknown;
            if (std::exchange(typeKnown, typed) && !typed)
                typeLostAfter = monotonicNow() - silentSince;
        });
    }
    void silence()
    {
        server.reset();
        silentSince = monotonicNow();
        place.lookNow();
    }

    EpollSet epoll;
    std::unique_ptr<StunResponder> server;
    Endpoint asked;
    ClientPlace place{epoll, 0,
                      [this] { return std::vector{CheckedEndpoint::namedByPerson(asked)}; },
                      [](const Endpoint &) { return true; }};
    bool known = false;
    Monotonic silentSince{};
    std::optional<Monotonic::duration> lostAfter;
    bool typeKnown = false;
    std::optional<Monotonic::duration> typeLostAfter;
};

constexpr int Long = 40'000; // ms

} // namespace

class ClientPlaceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void aLookKeepsNothingAlive();
    void oneSilentRoundIsNone();
    void inAnotherNetworkOneIsEnough();
    void ipv4ItselfComesBack();
};

/// What the first request for a route tells is asked before there is a session.
void ClientPlaceTest::aLookKeepsNothingAlive()
{
    Bed bed(IpAddress::Family::V4);
    QVERIFY(bed.server);
    QVERIFY(!bed.place.isFinding());
    bed.place.look();
    QVERIFY(bed.place.isFinding());
    QTRY_VERIFY(!bed.place.isFinding() && bed.place.place().asked);
    QVERIFY(bed.place.place().nat == protocol::NatType::Firewalled);
    QVERIFY(bed.place.told().has_value());
    const auto answered = bed.server->answered();
    bed.place.lookNow(); // of what is kept alive
    QTest::qWait(100);
    QCOMPARE(bed.server->answered(), answered);
    bed.place.start(false);
    QTRY_VERIFY(bed.server->answered() > answered);
}

/// Three are: and the second and the third follow soon.
void ClientPlaceTest::oneSilentRoundIsNone()
{
    Bed bed(IpAddress::Family::V4);
    QVERIFY(bed.server);
    bed.place.start(false);
    QTRY_VERIFY(bed.known && bed.place.place().asked);
    const Milliseconds round =
        MuxBindingOptions{.server = CheckedEndpoint::namedByPerson(bed.asked)}.timeout;
    QTest::qWait(100); // nothing is under way any more
    bed.silence();
    QTRY_VERIFY_WITH_TIMEOUT(bed.lostAfter, Long);
    QVERIFY(*bed.lostAfter >= SilentRounds::Most * round);
    QVERIFY(*bed.lostAfter < (SilentRounds::Most + 2) * round);
    QTRY_VERIFY(bed.typeLostAfter); // and the router's type for as long
    QVERIFY(*bed.typeLostAfter >= SilentRounds::Most * round);
}

void ClientPlaceTest::inAnotherNetworkOneIsEnough()
{
    Bed bed(IpAddress::Family::V6);
    if (!bed.server)
        QSKIP("there is no such loopback address");
    bed.place.start(false);
    QTRY_VERIFY(bed.known && bed.place.place().asked);
    QTest::qWait(100);
    bed.server.reset();
    bed.silentSince = monotonicNow();
    bed.place.askAgain();
    QTRY_VERIFY_WITH_TIMEOUT(bed.lostAfter, Long);
    const Milliseconds round =
        MuxBindingOptions{.server = CheckedEndpoint::namedByPerson(bed.asked)}.timeout;
    QVERIFY(*bed.lostAfter < 2 * round);
}

/// In a network with a translation, which is taken once IPv4 was silent for a while.
void ClientPlaceTest::ipv4ItselfComesBack()
{
    Bed bed(IpAddress::Family::V4);
    QVERIFY(bed.server);
    const std::array asked{*IpAddress::parse("64:ff9b::192.0.0.170")};
    bed.place.setNat64(*Nat64Prefix::fromAnswer(asked));
    QVERIFY(!bed.place.place().speaks(IpAddress::Family::V4));
    bed.place.start(false);
    QTRY_VERIFY(bed.place.place().speaks(IpAddress::Family::V4));
    QVERIFY(bed.place.mapped()->address.isV4());
}

QTEST_GUILESS_MAIN(ClientPlaceTest)
#include "client_place_test.moc"
