// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/sim_end.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace higgs::bench {

namespace {

constexpr unsigned char TextFrame = 0x81;
constexpr unsigned char BinaryFrame = 0x82;
constexpr unsigned char CloseFrame = 0x88;
constexpr unsigned char PingFrame = 0x89;
constexpr unsigned char PongFrame = 0x8a;
constexpr std::size_t ReadSize = 16 * 1024;
// Each kind in a part of 127/8 of its own, each end with an address of its own; callers with a /24.
constexpr std::uint32_t FirstNode = 0x7f010000;
constexpr std::uint32_t FirstClient = 0x7f400000;
constexpr std::uint32_t FirstCaller = 0x7f800001;
constexpr std::uint32_t CallerStep = 256;

} // namespace

SimEnd::~SimEnd()
{
    close();
}

void SimEnd::close()
{
    SSL_free(std::exchange(m_ssl, nullptr));
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
    m_in = {};
    m_out = {};
}

/// In host order.
std::uint32_t SimEnd::source() const
{
    switch (kind) {
    case SimKind::Client:
        return FirstClient + index;
    case SimKind::Caller:
        return FirstCaller + CallerStep * index;
    default:
        return FirstNode + index; // its legs come from where it is
    }
}

bool SimEnd::connectTo(int epoll, SSL_CTX *context, std::uint16_t port)
{
    m_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (m_fd < 0)
        return false;
    m_epoll = epoll;
    m_state = State::Connecting;
    begun = since = SimClock::now();
    const int on = 1;
    setsockopt(m_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // The port is chosen when the peer is known, so that each address has all of them for it.
    setsockopt(m_fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(source());
    if (::bind(m_fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        return false;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(m_fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        return false;
    m_ssl = SSL_new(context);
    SSL_set_fd(m_ssl, m_fd);
    SSL_set_connect_state(m_ssl);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.ptr = this;
    m_wantsWrite = true;
    return epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_fd, &event) == 0;
}

void SimEnd::ready()
{
    if (m_fd < 0)
        return;
    if (m_state == State::Connecting || m_state == State::Handshake) {
        shakeHands();
        return;
    }
    if (!m_out.empty())
        flush();
    read();
}

void SimEnd::shakeHands()
{
    m_state = State::Handshake;
    const int done = SSL_do_handshake(m_ssl);
    if (done == 1) {
        wantWrite(false);
        m_state = State::Http;
        m_watcher.established(*this);
        return;
    }
    const int error = SSL_get_error(m_ssl, done);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        wantWrite(error == SSL_ERROR_WANT_WRITE);
    else
        lose("the handshake failed");
}

void SimEnd::read()
{
    static std::array<char, ReadSize> chunk;
    while (m_fd >= 0) {
        const int n = SSL_read(m_ssl, chunk.data(), static_cast<int>(chunk.size()));
        if (n <= 0) {
            if (SSL_get_error(m_ssl, n) != SSL_ERROR_WANT_READ)
                lose("the server closed the connection");
            return;
        }
        m_in.append(chunk.data(), static_cast<std::size_t>(n));
        while (m_fd >= 0 && (m_state == State::WebSocket ? parseFrame() : parseAnswer())) {
        }
        if (m_in.empty())
            m_in = {};
    }
}

/// True: there may be more.
bool SimEnd::parseAnswer()
{
    const std::size_t end = m_in.find("\r\n\r\n");
    if (end == std::string::npos || m_in.size() < 12)
        return false;
    int status = 0;
    std::from_chars(m_in.data() + 9, m_in.data() + 12, status);
    std::size_t length = 0;
    for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
        const std::size_t at = m_in.find(name);
        if (at != std::string::npos && at < end)
            std::from_chars(m_in.data() + at + name.size(), m_in.data() + end, length);
    }
    if (m_in.size() < end + 4 + length)
        return false;
    const std::string answer = m_in.substr(end + 4, length);
    m_in.erase(0, end + 4 + length);
    if (m_state == State::Upgrading && status == 101) {
        m_state = State::WebSocket;
        m_watcher.upgraded(*this);
    } else {
        m_state = State::Http;
        m_watcher.answered(*this, status, answer);
    }
    return !m_in.empty();
}

bool SimEnd::parseFrame()
{
    const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(m_in[at]); };
    if (m_in.size() < 4 && (m_in.size() < 2 || byte(1) >= 126))
        return false;
    std::size_t length = byte(1);
    std::size_t header = 2;
    if (length == 126) {
        length = static_cast<std::size_t>(byte(2)) << 8U | byte(3);
        header = 4;
    }
    if (m_in.size() < header + length)
        return false;
    const unsigned char kindOf = byte(0);
    const std::string payload = m_in.substr(header, length);
    m_in.erase(0, header + length);
    if (kindOf == PingFrame) {
        sendFrame(PongFrame, payload);
        m_watcher.pinged(*this);
    } else if (kindOf == CloseFrame) {
        lose("the server closed the WebSocket");
    } else if (kindOf == TextFrame || kindOf == BinaryFrame) {
        m_watcher.message(*this, kindOf == TextFrame, payload);
    }
    return !m_in.empty();
}

void SimEnd::request(std::string_view method, std::string_view path, std::string_view more,
                     std::string_view body)
{
    since = SimClock::now();
    std::string text;
    text.reserve(256 + more.size() + body.size());
    text.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
    text.append(more);
    if (!body.empty())
        text.append("Content-Type: application/json\r\nContent-Length: ")
            .append(std::to_string(body.size()))
            .append("\r\n");
    text.append("\r\n").append(body);
    write(text);
}

void SimEnd::upgrade(std::string_view path, std::string_view token)
{
    std::string more = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ";
    more.append(token).append("\r\n");
    m_state = State::Upgrading;
    request("GET", path, more);
}

/// The mask is zero: what is sent says nothing to anybody.
void SimEnd::sendFrame(unsigned char first, std::string_view payload)
{
    std::string frame;
    frame.push_back(static_cast<char>(first));
    if (payload.size() < 126) {
        frame.push_back(static_cast<char>(0x80U | payload.size()));
    } else {
        frame.push_back(static_cast<char>(0x80U | 126U));
        frame.push_back(static_cast<char>(payload.size() >> 8U));
        frame.push_back(static_cast<char>(payload.size() & 0xffU));
    }
    frame.append(4, '\0').append(payload);
    write(frame);
}

void SimEnd::write(std::string_view bytes)
{
    if (m_fd < 0)
        return;
    m_out.append(bytes);
    flush();
}

void SimEnd::flush()
{
    while (!m_out.empty()) {
        const int n = SSL_write(m_ssl, m_out.data(), static_cast<int>(m_out.size()));
        if (n <= 0) {
            wantWrite(true);
            return;
        }
        m_out.erase(0, static_cast<std::size_t>(n));
    }
    m_out = {};
    wantWrite(false);
}

void SimEnd::wantWrite(bool wanted)
{
    if (m_wantsWrite == wanted)
        return;
    m_wantsWrite = wanted;
    epoll_event event{};
    event.events = EPOLLIN | (wanted ? std::uint32_t{EPOLLOUT} : 0U);
    event.data.ptr = this;
    epoll_ctl(m_epoll, EPOLL_CTL_MOD, m_fd, &event);
}

void SimEnd::lose(std::string_view why)
{
    close();
    m_watcher.lost(*this, why);
}

} // namespace higgs::bench
