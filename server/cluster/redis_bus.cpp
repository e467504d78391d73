// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/redis_bus.h"

#include "server/cluster/redis_connection.h"
#include "shared/base/letters.h"
#include "shared/base/log.h"

#include <algorithm>
#include <atomic>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr const char *Channel = "boson:events";
constexpr int TickMs = 100;

using Command = std::vector<std::string>;

} // namespace

/// What both threads share, and what only the thread has.
class RedisBus::Worker
{
public:
    Worker(const RedisUrl &url, Postbox::Address box, std::function<void(bool)> up,
           std::function<void(const std::string &)> heard)
        : m_name(url.toString()),
          m_commands(url, {}),
          m_listener(url, Channel),
          m_box(std::move(box)),
          m_tellUp(std::move(up)),
          m_tellHeard(std::move(heard)),
          m_wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
          m_letters([this] { wake(); })
    {}
    ~Worker() { ::close(m_wake); }
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;

    /// From the control thread.
    void post(Command command)
    {
        if (m_waiting >= MaxCommands) {
            log::sampled(log::Level::Warning, "cluster", "more for Redis than it takes", "");
            return;
        }
        ++m_waiting;
        m_letters.put([this, taken = std::move(command)]() mutable { send(taken); });
    }
    void end()
    {
        m_ending = true;
        wake();
    }
    [[nodiscard]] bool hasEnded() const { return m_ended; }

    void run()
    {
        while (!m_ending)
            step();
        take(); // the last words
        m_ended = true;
    }

private:
    void wake() const
    {
        const std::uint64_t one = 1;
        if (::write(m_wake, &one, sizeof one) < 0)
            return; // it is awake
    }

    void step()
    {
        const Monotonic now = monotonicNow();
        if (!m_commands.isOpen() && now >= m_nextTry)
            connect(now);
        pollfd polled[3] = {{m_wake, POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}};
        RedisConnection *connections[2] = {&m_commands, &m_listener};
        for (int i = 0; i < 2; ++i) {
            polled[i + 1].fd = connections[i]->descriptor();
            polled[i + 1].events = static_cast<short>(
                POLLIN | (connections[i]->wantsToWrite() ? static_cast<int>(POLLOUT) : 0));
        }
        ::poll(polled, 3, TickMs);
        std::uint64_t woken = 0;
        if (::read(m_wake, &woken, sizeof woken) < 0)
            woken = 0; // nobody has called
        take();
        if (!m_commands.isOpen())
            return;
        const Monotonic after = monotonicNow();
        for (int i = 0; i < 2; ++i) {
            const int events = polled[i + 1].revents;
            const auto moved = connections[i]->move(
                after, (events & (POLLIN | POLLERR | POLLHUP)) != 0, (events & POLLOUT) != 0,
                [this](const std::string &text) { heard(text); });
            const auto ticked = moved ? connections[i]->tick(after) : moved;
            if (!ticked)
                return lose(after, ticked.error());
        }
        setUp(m_commands.isReady() && m_listener.isReady());
    }

    void connect(Monotonic now)
    {
        for (RedisConnection *each : {&m_commands, &m_listener}) {
            if (const auto opened = each->open(now); !opened)
                return lose(monotonicNow(), opened.error());
        }
    }

    void lose(Monotonic now, const Error &why)
    {
        m_commands.close();
        m_listener.close();
        if (m_up || !m_saidDown)
            log::warning("cluster", "Redis is away: this server goes on with what it knows",
                         {{"redis", m_name}, {"detail", why.detail}});
        m_saidDown = true;
        m_wait = m_up ? FirstWait : std::min(m_wait * 2, LongestWait);
        m_nextTry = now + m_wait;
        setUp(false);
    }

    void setUp(bool up)
    {
        if (m_up == up)
            return;
        m_up = up;
        if (up) {
            m_wait = FirstWait;
            m_saidDown = false;
            log::info("cluster", "Redis is there", {{"redis", m_name}});
        }
        m_box.post([tell = m_tellUp, up] { tell(up); });
    }

    void heard(const std::string &text)
    {
        m_box.post([tell = m_tellHeard, text] { tell(text); });
    }

    void take()
    {
        while (const LetterQueue::Call call = m_letters.take())
            call();
    }

    /// Dropped while Redis is away: the others find the gap, and read anew.
    void send(const Command &command)
    {
        --m_waiting;
        if (!m_up)
            return;
        const std::vector<std::string_view> words(command.begin(), command.end());
        if (const auto sent = m_commands.send(words); !sent)
            lose(monotonicNow(), sent.error());
    }

    const std::string m_name;
    RedisConnection m_commands;
    RedisConnection m_listener; ///< a connection that listens may say nothing else
    const Postbox::Address m_box;
    const std::function<void(bool)> m_tellUp;
    const std::function<void(const std::string &)> m_tellHeard;
    const int m_wake;
    std::atomic<bool> m_ending = false;
    std::atomic<bool> m_ended = false;
    std::atomic<std::size_t> m_waiting = 0;
    LetterQueue m_letters;
    Monotonic m_nextTry;
    Milliseconds m_wait = FirstWait;
    bool m_up = false;
    bool m_saidDown = false;
};

RedisBus::RedisBus(RedisUrl url, QObject *parent) : Bus(parent)
{
    m_worker = std::make_shared<Worker>(
        url, m_postbox.address(), [this](bool up) { setUp(up); },
        [this](const std::string &text) { Q_EMIT received(text); });
}

RedisBus::~RedisBus()
{
    m_worker->end();
    // It is waited for as long as a look at Redis takes, and left behind in a name's look-up.
    for (int i = 0; m_started && i < 50 && !m_worker->hasEnded(); ++i)
        std::this_thread::sleep_for(Milliseconds(10));
}

void RedisBus::start()
{
    if (std::exchange(m_started, true))
        return;
    std::thread([worker = m_worker] { worker->run(); }).detach();
}

void RedisBus::setUp(bool up)
{
    m_up = up;
    Q_EMIT upChanged(up);
}

void RedisBus::publish(std::string message)
{
    if (m_up)
        m_worker->post({"PUBLISH", Channel, std::move(message)});
}

void RedisBus::keep(const std::string &key, const std::string &value, Seconds life)
{
    if (m_up && life.count() > 0)
        m_worker->post({"SET", key, value, "EX", std::to_string(life.count())});
}

void RedisBus::forget(const std::string &key)
{
    if (m_up)
        m_worker->post({"DEL", key});
}

void RedisBus::setMember(const std::string &set, const std::string &member, bool isMember)
{
    if (m_up)
        m_worker->post({isMember ? "SADD" : "SREM", set, member});
}

} // namespace higgs::server
