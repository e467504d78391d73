// SPDX-License-Identifier: GPL-3.0-or-later
// One of the attacker's connections: a non-blocking socket, TLS whose records go through memory, so
// that many can leave in one send, and the script that it follows.
#pragma once

#include "tests/attack/load.h"
#include "tests/attack/peer.h"

#include <chrono>

namespace higgs::attack {

class LoadConnection
{
public:
    LoadConnection(const Plan &plan, const Script &script, Outcome &outcome, SSL_CTX *context,
                   int fd);
    LoadConnection(const LoadConnection &) = delete;
    LoadConnection &operator=(const LoadConnection &) = delete;
    ~LoadConnection();

    /// After readiness of its descriptor.
    void ready();
    /// Reads as much as the plan allows so far, where it reads slowly.
    void sip();
    /// True if it could say more at once.
    [[nodiscard]] bool isHungry() const;
    /// Says the next unit: a body, a hello, a batch of KeyUpdates. Returns how many units.
    std::size_t feed();

    [[nodiscard]] bool isOver() const { return m_state == State::Over; }

private:
    enum class State : std::uint8_t { Connecting, Handshaking, Open, Over };

    void opened();
    void handshake();
    void say(const std::string &text);
    void takeRecords();
    void flush();
    void read();
    void countAnswers(const char *bytes, std::size_t size);
    void over(bool byPeer);

    const Plan &m_plan;
    const Script &m_script;
    Outcome &m_outcome;
    State m_state = State::Connecting;
    int m_fd;
    SSL *m_ssl = nullptr;
    std::string m_out;
    std::size_t m_sent = 0;
    std::size_t m_bodies = 0;
    bool m_answered = false;
    double m_sips = 0; ///< bytes read
    std::chrono::steady_clock::time_point m_begin = std::chrono::steady_clock::now();
};

} // namespace higgs::attack
