// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/model/virtual_time.h"

#include <QCoreApplication>
#include <QTimerEvent>
#include <algorithm>
#include <sodium.h>

namespace higgs {

namespace {

constexpr std::int64_t BootBegan = 5'000'000;
constexpr std::int64_t WallBegan = 1'795'000'000'000;
std::int64_t elapsed = 0;

} // namespace

// In place of shared/base/clock.cpp, of which nothing is linked then.
Monotonic monotonicNow()
{
    return Monotonic{} + Milliseconds(BootBegan + elapsed);
}

WallTime wallNow()
{
    return {WallBegan + elapsed};
}

BootTime bootNow()
{
    return {BootBegan + elapsed};
}

Clocks clocksNow()
{
    return {bootNow(), wallNow()};
}

namespace model {

namespace {

// libsodium asks these in place of the kernel: ids and tokens are a seed's.
std::mt19937_64 ids;

const char *nameOfIds()
{
    return "scripted";
}

std::uint32_t randomNumber()
{
    return static_cast<std::uint32_t>(ids());
}

void randomBytes(void *const out, const std::size_t size)
{
    auto *bytes = static_cast<std::uint8_t *>(out);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(ids());
}

randombytes_implementation scripted = {nameOfIds, randomNumber, nullptr,
                                       nullptr,   randomBytes,  nullptr};

} // namespace

bool VirtualDispatcher::processEvents(QEventLoop::ProcessEventsFlags /*flags*/)
{
    QCoreApplication::sendPostedEvents();
    return true;
}

void VirtualDispatcher::registerSocketNotifier(QSocketNotifier * /*notifier*/) {}
void VirtualDispatcher::unregisterSocketNotifier(QSocketNotifier * /*notifier*/) {}

void VirtualDispatcher::registerTimer(int id, qint64 interval, Qt::TimerType type, QObject *object)
{
    m_timers[id] = {elapsed + interval, ++m_order, interval, type, object};
}

bool VirtualDispatcher::unregisterTimer(int id)
{
    return m_timers.erase(id) > 0;
}

bool VirtualDispatcher::unregisterTimers(QObject *object)
{
    return std::erase_if(m_timers,
                         [object](const auto &each) { return each.second.object == object; }) > 0;
}

QList<QAbstractEventDispatcher::TimerInfo>
VirtualDispatcher::registeredTimers(QObject *object) const
{
    QList<TimerInfo> all;
    for (const auto &[id, timer] : m_timers) {
        if (timer.object == object)
            all.append(TimerInfo(id, static_cast<int>(timer.interval), timer.type));
    }
    return all;
}

int VirtualDispatcher::remainingTime(int id)
{
    const auto found = m_timers.find(id);
    return found == m_timers.end() ? -1 : static_cast<int>(found->second.at - elapsed);
}

std::map<int, VirtualDispatcher::Timer>::const_iterator VirtualDispatcher::next() const
{
    return std::min_element(m_timers.begin(), m_timers.end(),
                            [](const auto &one, const auto &other) {
                                return std::pair(one.second.at, one.second.order) <
                                       std::pair(other.second.at, other.second.order);
                            });
}

std::optional<std::int64_t> VirtualDispatcher::nextAt() const
{
    const auto found = next();
    return found == m_timers.end() ? std::nullopt : std::optional(found->second.at);
}

void VirtualDispatcher::fireNext()
{
    const auto found = m_timers.find(next()->first);
    const int id = found->first;
    QObject *object = found->second.object;
    found->second.at = elapsed + std::max<qint64>(found->second.interval, 1);
    found->second.order = ++m_order;
    QTimerEvent event(id);
    QCoreApplication::sendEvent(object, &event);
}

VirtualDispatcher *dispatcher()
{
    static auto *const only = new VirtualDispatcher; // the application's, once it is made
    return only;
}

World::World(std::uint64_t seed) : m_random(seed)
{
    ids.seed(seed + 1);
    randombytes_set_implementation(&scripted);
}

World::~World()
{
    // What is left would be done in the next world.
    QCoreApplication::sendPostedEvents();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

std::int64_t World::now() const
{
    return elapsed;
}

void World::at(std::int64_t when, std::function<void()> what)
{
    m_queue.emplace(std::max(when, elapsed), std::move(what));
}

void World::run(std::int64_t until, const std::function<void()> &check)
{
    while (true) {
        const std::optional<std::int64_t> timer = dispatcher()->nextAt();
        const bool isTimer = timer && (m_queue.empty() || *timer <= m_queue.begin()->first);
        if (!isTimer && m_queue.empty())
            break;
        const std::int64_t next = isTimer ? *timer : m_queue.begin()->first;
        if (next > until)
            break;
        elapsed = std::max(elapsed, next);
        if (isTimer)
            dispatcher()->fireNext();
        else
            m_queue.extract(m_queue.begin()).mapped()();
        QCoreApplication::sendPostedEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        check();
    }
    elapsed = std::max(elapsed, until);
}

int World::number(int least, int most)
{
    // Not a standard distribution: those differ between libraries.
    const auto span = static_cast<std::uint64_t>(most - least) + 1;
    return least + static_cast<int>(m_random() % span);
}

bool World::chance(double probability)
{
    return static_cast<double>(m_random() >> 11) < probability * 9007199254740992.0;
}

} // namespace model
} // namespace higgs
