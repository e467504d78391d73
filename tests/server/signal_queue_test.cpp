// SPDX-License-Identifier: GPL-3.0-or-later
// What a node has yet to be told: all sessions at its limit fit, and strangers' candidates give
// way.
#include "server/api/signal_queue.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;

namespace {

SessionId session(std::size_t number)
{
    const std::string digits = std::to_string(100'000 + number);
    return *SessionId::parse("00000000-0000-4000-8000-000000" + digits);
}

} // namespace

class SignalQueueTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void inOrder()
    {
        SignalQueue queue;
        QVERIFY(queue.connect(session(1)));
        QVERIFY(queue.text(session(1), "a"));
        QVERIFY(queue.disconnect(session(2)));
        QVERIFY(queue.connect(session(1))); // it waits already
        QVERIFY(queue.text(session(1), "b"));
        QCOMPARE(queue.size(), std::size_t(3));
        QVERIFY(queue.take()->kind == SignalItem::Kind::Connect);
        QCOMPARE(queue.take()->text, std::string("b"));
        QVERIFY(queue.take()->kind == SignalItem::Kind::Disconnect);
        QVERIFY(!queue.take());
        QVERIFY(queue.connect(session(1))); // anew
        QCOMPARE(queue.size(), std::size_t(1));
    }

    void allSessionsOfANodeFit()
    {
        SignalQueue queue;
        for (std::size_t i = 0; i < 10'000; ++i)
            QVERIFY(queue.connect(session(i)) && queue.disconnect(session(i)));
    }

    void isBounded()
    {
        SignalQueue queue;
        std::size_t count = 0;
        while (queue.disconnect(session(count)) && count < 1'000'000)
            ++count;
        QCOMPARE(count, SignalQueue::MaxItems);
        QVERIFY(!queue.connect(session(1)));
    }

    void candidatesGiveWay()
    {
        SignalQueue queue;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < 1000; ++i)
            kept += queue.text(session(i), "candidates") ? 1 : 0;
        QCOMPARE(kept, SignalQueue::MaxTexts);
        QVERIFY(queue.text(session(0), "later ones of the same")); // takes a place that there is
        QVERIFY(queue.connect(session(1)));
        QVERIFY(queue.disconnect(session(2))); // what matters still fits
        QVERIFY(queue.take());
        QVERIFY(queue.text(session(5000), "again"));
    }
};

QTEST_GUILESS_MAIN(SignalQueueTest)
#include "signal_queue_test.moc"
