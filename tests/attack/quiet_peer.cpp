// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/quiet_peer.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/time.h>
#include <unistd.h>

namespace higgs::attack {

namespace {

constexpr timeval Patience{5, 0};
constexpr std::size_t LongestFrame = 1024 * 1024;

SSL_CTX *sharedContext()
{
    static SSL_CTX *const context = clientContext({});
    return context;
}

} // namespace

void QuietPeer::close()
{
    SSL_free(m_ssl);
    m_ssl = nullptr;
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = -1;
    m_input.clear();
}

bool QuietPeer::open()
{
    close();
    m_fd = ::socket(m_address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(m_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(m_fd, SOL_SOCKET, SO_SNDTIMEO, &Patience, sizeof Patience);
    setsockopt(m_fd, SOL_SOCKET, SO_RCVTIMEO, &Patience, sizeof Patience);
    m_ssl = SSL_new(sharedContext());
    if (::connect(m_fd, reinterpret_cast<const sockaddr *>(&m_address.storage), m_address.length) ==
            0 &&
        SSL_set_fd(m_ssl, m_fd) == 1 && SSL_connect(m_ssl) == 1)
        return true;
    close();
    return false;
}

bool QuietPeer::readMore()
{
    std::array<char, 16384> chunk{};
    const int count = SSL_read(m_ssl, chunk.data(), static_cast<int>(chunk.size()));
    if (count > 0)
        m_input.append(chunk.data(), static_cast<std::size_t>(count));
    return count > 0;
}

int QuietPeer::call(const std::string &request)
{
    if (!isOpen() && !open())
        return 0;
    int status = 0;
    if (SSL_write(m_ssl, request.data(), static_cast<int>(request.size())) > 0) {
        std::size_t head = std::string::npos;
        while ((head = m_input.find("\r\n\r\n")) == std::string::npos && readMore()) {
        }
        std::size_t body = 0;
        const std::size_t mark = m_input.find("Content-Length: ");
        if (head != std::string::npos && mark < head)
            body = std::strtoul(m_input.c_str() + mark + 16, nullptr, 10);
        while (head != std::string::npos && m_input.size() < head + 4 + body && readMore()) {
        }
        if (head != std::string::npos && m_input.size() >= head + 4 + body) {
            status = std::atoi(m_input.c_str() + 9);
            const std::size_t last = m_input.find("Connection: close");
            m_input.erase(0, head + 4 + body);
            if (last < head)
                close();
            return status;
        }
    }
    close();
    return 0;
}

bool QuietPeer::upgrade(const std::string &path, const std::string &token)
{
    if (!open())
        return false;
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: boson\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                "Authorization: Bearer " +
                                token + "\r\n\r\n";
    SSL_write(m_ssl, request.data(), static_cast<int>(request.size()));
    std::size_t head = std::string::npos;
    while ((head = m_input.find("\r\n\r\n")) == std::string::npos && readMore()) {
    }
    if (head == std::string::npos || !m_input.starts_with("HTTP/1.1 101")) {
        close();
        return false;
    }
    m_input.erase(0, head + 4);
    fcntl(m_fd, F_SETFL, fcntl(m_fd, F_GETFL) | O_NONBLOCK);
    return true;
}

bool QuietPeer::send(std::uint8_t opcode, std::string_view payload)
{
    if (!isOpen())
        return false;
    std::string frame(1, static_cast<char>(opcode));
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        frame += static_cast<char>(0x80 | 126);
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size() & 0xff);
    }
    frame.append(4, '\0'); // a mask of zeros is one, too
    frame.append(payload);
    return SSL_write(m_ssl, frame.data(), static_cast<int>(frame.size())) > 0;
}

bool QuietPeer::receive(const std::function<void(std::uint8_t, std::string_view)> &each)
{
    if (!isOpen())
        return false;
    while (m_input.size() < LongestFrame && readMore()) {
    }
    // It ended, and does not just wait for more.
    const bool closed = m_input.size() < LongestFrame && SSL_want(m_ssl) == SSL_NOTHING;
    std::size_t at = 0;
    while (m_input.size() - at >= 2) {
        const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(m_input[at + i]); };
        std::size_t header = 2;
        std::size_t size = byte(1);
        if (size == 127)
            header = 10;
        else if (size == 126)
            header = 4;
        if (m_input.size() - at < header)
            break;
        if (header > 2) {
            size = 0;
            for (std::size_t i = 2; i < header; ++i)
                size = size << 8 | byte(i);
        }
        if (m_input.size() - at < header + size)
            break;
        each(byte(0), std::string_view(m_input).substr(at + header, size));
        at += header + size;
    }
    m_input.erase(0, at);
    return !closed;
}

} // namespace higgs::attack
