// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/log_writer.h"

#include "shared/base/log.h"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace higgs::log {

namespace {

// Categories are few; somebody who makes many must not make this grow.
constexpr std::size_t MaxDroppedCategories = 16;
// How often the numbers of sampled events are looked at while nothing is written.
constexpr Milliseconds IdleTurn = Seconds(1);

} // namespace

// Shared with the thread, which may be stuck in write(2) when the program ends, and with threads
// that outlive main()'s objects.
struct LogWriter::State
{
    int descriptor = 2;
    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable idle;
    std::deque<std::string> lines;
    std::size_t bytes = 0;
    std::map<std::string, std::uint64_t, std::less<>> dropped;
    bool busy = false;
    bool stopping = false;
};

namespace {

std::mutex currentMutex;
std::atomic<std::uint64_t> allDropped{0};

std::shared_ptr<void> &currentSlot()
{
    // Never destroyed: threads that are left behind may still log.
    static auto *slot = new std::shared_ptr<void>;
    return *slot;
}

std::shared_ptr<void> current()
{
    const std::scoped_lock lock(currentMutex);
    return currentSlot();
}

/// One line to its end. A line that cannot be written is lost, the program goes on.
bool writeLine(int descriptor, std::string_view line)
{
    while (!line.empty()) {
        const ssize_t written = ::write(descriptor, line.data(), line.size());
        if (written > 0) {
            line.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // Another program has made the terminal or pipe non-blocking.
            pollfd ready{descriptor, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

std::string droppedText(const std::map<std::string, std::uint64_t, std::less<>> &dropped)
{
    std::string text;
    for (const auto &[category, count] : dropped)
        text += (text.empty() ? "" : ",") + category + ':' + std::to_string(count);
    return text;
}

} // namespace

LogWriter::LogWriter(int descriptor) : m_state(std::make_shared<State>())
{
    m_state->descriptor = descriptor;
    {
        const std::scoped_lock lock(currentMutex);
        currentSlot() = m_state;
    }
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([state = m_state] { run(state); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogWriter::~LogWriter()
{
    writeSampled(true);
    flush();
    {
        const std::scoped_lock lock(currentMutex);
        if (currentSlot() == m_state)
            currentSlot().reset();
    }
    const std::scoped_lock lock(m_state->mutex);
    m_state->stopping = true;
    m_state->wake.notify_all();
}

void LogWriter::run(const std::shared_ptr<State> &state)
{
    std::unique_lock lock(state->mutex);
    while (true) {
        state->wake.wait_for(lock, IdleTurn,
                             [&] { return state->stopping || !state->lines.empty(); });
        if (state->lines.empty() && state->stopping)
            return;
        if (state->lines.empty()) {
            lock.unlock();
            writeSampled(false);
            lock.lock();
            continue;
        }
        state->busy = true;
        const auto lost = std::move(state->dropped);
        state->dropped.clear();
        // One at a time, so that what is in hand is a line and not the whole backlog.
        const std::string line = std::move(state->lines.front());
        state->lines.pop_front();
        state->bytes -= line.size();
        lock.unlock();
        const bool written =
            (lost.empty() ||
             writeLine(state->descriptor, formatLine(Level::Warning, "log", "lines dropped",
                                                     {{"by", droppedText(lost)}}))) &&
            writeLine(state->descriptor, line);
        lock.lock();
        if (!written) {
            ++state->dropped["unwritable"];
            ++allDropped;
        }
        state->busy = false;
        if (state->lines.empty())
            state->idle.notify_all();
    }
}

bool queueLine(std::string &&line, std::string_view category)
{
    const auto state = std::static_pointer_cast<LogWriter::State>(current());
    if (!state)
        return false;
    const std::scoped_lock lock(state->mutex);
    if (state->bytes + line.size() > MaxLogBacklog) {
        ++allDropped;
        const bool room = state->dropped.size() < MaxDroppedCategories;
        const auto known = state->dropped.find(category);
        if (known != state->dropped.end())
            ++known->second;
        else
            ++state->dropped[room ? std::string(category) : std::string("other")];
        return true;
    }
    state->bytes += line.size();
    state->lines.push_back(std::move(line));
    state->wake.notify_one();
    return true;
}

std::uint64_t droppedLines()
{
    return allDropped;
}

void flush()
{
    const auto state = std::static_pointer_cast<LogWriter::State>(current());
    if (!state)
        return;
    std::unique_lock lock(state->mutex);
    state->idle.wait_for(lock, LogFlushTime, [&] { return state->lines.empty() && !state->busy; });
}

} // namespace higgs::log
