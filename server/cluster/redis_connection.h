// SPDX-License-Identifier: GPL-3.0-or-later
// One connection to Redis, without waiting: connects, says who it is, sends commands and hands out
// answers. Belongs to RedisThread.
#pragma once

#include "server/cluster/redis_answer.h"
#include "server/cluster/redis_tls.h"
#include "server/cluster/redis_url.h"
#include "shared/base/clock.h"

#include <deque>
#include <functional>
#include <optional>

namespace higgs::server {

/// On one thread. A fault closes it; open() makes it anew.
class RedisConnection
{
public:
    /// Nothing was heard for so long although something was asked: it is given up. Short, as the
    /// others take this server for gone soon.
    static constexpr Milliseconds Patience{2'000};
    static constexpr Milliseconds PingInterval{1'000};
    /// What waits to be sent; beyond, Redis is too slow, and the connection is made anew.
    static constexpr std::size_t MaxWaiting = 4 * 1024 * 1024;

    /// `channel` empty: for commands, whose answers are counted; else it listens there.
    RedisConnection(RedisUrl url, std::string channel);
    ~RedisConnection();
    RedisConnection(const RedisConnection &) = delete;
    RedisConnection &operator=(const RedisConnection &) = delete;

    /// Looks its name up, which may take long, and begins.
    Result<void> open(Monotonic now);
    void close();
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }
    /// Redis has taken name and password, and listens or is listened to.
    [[nodiscard]] bool isReady() const { return m_ready; }

    [[nodiscard]] int descriptor() const { return m_fd; }
    [[nodiscard]] bool wantsToWrite() const;

    using Heard = std::function<void(const std::string &)>;
    /// What poll() said; errors end the connection. `heard` gets what was published.
    Result<void> move(Monotonic now, bool readable, bool writable, const Heard &heard);
    /// Pings, and notices silence: Timeout.
    Result<void> tick(Monotonic now);
    /// TooLarge when more waits than may.
    Result<void> send(std::span<const std::string_view> words);

private:
    enum class Asked { Auth, Select, Subscribe, Ping, Command };

    Result<void> connected(Monotonic now);
    Result<void> shakeHands(Monotonic now);
    Result<void> greet(Monotonic now);
    Result<void> ask(Asked what, std::span<const std::string_view> words);
    Result<void> ask(Asked what, std::initializer_list<std::string_view> words)
    {
        return ask(what, std::span(words.begin(), words.size()));
    }
    Result<void> read(Monotonic now, const Heard &heard);
    Result<void> write();
    /// As recv(2) and send(2): nullopt and zero when there is nothing to be had now.
    Result<std::optional<std::size_t>> receive(MutableByteSpan into);
    Result<std::size_t> sendSome(ByteSpan bytes);
    Result<void> take(const RedisAnswer &answer, const Heard &heard);
    Result<void> takePublished(const RedisAnswer &answer, const Heard &heard);

    RedisUrl m_url;
    std::string m_channel;
    int m_fd = -1;
    bool m_connecting = false;
    std::unique_ptr<RedisTls> m_tls; ///< of a rediss:// URL, once the descriptor is connected
    bool m_shaking = false;          ///< hands, and nothing else yet
    bool m_ready = false;
    std::string m_out;
    std::optional<RedisAnswers> m_answers;
    std::deque<Asked> m_asked; ///< without an answer yet, in order
    Monotonic m_heardAt;
    Monotonic m_pingedAt;
};

} // namespace higgs::server
