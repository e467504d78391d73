// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/letters.h"

#include <utility>

namespace higgs {

LetterQueue::LetterQueue(std::function<void()> wake) : m_wake(std::move(wake)) {}

void LetterQueue::wakeOnce()
{
    if (m_woken || m_closed || m_calls.empty())
        return;
    m_woken = true;
    m_wake();
}

void LetterQueue::put(Call call)
{
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return;
    m_calls.push_back(std::move(call));
    wakeOnce();
}

LetterQueue::Call LetterQueue::take()
{
    const std::lock_guard lock(m_mutex);
    m_woken = false;
    if (m_closed || m_calls.empty())
        return {};
    Call call = std::move(m_calls.front());
    m_calls.pop_front();
    wakeOnce();
    return call;
}

void LetterQueue::close()
{
    std::deque<Call> dropped; // destroyed without the lock: a call may hold an address of this
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    dropped.swap(m_calls);
}

} // namespace higgs
