// SPDX-License-Identifier: GPL-3.0-or-later
// A queue of calls from any thread to one, which is woken when there is something in it.
#pragma once

#include <deque>
#include <functional>
#include <mutex>

namespace higgs {

/// The receiver is woken for each call by itself, one wake-up at a time, so that the other events
/// of its thread have their turn, and so that a call may run an event loop of its own.
class LetterQueue
{
public:
    using Call = std::function<void()>;

    /// `wake` is called by whoever puts or takes, under the lock: it must only tell.
    explicit LetterQueue(std::function<void()> wake);

    /// Any thread. After close() the call is dropped.
    void put(Call call);

    // The receiver's thread.
    /// After a wake-up. Empty: nothing is left, or it was closed.
    Call take();
    /// Nothing is taken or told any more; what waits is dropped.
    void close();

private:
    void wakeOnce();

    std::mutex m_mutex;
    std::function<void()> m_wake;
    std::deque<Call> m_calls;
    bool m_woken = false;
    bool m_closed = false;
};

} // namespace higgs
