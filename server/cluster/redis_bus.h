// SPDX-License-Identifier: GPL-3.0-or-later
// The bus by Redis: a thread of its own, so that nobody waits for Redis, whatever it does.
#pragma once

#include "server/cluster/bus.h"
#include "server/cluster/redis_url.h"
#include "shared/reactor/postbox.h"

#include <memory>
#include <thread>
#include <vector>

namespace higgs::server {

class RedisBus : public Bus
{
    Q_OBJECT

public:
    /// Commands that the thread has not taken; more are dropped, and the others find the gap.
    static constexpr std::size_t MaxCommands = 20'000;
    /// Between two attempts to connect; Redis is to be back in use soon after it is back.
    static constexpr Milliseconds FirstWait{200};
    static constexpr Milliseconds LongestWait{2'000};

    explicit RedisBus(RedisUrl url, QObject *parent = nullptr);
    /// What was published a moment ago is still sent where Redis takes it at once.
    ~RedisBus() override;

    void start() override;
    [[nodiscard]] bool isUp() const override { return m_up; }
    void publish(std::string message) override;
    void keep(const std::string &key, const std::string &value, Seconds life) override;
    void forget(const std::string &key) override;
    void setMember(const std::string &set, const std::string &member, bool isMember) override;

private:
    class Worker;

    void setUp(bool up);

    Postbox m_postbox;
    std::shared_ptr<Worker> m_worker; ///< the thread may outlive the bus in a name's look-up
    bool m_started = false;
    bool m_up = false;
};

} // namespace higgs::server
