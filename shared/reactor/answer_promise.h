// SPDX-License-Identifier: GPL-3.0-or-later
// A promise of one answer, also of a type that can only be moved.
#pragma once

#include <QFuture>
#include <QFutureInterface>

namespace higgs {

/// Instead of QPromise, whose destructor in Qt 6.4 takes a future that was emptied by takeResult()
/// (what a continuation does with a move-only result) for an unfinished one, cancels it, and runs
/// the continuation a second time. Answered once; without an answer its death cancels the future.
template <typename T>
class AnswerPromise
{
public:
    AnswerPromise() { m_state.reportStarted(); }
    AnswerPromise(const AnswerPromise &) = delete;
    AnswerPromise &operator=(const AnswerPromise &) = delete;
    ~AnswerPromise()
    {
        if (m_answered)
            return;
        m_state.reportCanceled();
        m_state.reportFinished();
    }

    [[nodiscard]] QFuture<T> future() { return m_state.future(); }

    /// Continuations run before this returns.
    void answer(T value)
    {
        m_answered = true;
        m_state.reportResult(std::move(value));
        m_state.reportFinished();
    }

private:
    QFutureInterface<T> m_state;
    bool m_answered = false;
};

} // namespace higgs
