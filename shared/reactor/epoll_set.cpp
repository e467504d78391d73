// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/reactor/epoll_set.h"

#include <QSocketNotifier>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace higgs {

namespace {

// Ready descriptors per turn: enough to batch, small enough that timers are not starved.
constexpr std::size_t MaxReadyPerTurn = 256;
// The two ends of one busy session and a timer's worth of others.
constexpr std::size_t FewReady = 4;

epoll_event eventFor(std::uint32_t events, EpollSource &source)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = &source;
    return event;
}

} // namespace

EpollSet::EpollSet(QObject *parent)
    : QObject(parent), m_epoll(epoll_create1(EPOLL_CLOEXEC)), m_ready(MaxReadyPerTurn)
{
    m_notifier = new QSocketNotifier(m_epoll, QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &EpollSet::dispatch);
}

EpollSet::~EpollSet()
{
    m_notifier->setEnabled(false);
    ::close(m_epoll);
}

Result<void> EpollSet::add(int fd, std::uint32_t events, EpollSource &source)
{
    epoll_event event = eventFor(events, source);
    if (epoll_ctl(m_epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        return unexpected(ErrorCode::System, std::string("epoll_ctl: ") + std::strerror(errno));
    return {};
}

void EpollSet::modify(int fd, std::uint32_t events, EpollSource &source)
{
    epoll_event event = eventFor(events, source);
    epoll_ctl(m_epoll, EPOLL_CTL_MOD, fd, &event);
}

void EpollSet::remove(int fd, EpollSource &source)
{
    epoll_ctl(m_epoll, EPOLL_CTL_DEL, fd, nullptr);
    // What this turn has already fetched for the source must not reach it any more.
    for (std::size_t i = 0; i < m_readyCount; ++i) {
        if (m_ready[i].data.ptr == &source)
            m_ready[i].data.ptr = nullptr;
    }
}

void EpollSet::atTurnEnd(TurnEnd &listener)
{
    if (listener.m_list != nullptr)
        return;
    listener.m_list = &m_turnEnds;
    listener.m_place = m_turnEnds.size();
    m_turnEnds.push_back(&listener);
    if (!m_inTurn && !m_endQueued) {
        m_endQueued = true;
        QMetaObject::invokeMethod(this, &EpollSet::endTurn, Qt::QueuedConnection);
    }
}

void EpollSet::forget(TurnEnd &listener)
{
    if (listener.m_list != nullptr)
        (*std::exchange(listener.m_list, nullptr))[listener.m_place] = nullptr;
}

Monotonic EpollSet::idleUntil(Monotonic now) const
{
    return (m_working ? m_turnBegan : now) - m_lastTurn;
}

void EpollSet::dispatch()
{
    const int count = epoll_wait(m_epoll, m_ready.data(), static_cast<int>(m_ready.size()), 0);
    if (count <= 0)
        return;
    ++m_turn;
    m_turnBegan = monotonicNow();
    m_inTurn = true;
    m_working = true;
    m_crowded = static_cast<std::size_t>(count) > FewReady;
    m_readyCount = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < m_readyCount; ++i) {
        auto *source = static_cast<EpollSource *>(m_ready[i].data.ptr);
        if (source != nullptr)
            source->ready(m_ready[i].events);
    }
    m_readyCount = 0;
    runTurnEnds();
    m_inTurn = false;
    m_working = false;
    m_lastTurn = monotonicNow() - m_turnBegan;
}

/// A turn without ready descriptors, from the event loop.
void EpollSet::endTurn()
{
    m_endQueued = false;
    ++m_turn;
    m_turnBegan = monotonicNow();
    m_working = true;
    runTurnEnds();
    m_working = false;
    m_lastTurn = monotonicNow() - m_turnBegan;
}

void EpollSet::runTurnEnds()
{
    // A listener may ask again for the next turn while it runs; those run from the event loop.
    m_ending.swap(m_turnEnds);
    for (TurnEnd *&listener : m_ending) {
        if (listener != nullptr)
            listener->m_list = &m_ending;
    }
    const bool wasInTurn = m_inTurn;
    m_inTurn = false;
    for (std::size_t i = 0; i < m_ending.size(); ++i) {
        TurnEnd *const listener = m_ending[i];
        if (listener == nullptr)
            continue;
        listener->m_list = nullptr;
        listener->turnEnded();
    }
    m_ending.clear();
    m_inTurn = wasInTurn;
}

} // namespace higgs
