// SPDX-License-Identifier: GPL-3.0-or-later
// The turns of an epoll set: who asked for their end is called once, in order, however many they
// are, and the time that a turn took is known.
#include "shared/reactor/epoll_set.h"

#include <QTest>
#include <functional>
#include <memory>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

using namespace higgs;
using namespace std::chrono_literals;

namespace {

class Listener : public TurnEnd
{
public:
    void turnEnded() override
    {
        ++called;
        if (then)
            then();
    }
    int called = 0;
    std::function<void()> then;
};

/// A descriptor that is ready until it is read.
class Bell : public EpollSource
{
public:
    explicit Bell(EpollSet &set) : fd(eventfd(1, EFD_NONBLOCK))
    {
        (void)set.add(fd, EPOLLIN, *this);
    }
    void ready(std::uint32_t) override
    {
        std::uint64_t value = 0;
        if (::read(fd, &value, sizeof value) == sizeof value && rung)
            rung();
    }
    const int fd;
    std::function<void()> rung;
};

} // namespace

class EpollSetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void askingTwiceIsOnce()
    {
        EpollSet set;
        Listener listener;
        set.atTurnEnd(listener);
        set.atTurnEnd(listener);
        QTRY_COMPARE(listener.called, 1);
        QCoreApplication::processEvents();
        QCOMPARE(listener.called, 1);
        set.atTurnEnd(listener);
        QTRY_COMPARE(listener.called, 2);
    }

    void askingAtTheEndIsForTheNext()
    {
        EpollSet set;
        Listener listener;
        listener.then = [&] {
            if (listener.called < 3)
                set.atTurnEnd(listener);
        };
        set.atTurnEnd(listener);
        QTRY_COMPARE(listener.called, 3);
    }

    void theForgottenAreNotCalled()
    {
        EpollSet set;
        Listener last;
        auto gone = std::make_unique<Listener>();
        auto goesLater = std::make_unique<Listener>();
        Listener first;
        first.then = [&] {
            set.forget(*goesLater);
            goesLater.reset();
        };
        set.atTurnEnd(first);
        set.atTurnEnd(*gone);
        set.atTurnEnd(*goesLater);
        set.atTurnEnd(last);
        set.forget(*gone);
        gone.reset();
        QTRY_COMPARE(last.called, 1);
        QCOMPARE(first.called, 1);
        QVERIFY(!goesLater);
        set.forget(last); // of no list: nothing
    }

    /// All links of a server ask within one turn. By a search for each this were 10^11 comparisons.
    void manyAsk()
    {
        EpollSet set;
        std::vector<Listener> listeners(300'000);
        for (int round = 0; round < 2; ++round) {
            for (Listener &listener : listeners)
                set.atTurnEnd(listener);
        }
        for (std::size_t i = 0; i < listeners.size(); i += 2)
            set.forget(listeners[i]);
        QTRY_COMPARE(listeners.back().called, 1);
        QCOMPARE(listeners.front().called, 0);
    }

    void aTurnKnowsWhenItBegan()
    {
        EpollSet set;
        Bell bell(set);
        Listener end;
        Monotonic before;
        Monotonic idle;
        Monotonic atEnd;
        bell.rung = [&] {
            before = monotonicNow();
            std::this_thread::sleep_for(120ms); // work
            set.atTurnEnd(end);
        };
        end.then = [&] {
            atEnd = monotonicNow();
            idle = set.idleUntil(atEnd);
        };
        QTRY_COMPARE(end.called, 1);
        QVERIFY(idle <= before);
        QVERIFY(atEnd - before >= 120ms); // the control: the clock itself went on
        // Also of the turn after it: what became possible meanwhile waited for the same work.
        const Monotonic now = monotonicNow();
        QVERIFY(now - set.idleUntil(now) >= 120ms);
        // And of a later one no more.
        const auto discount = [&] {
            set.atTurnEnd(end);
            QCoreApplication::processEvents();
            const Monotonic later = monotonicNow();
            return later - set.idleUntil(later);
        };
        QTRY_VERIFY(discount() < 120ms);
        set.remove(bell.fd, bell);
        ::close(bell.fd);
    }
};

QTEST_GUILESS_MAIN(EpollSetTest)
#include "epoll_set_test.moc"
