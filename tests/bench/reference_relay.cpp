// SPDX-License-Identifier: GPL-3.0-or-later
// The yardstick of the relay benchmark: the least that forwards WebSocket messages over TLS 1.3.
// One thread, epoll, OpenSSL, a codec of forty lines; connections pair up by path. It checks no
// token and no UTF-8, has no timers and trusts its peers: whatever a real relay does costs extra.
#include "tests/bench/bench_tls.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t RecordSize = 16384;
constexpr std::size_t ReadSize = 65536;
// A receiver this far behind stops its sender's reading: backpressure is the cheapest policy.
constexpr std::size_t OutputLimit = 1 << 20;

struct Connection
{
    int fd = -1;
    SSL *ssl = nullptr;
    bool upgraded = false;
    bool paused = false;
    bool dirty = false;
    Connection *peer = nullptr;
    std::string path;
    std::vector<unsigned char> rest;   // of an unfinished frame
    std::vector<unsigned char> output; // frames for this connection
    std::size_t sent = 0;
};

int epollFd = -1;
std::unordered_map<std::string, Connection *> waiting;
std::vector<Connection *> dirtyOnes;
std::vector<Connection *> resumedOnes;
std::vector<Connection *> deadOnes;

void watch(Connection *c, int operation)
{
    epoll_event event{};
    event.data.ptr = c;
    event.events = c->paused ? 0u : EPOLLIN;
    if (c->sent < c->output.size())
        event.events |= EPOLLOUT;
    epoll_ctl(epollFd, operation, c->fd, &event);
}

void drop(Connection *c)
{
    if (c->fd < 0)
        return;
    ERR_clear_error(); // or the next connection is taken for the one that failed
    SSL_free(c->ssl);
    close(c->fd);
    c->fd = -1;
    if (c->peer != nullptr)
        c->peer->peer = nullptr;
    waiting.erase(c->path);
    deadOnes.push_back(c);
}

void flush(Connection *c)
{
    while (c->fd >= 0 && c->sent < c->output.size()) {
        const std::size_t size = std::min(c->output.size() - c->sent, RecordSize);
        const int n = SSL_write(c->ssl, c->output.data() + c->sent, static_cast<int>(size));
        if (n <= 0) {
            if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_WRITE)
                drop(c);
            break;
        }
        c->sent += static_cast<std::size_t>(n);
    }
    if (c->fd < 0)
        return;
    if (c->sent == c->output.size()) {
        c->output.clear();
        c->sent = 0;
    }
    watch(c, EPOLL_CTL_MOD);
    Connection *sender = c->peer;
    if (sender != nullptr && sender->paused && c->output.size() - c->sent < OutputLimit / 2) {
        sender->paused = false;
        watch(sender, EPOLL_CTL_MOD);
        resumedOnes.push_back(sender); // what OpenSSL has read ahead raises no event
    }
}

void append(Connection *c, unsigned char opcode, const unsigned char *payload, std::size_t size)
{
    unsigned char header[10] = {static_cast<unsigned char>(0x80 | opcode)};
    std::size_t length = 2;
    if (size < 126) {
        header[1] = static_cast<unsigned char>(size);
    } else {
        header[1] = 126;
        header[2] = static_cast<unsigned char>(size >> 8);
        header[3] = static_cast<unsigned char>(size);
        length = 4;
    }
    c->output.insert(c->output.end(), header, header + length);
    c->output.insert(c->output.end(), payload, payload + size);
    if (!c->dirty) {
        c->dirty = true;
        dirtyOnes.push_back(c);
    }
}

void unmask(unsigned char *bytes, std::size_t size, const unsigned char *key)
{
    std::uint32_t key32 = 0;
    std::memcpy(&key32, key, 4);
    const std::uint64_t key64 = key32 | (static_cast<std::uint64_t>(key32) << 32);
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + i, 8);
        word ^= key64;
        std::memcpy(bytes + i, &word, 8);
    }
    for (; i < size; ++i)
        bytes[i] = static_cast<unsigned char>(bytes[i] ^ key[i & 3]);
}

/// Forwards all whole frames and returns how many bytes they took.
std::size_t forwardFrames(Connection *c, unsigned char *bytes, std::size_t size)
{
    std::size_t at = 0;
    while (size - at >= 6) {
        std::size_t length = bytes[at + 1] & 0x7f;
        std::size_t header = 6;
        if (length == 126) {
            if (size - at < 8)
                break;
            length = static_cast<std::size_t>(bytes[at + 2]) << 8 | bytes[at + 3];
            header = 8;
        }
        if (size - at < header + length)
            break;
        unmask(bytes + at + header, length, bytes + at + header - 4);
        const unsigned char opcode = bytes[at] & 0x0f;
        if (opcode == 8) {
            drop(c);
            return size;
        }
        if (c->peer != nullptr && opcode == 2)
            append(c->peer, opcode, bytes + at + header, length);
        at += header + length;
    }
    return at;
}

