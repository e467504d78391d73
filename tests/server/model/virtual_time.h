// SPDX-License-Identifier: GPL-3.0-or-later
// A clock, timers and chance of a test's own, so that an hour of several servers takes a second and
// is the same for the same seed. Linked instead of shared/base/clock.
#pragma once

#include "shared/base/clock.h"

#include <QAbstractEventDispatcher>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace higgs::model {

/// Qt's timers by the scripted clock; knows no descriptors.
class VirtualDispatcher : public QAbstractEventDispatcher
{
public:
    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;
    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;
    void registerTimer(int id, qint64 interval, Qt::TimerType type, QObject *object) override;
    bool unregisterTimer(int id) override;
    bool unregisterTimers(QObject *object) override;
    QList<TimerInfo> registeredTimers(QObject *object) const override;
    int remainingTime(int id) override;
    void wakeUp() override {}
    void interrupt() override {}

    /// The next one's time; nullopt: none.
    [[nodiscard]] std::optional<std::int64_t> nextAt() const;
    void fireNext();

private:
    struct Timer
    {
        std::int64_t at = 0;
        std::uint64_t order = 0;
        qint64 interval = 0;
        Qt::TimerType type = Qt::CoarseTimer;
        QObject *object = nullptr;
    };
    [[nodiscard]] std::map<int, Timer>::const_iterator next() const;

    std::map<int, Timer> m_timers;
    std::uint64_t m_order = 0;
};

/// Everything that happens in the model happens by its queue. One at a time.
class World
{
public:
    explicit World(std::uint64_t seed);
    ~World();
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    [[nodiscard]] std::int64_t now() const;
    void at(std::int64_t when, std::function<void()> what);
    void after(Milliseconds delay, std::function<void()> what)
    {
        at(now() + delay.count(), std::move(what));
    }
    /// Until then; `check` is called after everything that has happened.
    void run(std::int64_t until, const std::function<void()> &check);

    /// From `least` to `most`.
    int number(int least, int most);
    bool chance(double probability);
    Milliseconds delay(int least, int most) { return Milliseconds(number(least, most)); }
    template <typename T>
    const T &oneOf(const std::vector<T> &all)
    {
        return all[static_cast<std::size_t>(number(0, static_cast<int>(all.size()) - 1))];
    }

private:
    std::mt19937_64 m_random;
    std::multimap<std::int64_t, std::function<void()>> m_queue;
};

/// The process's; made before the application.
VirtualDispatcher *dispatcher();

} // namespace higgs::model
