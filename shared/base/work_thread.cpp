// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/work_thread.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace higgs {

struct WorkThread::Shared
{
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Task> tasks;
    Task atEnd;
    bool finishing = false;
    bool left = false;
    bool ended = false;
};

WorkThread::WorkThread(Task atEnd) : m_shared(std::make_shared<Shared>())
{
    m_shared->atEnd = std::move(atEnd);
    std::thread([shared = m_shared] { run(shared); }).detach();
}

WorkThread::~WorkThread()
{
    const std::lock_guard lock(m_shared->mutex);
    m_shared->left = true;
    m_shared->changed.notify_all();
}

void WorkThread::post(Task task)
{
    const std::lock_guard lock(m_shared->mutex);
    m_shared->tasks.push_back(std::move(task));
    m_shared->changed.notify_all();
}

bool WorkThread::finish(Milliseconds patience)
{
    std::unique_lock lock(m_shared->mutex);
    m_shared->finishing = true;
    m_shared->changed.notify_all();
    return m_shared->changed.wait_for(lock, patience, [this] { return m_shared->ended; });
}

void WorkThread::run(const std::shared_ptr<Shared> &shared)
{
    std::unique_lock lock(shared->mutex);
    while (true) {
        shared->changed.wait(lock, [&shared] {
            return shared->left || shared->finishing || !shared->tasks.empty();
        });
        if (shared->left || shared->tasks.empty())
            break;
        Task task = std::move(shared->tasks.front());
        shared->tasks.pop_front();
        lock.unlock();
        task();
        task = {};
        lock.lock();
    }
    // Destroyed here, and without the lock: they may hold what belongs to this thread.
    std::deque<Task> dropped = std::move(shared->tasks);
    Task atEnd = std::move(shared->atEnd);
    lock.unlock();
    dropped.clear();
    if (atEnd)
        atEnd();
    atEnd = {};
    lock.lock();
    shared->ended = true;
    shared->changed.notify_all();
}

} // namespace higgs
