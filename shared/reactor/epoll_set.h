// SPDX-License-Identifier: GPL-3.0-or-later
// One epoll set per thread behind a single QSocketNotifier: Qt's dispatcher is O(file descriptors)
// per wake-up, an epoll set is not, and a Qt event loop still runs timers and queued calls.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"

#include <QObject>
#include <cstdint>
#include <vector>

class QSocketNotifier;
struct epoll_event;

namespace higgs {

/// Something that owns one file descriptor in an EpollSet.
class EpollSource
{
public:
    EpollSource() = default;
    EpollSource(const EpollSource &) = delete;
    EpollSource &operator=(const EpollSource &) = delete;
    virtual ~EpollSource() = default;

    /// `events` are EPOLLIN, EPOLLOUT, ... as epoll_wait(2) gave them. The source may remove or
    /// delete itself, or any other source, from here.
    virtual void ready(std::uint32_t events) = 0;
};

/// Something that wants to act once when all that was ready has been read: coalesced writes.
class TurnEnd
{
public:
    TurnEnd() = default;
    TurnEnd(const TurnEnd &) = delete;
    TurnEnd &operator=(const TurnEnd &) = delete;
    virtual ~TurnEnd() = default;

    virtual void turnEnded() = 0;

private:
    friend class EpollSet;
    std::vector<TurnEnd *> *m_list = nullptr; ///< of the set, in which it waits; null: in none
    std::size_t m_place = 0;
};

/// Lives on one thread, which must run a Qt event loop; all calls on that thread.
class EpollSet : public QObject
{
    Q_OBJECT

public:
    explicit EpollSet(QObject *parent = nullptr);
    ~EpollSet() override;

    /// Level-triggered unless `events` says EPOLLET. The source must be removed before it dies and
    /// before its descriptor is closed.
    Result<void> add(int fd, std::uint32_t events, EpollSource &source);
    void modify(int fd, std::uint32_t events, EpollSource &source);
    void remove(int fd, EpollSource &source);

    /// Counts the turns: the same number is the same turn.
    [[nodiscard]] std::uint64_t turn() const { return m_turn; }

    /// In this turn several descriptors were ready: whoever has much to do leaves the rest for the
    /// next, so that the others wait for little.
    [[nodiscard]] bool isCrowded() const { return m_crowded; }

    /// Calls turnEnded() once, after the current turn's sources have run; outside a turn, from the
    /// event loop. Asking twice in a turn is the same as once.
    void atTurnEnd(TurnEnd &listener);
    /// To be called before a listener dies.
    void forget(TurnEnd &listener);

    /// Until when it can be told that nobody but a peer kept its data waiting: what happened since
    /// may have waited for this thread, which was at work in this turn and in the one before.
    [[nodiscard]] Monotonic idleUntil(Monotonic now) const;

private:
    void dispatch();
    void endTurn();
    void runTurnEnds();

    int m_epoll = -1;
    QSocketNotifier *m_notifier = nullptr;
    std::vector<epoll_event> m_ready;
    std::size_t m_readyCount = 0;
    std::uint64_t m_turn = 0;
    std::vector<TurnEnd *> m_turnEnds;
    std::vector<TurnEnd *> m_ending;
    Monotonic m_turnBegan{};
    Monotonic::duration m_lastTurn{}; ///< how long the turn before this one was
    bool m_crowded = false;
    bool m_inTurn = false;
    bool m_working = false;
    bool m_endQueued = false;
};

} // namespace higgs