void upgrade(Connection *c, std::string_view request)
{
    const auto field = [request](std::string_view from, std::string_view to) {
        const std::size_t begin = request.find(from);
        if (begin == std::string_view::npos)
            return std::string();
        const std::size_t start = begin + from.size();
        return std::string(request.substr(start, request.find(to, start) - start));
    };
    c->path = field("GET ", " ");
    const std::string accept =
        field("Sec-WebSocket-Key: ", "\r\n") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char *>(accept.data()), accept.size(), digest);
    unsigned char text[32] = {};
    EVP_EncodeBlock(text, digest, sizeof digest);
    const std::string answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                               std::string(reinterpret_cast<char *>(text)) + "\r\n\r\n";
    c->output.insert(c->output.end(), answer.begin(), answer.end());
    const std::string connected = "connected";
    append(c, 1, reinterpret_cast<const unsigned char *>(connected.data()), connected.size());
    c->upgraded = true;
    if (const auto other = waiting.find(c->path); other != waiting.end()) {
        c->peer = other->second;
        other->second->peer = c;
        waiting.erase(other);
    } else {
        waiting.emplace(c->path, c);
    }
}

std::size_t consume(Connection *c, unsigned char *bytes, std::size_t size)
{
    if (c->upgraded)
        return forwardFrames(c, bytes, size);
    const std::string_view head(reinterpret_cast<char *>(bytes), size);
    const std::size_t end = head.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return 0;
    upgrade(c, head.substr(0, end + 4));
    return end + 4 + forwardFrames(c, bytes + end + 4, size - end - 4);
}

void readAll(Connection *c)
{
    static std::vector<unsigned char> buffer(ReadSize + 2 * RecordSize + 65536);
    for (;;) {
        std::copy(c->rest.begin(), c->rest.end(), buffer.begin());
        std::size_t size = c->rest.size();
        bool dry = false;
        while (size < ReadSize) {
            const int n = SSL_read(c->ssl, buffer.data() + size, RecordSize);
            if (n <= 0) {
                if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ)
                    return drop(c);
                dry = true;
                break;
            }
            size += static_cast<std::size_t>(n);
        }
        const std::size_t used = consume(c, buffer.data(), size);
        if (c->fd < 0)
            return;
        c->rest.assign(buffer.begin() + static_cast<std::ptrdiff_t>(used),
                       buffer.begin() + static_cast<std::ptrdiff_t>(size));
        if (c->rest.empty())
            c->rest.shrink_to_fit();
        if (dry)
            return;
        if (c->peer != nullptr && c->peer->output.size() - c->peer->sent > OutputLimit) {
            c->paused = true;
            return watch(c, EPOLL_CTL_MOD);
        }
    }
}

void acceptAll(int listener, SSL_CTX *context)
{
    int fd = -1;
    while ((fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        const int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        auto *c = new Connection; // freed in the main loop once dead
        c->fd = fd;
        c->ssl = SSL_new(context);
        SSL_set_fd(c->ssl, fd);
        SSL_set_accept_state(c->ssl);
        watch(c, EPOLL_CTL_ADD);
    }
}

int listenOn(std::uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd, reinterpret_cast<sockaddr *>(&address), size) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        return -1;
    std::printf("listening %d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return fd;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: reference_relay CERTIFICATE KEY\n");
        return 2;
    }
    SSL_CTX *context = higgs::bench::serverContext(argv[1], argv[2]);
    const int listener = context == nullptr ? -1 : listenOn(0);
    if (listener < 0) {
        std::fprintf(stderr, "reference_relay: cannot listen\n");
        return 1;
    }
    std::signal(SIGPIPE, SIG_IGN);
    epollFd = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    epoll_ctl(epollFd, EPOLL_CTL_ADD, listener, &event);
    std::vector<epoll_event> ready(256);
    for (;;) {
        const int count = epoll_wait(epollFd, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            auto *c = static_cast<Connection *>(ready[static_cast<std::size_t>(i)].data.ptr);
            if (c == nullptr)
                acceptAll(listener, context);
            else if (c->fd >= 0 && (ready[static_cast<std::size_t>(i)].events & EPOLLOUT) != 0)
                flush(c);
            if (c != nullptr && c->fd >= 0 && !c->paused)
                readAll(c);
        }
        while (!dirtyOnes.empty() || !resumedOnes.empty()) {
            for (Connection *c : std::exchange(dirtyOnes, {})) {
                c->dirty = false;
                flush(c);
            }
            for (Connection *c : std::exchange(resumedOnes, {})) {
                if (c->fd >= 0)
                    readAll(c);
            }
        }
        for (Connection *c : deadOnes)
            delete c;
        deadOnes.clear();
    }
}
