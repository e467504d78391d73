// SPDX-License-Identifier: GPL-3.0-or-later
// What waits to be sent: bounded in bytes and in the time that a peer lets it wait, and in nothing
// that a peer can make grow by reading slowly.
#include "shared/net/frame_queue.h"

#include <QTest>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::WsOpcode;

class FrameQueueTest : public QObject
{
    Q_OBJECT

private:
    EpollSet m_epoll;
    NetBuffers &m_buffers = NetBuffers::of(m_epoll);
    const Monotonic m_start = Monotonic{} + 1h;

    void push(FrameQueue &queue, Milliseconds at, std::size_t size)
    {
        queue.push(m_start + at, {.opcode = WsOpcode::Binary}, Bytes(size, 7));
    }

private Q_SLOTS:
    /// A peer that never reads all of it, pinging on: what has left is given back.
    void sentControlIsGivenBack()
    {
        FrameQueue queue(m_buffers, MaxQueuedDatagramBytes, MaxQueuedDatagramAge);
        const Bytes payload(100, 1);
        std::uint64_t sent = 0;
        QVERIFY(queue.pushControl({.opcode = WsOpcode::Pong}, payload));
        while (sent < 100 * MaxQueuedControlBytes) {
            QVERIFY(queue.pushControl({.opcode = WsOpcode::Pong}, payload));
            const std::size_t count = queue.front(m_start).size() / 2;
            queue.pop(count);
            sent += count;
            QVERIFY(!queue.empty());
        }
        QVERIFY2(queue.controlCapacity() < 4096, std::to_string(queue.controlCapacity()).c_str());
    }

    void controlKeepsItsOrder()
    {
        FrameQueue queue(m_buffers, MaxQueuedDatagramBytes, MaxQueuedDatagramAge);
        Bytes expected;
        Bytes got;
        for (int i = 0; i < 1000; ++i) {
            const Bytes payload(static_cast<std::size_t>(i % 120), static_cast<std::uint8_t>(i));
            QVERIFY(queue.pushControl({.opcode = WsOpcode::Text}, payload));
            protocol::appendFrame(expected, {.opcode = WsOpcode::Text}, payload);
            const ByteSpan front = queue.front(m_start);
            const std::size_t count = i % 7 == 0 ? front.size() : front.size() / 3;
            got.insert(got.end(), front.begin(),
                       front.begin() + static_cast<std::ptrdiff_t>(count));
            queue.pop(count);
        }
        while (!queue.empty()) {
            const ByteSpan front = queue.front(m_start);
            got.insert(got.end(), front.begin(), front.end());
            queue.pop(front.size());
        }
        QVERIFY(got == expected);
    }

    void whatThePeerLeftWaitingIsDropped()
    {
        FrameQueue queue(m_buffers, MaxQueuedDatagramBytes, 100ms);
        push(queue, 0ms, 1000);
        push(queue, 50ms, 2000);
        QCOMPARE(queue.front(m_start + 101ms).size(), std::size_t(2004));
        QCOMPARE(queue.dropped(), std::uint64_t(1));
    }

    void behindABegunFrameAllIsDroppedToo()
    {
        FrameQueue queue(m_buffers, MaxQueuedDatagramBytes, 100ms);
        const std::size_t before = m_buffers.taken();
        push(queue, 0ms, 60000);
        push(queue, 20ms, 60000);
        push(queue, 40ms, 1000);
        QVERIFY(queue.front(m_start).size() < 60000);
        queue.pop(1000); // of one that has to end now
        queue.dropOld(m_start + 121ms);
        QCOMPARE(queue.dropped(), std::uint64_t(1));
        queue.dropOld(m_start + 200ms);
        QCOMPARE(queue.dropped(), std::uint64_t(2));
        QCOMPARE(queue.size(), std::size_t(60004 - 1000));
        push(queue, 200ms, 1000);
        queue.dropWaiting();
        QCOMPARE(queue.dropped(), std::uint64_t(3));
        QCOMPARE(queue.size(), std::size_t(60004 - 1000));
        push(queue, 200ms, 1000); // and all goes on behind it
        while (queue.size() > 1004)
            queue.pop(queue.front(m_start + 200ms).size());
        QCOMPARE(queue.front(m_start + 200ms).size(), std::size_t(1004));
        queue.clear();
        QCOMPARE(m_buffers.taken(), before);
    }

    /// The thread was at work for a second: the peer was not asked, so nothing is too old.
    void whatThisThreadLeftWaitingIsSent()
    {
        FrameQueue queue(m_buffers, MaxQueuedDatagramBytes, 100ms);
        push(queue, 0ms, 1000);
        push(queue, 1000ms, 2000);
        const Monotonic idleUntil = m_start - 1ms; // the turn began then
        QCOMPARE(queue.front(idleUntil).size(), std::size_t(1004));
        QCOMPARE(queue.dropped(), std::uint64_t(0));
    }
};

QTEST_GUILESS_MAIN(FrameQueueTest)
#include "frame_queue_test.moc"
