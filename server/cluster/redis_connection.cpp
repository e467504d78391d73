// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/redis_connection.h"

#include "shared/base/log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr std::size_t ReadSize = 64 * 1024;

Unexpected systemError(const char *what)
{
    return unexpected(ErrorCode::Network, std::string(what) + ": " + std::strerror(errno));
}

Unexpected oddAnswer(const char *to)
{
    return unexpected(ErrorCode::Malformed,
                      std::string("what answers ") + to + " is no Redis that we understand");
}

} // namespace

RedisConnection::RedisConnection(RedisUrl url, std::string channel)
    : m_url(std::move(url)), m_channel(std::move(channel))
{}

RedisConnection::~RedisConnection()
{
    close();
}

void RedisConnection::close()
{
    m_tls.reset();
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = -1;
    m_ready = m_connecting = m_shaking = false;
    m_out.clear();
    m_asked.clear();
    m_answers.reset();
}

Result<void> RedisConnection::open(Monotonic now)
{
    close();
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    const int failed =
        ::getaddrinfo(m_url.host.c_str(), std::to_string(m_url.port).c_str(), &hints, &found);
    if (failed != 0)
        return unexpected(ErrorCode::Network, m_url.host + ": " + ::gai_strerror(failed));
    m_fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int begun = m_fd < 0 ? -1 : ::connect(m_fd, found->ai_addr, found->ai_addrlen);
    ::freeaddrinfo(found);
    if (m_fd < 0 || (begun != 0 && errno != EINPROGRESS)) {
        const Unexpected why = systemError("connect");
        close();
        return why;
    }
    const int on = 1;
    ::setsockopt(m_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    m_connecting = true;
    m_answers.emplace();
    m_heardAt = now;
    return {};
}

Result<void> RedisConnection::connected(Monotonic now)
{
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(m_fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        errno = error;
        return systemError("connect");
    }
    m_connecting = false;
    m_heardAt = now;
    if (!m_url.tls)
        return greet(now);
    auto begun = RedisTls::begin(m_url, m_fd);
    if (!begun)
        return unexpected(begun.error());
    m_tls = std::move(*begun);
    m_shaking = true;
    return shakeHands(now);
}

Result<void> RedisConnection::shakeHands(Monotonic now)
{
    const Result<bool> done = m_tls->handshake();
    if (!done)
        return unexpected(done.error());
    if (!*done)
        return {};
    m_shaking = false;
    return greet(now);
}

bool RedisConnection::wantsToWrite() const
{
    if (m_connecting || (m_tls && m_tls->wantsToWrite()))
        return true;
    return !m_shaking && !m_out.empty();
}

Result<void> RedisConnection::greet(Monotonic now)
{
    m_heardAt = m_pingedAt = now;
    if (!m_url.password.empty()) {
        const auto said = m_url.user.empty()
                              ? ask(Asked::Auth, {"AUTH", m_url.password})
                              : ask(Asked::Auth, {"AUTH", m_url.user, m_url.password});
        if (!said)
            return said;
    }
    if (const auto said = ask(Asked::Select, {"SELECT", std::to_string(m_url.database)}); !said)
        return said;
    return m_channel.empty() ? ask(Asked::Ping, {"PING"})
                             : ask(Asked::Subscribe, {"SUBSCRIBE", m_channel});
}

Result<void> RedisConnection::ask(Asked what, std::span<const std::string_view> words)
{
    const std::string command = redisCommand(words);
    if (m_out.size() + command.size() > MaxWaiting)
        return unexpected(ErrorCode::TooLarge, "Redis does not read what is sent to it");
    m_out += command;
    m_asked.push_back(what);
    return write();
}

Result<void> RedisConnection::send(std::span<const std::string_view> words)
{
    return ask(Asked::Command, words);
}

Result<void> RedisConnection::tick(Monotonic now)
{
    // Who listens hears the others, and all of them may be away.
    const bool waits = m_connecting || m_shaking;
    if ((waits || !m_asked.empty()) && now - m_heardAt >= Patience)
        return unexpected(ErrorCode::Timeout, "Redis does not answer");
    if (waits || now - m_pingedAt < PingInterval)
        return {};
    // From the first question on: the silence before it says nothing.
    if (m_asked.empty())
        m_heardAt = now;
    m_pingedAt = now;
    return ask(Asked::Ping, {"PING"});
}

Result<void> RedisConnection::move(Monotonic now, bool readable, bool writable, const Heard &heard)
{
    if (m_connecting) {
        if (!readable && !writable)
            return {};
        if (const auto done = connected(now); !done)
            return done;
    } else if (m_shaking && (readable || writable)) {
        if (const auto shaken = shakeHands(now); !shaken)
            return shaken;
    }
    if (m_shaking)
        return {};
    // TLS may read what it has to before it writes, and the other way round.
    if (writable || m_tls) {
        if (const auto written = write(); !written)
            return written;
    }
    return readable ? read(now, heard) : Result<void>();
}

Result<void> RedisConnection::write()
{
    while (!m_out.empty() && !m_connecting && !m_shaking) {
        const auto sent = sendSome(asBytes(m_out));
        if (!sent)
            return unexpected(sent.error());
        if (*sent == 0)
            return {};
        m_out.erase(0, *sent);
    }
    return {};
}

Result<std::size_t> RedisConnection::sendSome(ByteSpan bytes)
{
    if (m_tls)
        return m_tls->write(bytes);
    const ssize_t sent = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return systemError("send");
    return static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
}

Result<std::optional<std::size_t>> RedisConnection::receive(MutableByteSpan into)
{
    if (m_tls)
        return m_tls->read(into);
    const ssize_t got = ::recv(m_fd, into.data(), into.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return std::optional<std::size_t>();
    if (got < 0)
        return systemError("recv");
    return std::optional(static_cast<std::size_t>(got));
}

Result<void> RedisConnection::read(Monotonic now, const Heard &heard)
{
    // More than a TLS record, so that none of it waits inside where no poll() sees it.
    std::array<std::uint8_t, ReadSize> buffer;
    const auto got = receive(buffer);
    if (!got)
        return unexpected(got.error());
    if (!*got)
        return {};
    if (**got == 0)
        return unexpected(ErrorCode::Network, "Redis has closed the connection");
    m_heardAt = now;
    if (const auto fed = m_answers->feed(ByteSpan(buffer).first(**got)); !fed)
        return fed;
    while (true) {
        const auto answer = m_answers->next();
        if (!answer)
            return unexpected(answer.error());
        if (!*answer)
            return {};
        if (const auto taken = take(**answer, heard); !taken)
            return taken;
    }
}

Result<void> RedisConnection::take(const RedisAnswer &answer, const Heard &heard)
{
    const std::string *first = answer.textAt(0);
    if (m_ready && first != nullptr && *first == "message")
        return takePublished(answer, heard);
    if (m_asked.empty())
        return oddAnswer("without being asked");
    const Asked asked = m_asked.front();
    m_asked.pop_front();
    if (answer.kind == RedisAnswer::Kind::Error && asked != Asked::Command)
        return unexpected(ErrorCode::Forbidden, "Redis refuses: " + answer.text);
    switch (asked) {
    case Asked::Auth:
    case Asked::Select:
        return answer.isStatus("OK") ? Result<void>() : oddAnswer("AUTH and SELECT");
    case Asked::Subscribe:
        if (first == nullptr || *first != "subscribe")
            return oddAnswer("SUBSCRIBE");
        m_ready = true;
        return {};
    case Asked::Ping:
        if (!answer.isStatus("PONG") && (first == nullptr || *first != "pong"))
            return oddAnswer("PING");
        m_ready = true;
        return {};
    case Asked::Command:
        break;
    }
    // A key of another type, a full memory: what is kept for others is not kept, and no more.
    if (answer.kind == RedisAnswer::Kind::Error)
        log::sampled(log::Level::Warning, "cluster", "Redis does not take a command",
                     answer.text.substr(0, answer.text.find(' ')),
                     {{"detail", answer.text.substr(0, 200)}});
    return {};
}

Result<void> RedisConnection::takePublished(const RedisAnswer &answer, const Heard &heard)
{
    const std::string *channel = answer.textAt(1);
    const std::string *text = answer.textAt(2);
    if (channel == nullptr || text == nullptr || *channel != m_channel)
        return oddAnswer("SUBSCRIBE");
    heard(*text);
    return {};
}

} // namespace higgs::server
