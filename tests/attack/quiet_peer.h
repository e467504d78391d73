// SPDX-License-Identifier: GPL-3.0-or-later
// The bystander's connections: an HTTPS one for one call after the other, and a WebSocket one that
// is polled. Both give up after five seconds, as a person would.
#pragma once

#include "tests/attack/peer.h"

#include <functional>
#include <string>
#include <string_view>

namespace higgs::attack {

class QuietPeer
{
public:
    explicit QuietPeer(const Address &address) : m_address(address) {}
    ~QuietPeer() { close(); }
    QuietPeer(const QuietPeer &) = delete;
    QuietPeer &operator=(const QuietPeer &) = delete;

    [[nodiscard]] bool isOpen() const { return m_ssl != nullptr; }
    [[nodiscard]] int fd() const { return m_fd; }
    void close();

    /// One request and its whole answer; connects if need be. Returns the status, 0 without one.
    int call(const std::string &request);

    /// Upgrades `path` with a bearer token, and is non-blocking from then on.
    bool upgrade(const std::string &path, const std::string &token);
    /// A masked frame, written at once; false if the connection is gone or full.
    bool send(std::uint8_t opcode, std::string_view payload);
    /// Gives each frame that has come. False when the connection is closed.
    bool receive(const std::function<void(std::uint8_t opcode, std::string_view payload)> &each);

private:
    bool open();
    bool readMore();

    const Address m_address;
    int m_fd = -1;
    SSL *m_ssl = nullptr;
    std::string m_input;
};

constexpr std::uint8_t TextFrame = 0x81;
constexpr std::uint8_t BinaryFrame = 0x82;
constexpr std::uint8_t CloseFrame = 0x88;
constexpr std::uint8_t PingFrame = 0x89;
constexpr std::uint8_t PongFrame = 0x8a;

} // namespace higgs::attack
