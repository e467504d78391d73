// SPDX-License-Identifier: GPL-3.0-or-later
// A session that finds its place taken waits for it, but not for ever, and not after its end.
#include "app-node/engine/waiting_offers.h"

#include <QTest>

using namespace higgs;
using namespace higgs::node;

namespace {

constexpr Monotonic Start{std::chrono::hours(1)};

protocol::SessionConnect offer(unsigned number)
{
    const std::string digits = std::to_string(1'000 + number);
    protocol::SessionConnect session;
    session.sessionId = *SessionId::parse("00000000-0000-4000-8000-00000000" + digits);
    return session;
}

} // namespace

class WaitingOffersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatWaitsIsTakenOnceAndInOrder()
    {
        WaitingOffers offers;
        offers.add(Start, offer(1));
        offers.add(Start, offer(2));
        offers.add(Start, offer(1)); // said again
        const auto taken = offers.take(Start);
        QCOMPARE(taken.size(), std::size_t(2));
        QVERIFY(taken[0].sessionId == offer(2).sessionId);
        QVERIFY(taken[1].sessionId == offer(1).sessionId);
        QVERIFY(offers.take(Start).empty());
    }

    void whatHasEndedOrIsOldIsNotTaken()
    {
        WaitingOffers offers;
        offers.add(Start, offer(1));
        offers.add(Start, offer(2));
        offers.add(Start + WaitingOffers::Life, offer(3));
        offers.forget(offer(2).sessionId);
        const auto taken = offers.take(Start + WaitingOffers::Life);
        QCOMPARE(taken.size(), std::size_t(1));
        QVERIFY(taken[0].sessionId == offer(3).sessionId);
    }

    void thereIsAnEndToThem()
    {
        WaitingOffers offers;
        for (unsigned i = 0; i < 2 * WaitingOffers::Most; ++i)
            offers.add(Start, offer(i));
        const auto taken = offers.take(Start);
        QCOMPARE(taken.size(), WaitingOffers::Most);
        QVERIFY(taken.back().sessionId == offer(2 * WaitingOffers::Most - 1).sessionId);
    }
};

QTEST_GUILESS_MAIN(WaitingOffersTest)
#include "waiting_offers_test.moc"
