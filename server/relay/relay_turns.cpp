// SPDX-License-Identifier: GPL-3.0-or-later
// Who works in which turn of a relay thread: a site's reads have their part of it, and texts, which
// are dear, theirs.
#include "server/relay/relay_thread.h"

#include <algorithm>
#include <utility>

namespace higgs::relay {

namespace {

// Texts of all legs in one turn, as TextBudget counts: half a millisecond, or the largest one.
constexpr std::size_t WorkPerTurn = 64 * 1024;
// Legs that go on in one turn; each brings up to 64 KB that it had to leave.
constexpr std::size_t WokenPerTurn = 8;

} // namespace

// --- Reads ---------------------------------------------------------------------------------------

bool RelayThread::mayRead(RelayLeg &leg)
{
    if (std::exchange(leg.isItsTurn, false))
        return true;
    if (leg.waitsToRead)
        return false;
    if (m_readTurns.mayRead(&leg, leg.site, m_epoll->turn()))
        return true;
    leg.waitsToRead = true;
    if (!m_wake->isActive() || m_wake->remainingTime() > 0)
        m_wake->start(0);
    return false;
}

void RelayThread::hasRead(RelayLeg &leg, std::size_t bytes, std::uint64_t frames)
{
    // Reading makes answers: pongs, and those to closes.
    countWaiting(leg, leg.stream().waitingBytes());
    m_readTurns.worked(leg.site, m_epoll->turn(), ReadTurns::costOf(bytes, frames));
}

void RelayThread::wakeReaders()
{
    for (RelayLeg *const leg : m_readTurns.wake()) {
        leg->waitsToRead = false;
        leg->isItsTurn = true;
        leg->stream().readOn();
    }
}

void RelayThread::forgetTurns(RelayLeg &leg)
{
    if (leg.waitsToRead)
        m_readTurns.remove(&leg, leg.site);
    if (leg.waits)
        std::erase_if(m_waiting, [&leg](const Waiting &each) { return each.leg == &leg; });
}

// --- Texts ---------------------------------------------------------------------------------------

void RelayThread::beforeWork(RelayLeg &leg)
{
    const Monotonic at = monotonicNow();
    const bool hasLeft = leg.texts.hasLeft(at);
    if (leg.waits || (hasLeft && m_worked < WorkPerTurn))
        return;
    leg.stream().pauseReading();
    leg.waits = true;
    const Milliseconds wait = hasLeft ? Milliseconds(0) : leg.texts.wait();
    m_waiting.push_back({&leg, at + wait});
    if (!m_wake->isActive() || m_wake->remainingTimeAsDuration() > wait)
        m_wake->start(wait);
}

void RelayThread::worked(RelayLeg &leg, std::size_t bytes)
{
    leg.texts.take(bytes);
    m_worked += TextBudget::costOf(bytes);
    // Also without anybody who waits: the next turn begins with nothing done.
    if (!m_wake->isActive())
        m_wake->start(0);
}

/// A turn of the event loop has passed: everything else had its share.
void RelayThread::wakeWaiting()
{
    m_worked = 0;
    wakeReaders();
    const Monotonic at = monotonicNow();
    std::optional<Monotonic> next;
    std::size_t woken = 0;
    for (std::size_t left = m_waiting.size(); left > 0; --left) {
        const Waiting first = m_waiting.front();
        m_waiting.pop_front();
        if (first.until <= at && woken < WokenPerTurn) {
            ++woken;
            first.leg->waits = false;
            first.leg->stream().resumeReading();
            continue;
        }
        m_waiting.push_back(first);
        next = std::min(next.value_or(first.until), first.until);
    }
    if (m_readTurns.isAnyoneWaiting())
        m_wake->start(0);
    else if (next)
        m_wake->start(std::max(Milliseconds(0), std::chrono::ceil<Milliseconds>(*next - at)));
}

} // namespace higgs::relay
