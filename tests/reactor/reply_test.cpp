// SPDX-License-Identifier: GPL-3.0-or-later
// Reply, Postbox and WorkThread: an answer of another thread is delivered once and at home, however
// soon it comes, and to nobody once the asker has gone.
#include "shared/base/work_thread.h"
#include "shared/reactor/postbox.h"
#include "shared/reactor/reply.h"

#include <QTest>
#include <QThread>
#include <atomic>
#include <thread>

using namespace higgs;

namespace {

// Qt 6.4's futures ran a continuation twice once in a few hundred thousand.
constexpr int ManyAnswers = 1'000'000;

/// Asks a thread and hands its answer on, as the storage does.
class Oracle
{
public:
    void ask(int question, Reply<int> reply)
    {
        m_thread.post([this, question, reply = std::make_shared<Reply<int>>(std::move(reply)),
                       box = m_box.address()]() mutable {
            // The reply goes home with the letter: nothing of it is touched here.
            box.post([question, reply = std::move(reply)] { (*reply)(question + 1); });
        });
    }

private:
    Postbox m_box;
    WorkThread m_thread{{}};
};

} // namespace

class ReplyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersThatComeAtOnceComeOnce()
    {
        Oracle oracle;
        int answered = 0;
        std::int64_t sum = 0;
        QThread *const home = QThread::currentThread();
        bool away = false;
        for (int i = 0; i < ManyAnswers; ++i) {
            oracle.ask(i, {this, [&, i](int answer) {
                               ++answered;
                               sum += answer - i;
                               away = away || QThread::currentThread() != home;
                           }});
            if (i % 64 == 0)
                QCoreApplication::processEvents();
        }
        QTRY_COMPARE_WITH_TIMEOUT(answered, ManyAnswers, 120000);
        QCOMPARE(sum, std::int64_t(ManyAnswers));
        QVERIFY(!away);
        // A second answer to any of them would come now.
        QCoreApplication::processEvents();
        QCOMPARE(answered, ManyAnswers);
    }

    void nobodyIsToldWhoHasGone()
    {
        int told = 0;
        Reply<int> reply;
        {
            QObject asker;
            reply = Reply<int>(&asker, [&told](int) { ++told; });
            reply(1);
            QCOMPARE(told, 1); // a control: while it lives it is told
            reply.later(2);
        }
        reply(3);
        QCoreApplication::processEvents();
        QCOMPARE(told, 1);
        QVERIFY(reply.context() == nullptr);
        Reply<int>()(4);
    }

    void whatIsKnownAtOnceComesLater()
    {
        int told = 0;
        const Reply<int> reply(this, [&told](int value) { told = value; });
        reply.later(7);
        QCOMPARE(told, 0);
        QCoreApplication::processEvents();
        QCOMPARE(told, 7);
    }

    void aCallbackMayHoldWhatOnlyMoves()
    {
        int told = 0;
        Reply<int> reply(this, [own = std::make_unique<int>(5), &told](int) { told = *own; });
        const Reply<int> copy = reply;
        copy(0);
        QCOMPARE(told, 5);
    }

    void lettersToABoxThatHasGoneAreDropped()
    {
        auto box = std::make_unique<Postbox>();
        const Postbox::Address address = box->address();
        int run = 0;
        address.post([&run] { ++run; });
        QCoreApplication::processEvents();
        QCOMPARE(run, 1);
        address.post([&run] { ++run; });
        box.reset();
        address.post([&run] { ++run; });
        QCoreApplication::processEvents();
        QCOMPARE(run, 1);
    }

    void aBoxMayGoWhileOthersPost()
    {
        for (int i = 0; i < 200; ++i) {
            auto box = std::make_unique<Postbox>();
            std::thread other([address = box->address()] {
                for (int k = 0; k < 100; ++k)
                    address.post([] {});
            });
            QCoreApplication::processEvents();
            box.reset();
            other.join();
        }
        QCoreApplication::processEvents(); // into a box that has gone: AddressSanitizer would see
                                           // it
    }

    void aLetterMayRunALoopOfItsOwn()
    {
        Postbox box;
        bool second = false;
        bool seen = false;
        box.address().post([&] { seen = QTest::qWaitFor([&] { return second; }, 20000); });
        box.address().post([&] { second = true; });
        QTRY_VERIFY_WITH_TIMEOUT(second, 20000);
        QTRY_VERIFY_WITH_TIMEOUT(seen, 20000);
    }

    void aThreadThatHangsIsLeftBehind()
    {
        struct Gate
        {
            std::atomic<bool> open = false, begun = false, second = false, ended = false;
        };
        auto gate = std::make_shared<Gate>();
        {
            WorkThread thread([gate] { gate->ended = true; });
            thread.post([gate] {
                gate->begun = true;
                gate->begun.notify_all();
                gate->open.wait(false);
            });
            thread.post([gate] { gate->second = true; });
            gate->begun.wait(false);
            QVERIFY(!thread.finish(Milliseconds(1)));
        }
        gate->open = true;
        gate->open.notify_all();
        QTRY_VERIFY_WITH_TIMEOUT(gate->ended.load(), 20000);
        QVERIFY(!gate->second); // what was left is not done any more
        auto done = std::make_shared<std::atomic<int>>(0);
        WorkThread willing([done] { ++*done; });
        willing.post([done] { ++*done; });
        QVERIFY(willing.finish(Seconds(60)));
        QCOMPARE(done->load(), 2); // a control: what is waited for is done
    }
};

QTEST_GUILESS_MAIN(ReplyTest)
#include "reply_test.moc"
