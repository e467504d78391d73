// SPDX-License-Identifier: GPL-3.0-or-later
// One connection of a simulated node, client or caller: TLS over a non-blocking socket from an
// address of 127/8 of its own, one HTTP request at a time, then perhaps a WebSocket.
#pragma once

#include "tests/bench/bench_tls.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace higgs::bench {

using SimClock = std::chrono::steady_clock;

class SimEnd;

/// Who is told what an end hears. Calls may start other ends, and close any.
class SimWatcher
{
public:
    SimWatcher() = default;
    SimWatcher(const SimWatcher &) = delete;
    SimWatcher &operator=(const SimWatcher &) = delete;
    virtual ~SimWatcher() = default;

    /// TLS stands; the first request may go.
    virtual void established(SimEnd &end) = 0;
    virtual void answered(SimEnd &end, int status, std::string_view body) = 0;
    virtual void upgraded(SimEnd &end) = 0;
    virtual void message(SimEnd &end, bool text, std::string_view payload) = 0;
    virtual void pinged(SimEnd &end) = 0;
    /// Once, for whatever reason; `why` is static text.
    virtual void lost(SimEnd &end, std::string_view why) = 0;
};

/// What the end is of; `index` counts within its kind.
enum class SimKind : std::uint8_t { Node, Client, NodeLeg, Caller };

class SimEnd
{
public:
    SimEnd(SimWatcher &watcher, SimKind endKind, std::uint32_t endIndex)
        : kind(endKind), index(endIndex), m_watcher(watcher)
    {}
    ~SimEnd();
    SimEnd(const SimEnd &) = delete;
    SimEnd &operator=(const SimEnd &) = delete;

    /// From the address that is this end's. False if there is no descriptor or port.
    bool connectTo(int epoll, SSL_CTX *context, std::uint16_t port);
    /// The descriptor has something.
    void ready();
    /// `more` are whole header lines.
    void request(std::string_view method, std::string_view path, std::string_view more,
                 std::string_view body = {});
    void upgrade(std::string_view path, std::string_view token);
    void sendFrame(unsigned char first, std::string_view payload);
    void close();

    [[nodiscard]] bool isOpen() const { return m_state == State::WebSocket; }
    [[nodiscard]] bool isClosed() const { return m_fd < 0; }

    const SimKind kind;
    const std::uint32_t index;
    std::uint32_t about = 0;      ///< the session of a leg, or what a caller asks
    SimClock::time_point begun{}; ///< when it began to connect
    SimClock::time_point since{}; ///< when it began what it does now
private:
    [[nodiscard]] std::uint32_t source() const;

    enum class State : std::uint8_t { Connecting, Handshake, Http, Upgrading, WebSocket };

    void shakeHands();
    void read();
    bool parseAnswer();
    bool parseFrame();
    void write(std::string_view bytes);
    void flush();
    void wantWrite(bool wanted);
    void lose(std::string_view why);

    SimWatcher &m_watcher;
    SSL *m_ssl = nullptr;
    int m_fd = -1;
    int m_epoll = -1;
    State m_state = State::Connecting;
    bool m_wantsWrite = false;
    std::string m_in;
    std::string m_out;
};

} // namespace higgs::bench
