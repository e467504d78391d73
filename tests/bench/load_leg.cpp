// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/load_leg.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::bench {

namespace {

constexpr std::array<unsigned char, 4> Mask{0x5a, 0x13, 0xc7, 0x88};
constexpr std::size_t RecordSize = 16384;
constexpr unsigned char TextFrame = 0x81;
constexpr unsigned char BinaryFrame = 0x82;
constexpr unsigned char CloseFrame = 0x88;

} // namespace

Frames maskedFrames(std::size_t count, std::uint64_t stamp)
{
    Frames frames;
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned char header[8] = {
            BinaryFrame, 0x80 | 126, DatagramSize >> 8, DatagramSize & 0xff,
            Mask[0],     Mask[1],    Mask[2],           Mask[3]};
        frames.insert(frames.end(), header, header + sizeof header);
        const std::size_t at = frames.size();
        frames.resize(at + DatagramSize, 0xee);
        std::memcpy(frames.data() + at, &stamp, sizeof stamp);
        for (std::size_t j = 0; j < DatagramSize; ++j)
            frames[at + j] = static_cast<unsigned char>(frames[at + j] ^ Mask[j & 3]);
    }
    return frames;
}

LoadLeg::~LoadLeg()
{
    SSL_free(m_ssl);
    if (m_fd >= 0)
        ::close(m_fd);
}

bool LoadLeg::connectTo(std::uint16_t port)
{
    m_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int one = 1;
    setsockopt(m_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return ::connect(m_fd, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
}

bool LoadLeg::open(SSL_CTX *context, std::uint16_t port, const std::string &path,
                   const std::string &token)
{
    m_ssl = SSL_new(context);
    if (!connectTo(port) || SSL_set_fd(m_ssl, m_fd) != 1 || SSL_connect(m_ssl) != 1) {
        std::fprintf(stderr, "relay_load: cannot connect to port %d\n", port);
        return false;
    }
    std::string request = "GET " + path +
                          " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (token != "-")
        request += "Authorization: Bearer " + token + "\r\n";
    request += "\r\n";
    SSL_write(m_ssl, request.data(), static_cast<int>(request.size()));

    std::string answer;
    std::array<char, 4096> chunk{};
    for (;;) {
        const int n = SSL_read(m_ssl, chunk.data(), static_cast<int>(chunk.size()));
        if (n <= 0)
            break;
        answer.append(chunk.data(), static_cast<std::size_t>(n));
        const std::size_t end = answer.find("\r\n\r\n");
        if (end == std::string::npos || answer.size() < end + 6)
            continue;
        if (static_cast<unsigned char>(answer[end + 4]) != TextFrame)
            break;
        fcntl(m_fd, F_SETFL, fcntl(m_fd, F_GETFL) | O_NONBLOCK);
        // The frame may go on in the next read; receive() skips what is not binary.
        m_rest.assign(answer.begin() + static_cast<std::ptrdiff_t>(end + 4), answer.end());
        return true;
    }
    std::fprintf(stderr, "relay_load: %s was refused: %s\n", path.c_str(),
                 answer.substr(0, answer.find("\r\n")).c_str());
    return false;
}

bool LoadLeg::flush()
{
    while (m_sent < m_pending.size()) {
        const std::size_t size = std::min(m_pending.size() - m_sent, RecordSize);
        const int n = SSL_write(m_ssl, m_pending.data() + m_sent, static_cast<int>(size));
        if (n <= 0)
            return false;
        m_sent += static_cast<std::size_t>(n);
    }
    m_pending.clear();
    m_sent = 0;
    return true;
}

bool LoadLeg::send(const Frames &frames)
{
    if (!m_pending.empty()) {
        m_pending.insert(m_pending.end(), frames.begin(), frames.end());
        return flush();
    }
    const int n = SSL_write(m_ssl, frames.data(), static_cast<int>(frames.size()));
    const std::size_t sent = n > 0 ? static_cast<std::size_t>(n) : 0;
    if (sent == frames.size())
        return true;
    m_pending.assign(frames.begin() + static_cast<std::ptrdiff_t>(sent), frames.end());
    return flush();
}

std::size_t LoadLeg::parse(const unsigned char *bytes, std::size_t size, Received &received,
                           std::vector<std::uint64_t> *stamps)
{
    std::size_t at = 0;
    while (size - at >= 4) {
        std::size_t length = bytes[at + 1];
        std::size_t header = 2;
        if (length == 126) {
            length = static_cast<std::size_t>(bytes[at + 2]) << 8 | bytes[at + 3];
            header = 4;
        }
        if (size - at < header + length)
            break;
        if (bytes[at] == BinaryFrame) {
            ++received.datagrams;
            if (stamps != nullptr && length >= sizeof(std::uint64_t)) {
                std::uint64_t stamp = 0;
                std::memcpy(&stamp, bytes + at + header, sizeof stamp);
                stamps->push_back(stamp);
            }
        } else if (bytes[at] == CloseFrame) {
            received.closed = true;
        }
        at += header + length;
    }
    return at;
}

LoadLeg::Received LoadLeg::receive(std::vector<std::uint64_t> *stamps)
{
    static std::vector<unsigned char> buffer(4 * RecordSize + 65536);
    Received received;
    std::copy(m_rest.begin(), m_rest.end(), buffer.begin());
    std::size_t size = m_rest.size();
    for (;;) {
        const int n = SSL_read(m_ssl, buffer.data() + size, RecordSize);
        if (n <= 0) {
            received.closed |= SSL_get_error(m_ssl, n) != SSL_ERROR_WANT_READ;
            break;
        }
        size += static_cast<std::size_t>(n);
        const std::size_t used = parse(buffer.data(), size, received, stamps);
        std::memmove(buffer.data(), buffer.data() + used, size - used);
        size -= used;
    }
    m_rest.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
    return received;
}

} // namespace higgs::bench
