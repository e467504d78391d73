// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/blocking_control_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace higgs::control {

namespace {

constexpr std::size_t MaxKeptNotifications = 16;

Unexpected gone()
{
    return unexpected(ErrorCode::Unavailable, "the daemon closed the connection");
}

/// False when the deadline came first.
bool waitFor(int fd, short events, Monotonic deadline)
{
    while (true) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - monotonicNow());
        pollfd wanted{fd, events, 0};
        const int ready =
            ::poll(&wanted, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000)));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return true; // the next call on the socket tells what is wrong
        if (left.count() <= 0)
            return false;
    }
}

} // namespace

Result<int> connectControlSocket(const std::string &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path))
        return unexpected(ErrorCode::InvalidArgument, "not a path of a control socket: " + path);
    std::copy(path.begin(), path.end(), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return unexpected(ErrorCode::System, std::string("socket: ") + std::strerror(errno));
    if (::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0)
        return fd;
    const int number = errno;
    ::close(fd);
    return unexpected(number == EACCES || number == EPERM ? ErrorCode::Permission
                                                          : ErrorCode::Unavailable,
                      std::strerror(number));
}

Result<BlockingControlClient> BlockingControlClient::open(const std::string &path)
{
    const Result<int> fd = connectControlSocket(path);
    if (!fd)
        return unexpected(fd.error());
    return BlockingControlClient(*fd);
}

BlockingControlClient::BlockingControlClient(BlockingControlClient &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1)),
      m_decoder(std::move(other.m_decoder)),
      m_notifications(std::move(other.m_notifications)),
      m_lastId(other.m_lastId)
{}

BlockingControlClient::~BlockingControlClient()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Result<Json> BlockingControlClient::call(std::string_view method, const Json &params,
                                         Milliseconds timeout)
{
    const Monotonic deadline = monotonicNow() + timeout;
    const std::uint64_t id = ++m_lastId;
    const Result<void> sent = send(encodeRequest(id, method, params), deadline);
    // A server that refuses us says why and closes; its words are worth more than EPIPE.
    if (!sent && sent.error().code != ErrorCode::Unavailable)
        return unexpected(sent.error());
    while (true) {
        Result<std::optional<Message>> message = receive(deadline);
        if (!message)
            return unexpected(message.error());
        if (!message->has_value())
            return unexpected(ErrorCode::Timeout, "the daemon did not answer in time");
        if (auto *answer = std::get_if<RpcAnswer>(&**message)) {
            if (answer->id == id)
                return std::move(answer->outcome);
            continue; // of a call that timed out before
        }
        m_notifications.push_back(std::move(std::get<RpcNotification>(**message)));
        if (m_notifications.size() > MaxKeptNotifications)
            m_notifications.pop_front();
    }
}

Result<std::optional<RpcNotification>> BlockingControlClient::notification(Milliseconds timeout)
{
    const Monotonic deadline = monotonicNow() + timeout;
    while (m_notifications.empty()) {
        Result<std::optional<Message>> message = receive(deadline);
        if (!message)
            return unexpected(message.error());
        if (!message->has_value())
            return std::optional<RpcNotification>{};
        if (auto *notification = std::get_if<RpcNotification>(&**message))
            m_notifications.push_back(std::move(*notification));
    }
    std::optional<RpcNotification> oldest(std::move(m_notifications.front()));
    m_notifications.pop_front();
    return oldest;
}

Result<void> BlockingControlClient::send(std::string_view frame, Monotonic deadline)
{
    std::string bytes;
    if (Result<void> framed = protocol::appendControlFrame(bytes, frame); !framed)
        return framed;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t count = ::send(m_fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count >= 0) {
            sent += static_cast<std::size_t>(count);
        } else if (errno != EAGAIN && errno != EINTR) {
            return gone();
        } else if (!waitFor(m_fd, POLLOUT, deadline)) {
            return unexpected(ErrorCode::Timeout, "the daemon does not take the request");
        }
    }
    return {};
}

Result<std::optional<BlockingControlClient::Message>>
BlockingControlClient::receive(Monotonic deadline)
{
    while (true) {
        Result<std::optional<std::string>> frame = m_decoder.next();
        if (!frame)
            return unexpected(frame.error());
        if (frame->has_value()) {
            Result<Message> message = decodeServerMessage(**frame);
            if (!message)
                return unexpected(message.error());
            return std::optional<Message>(std::move(*message));
        }
        if (!waitFor(m_fd, POLLIN, deadline))
            return std::optional<Message>{};
        std::array<std::uint8_t, 65536> buffer;
        const ssize_t got = ::recv(m_fd, buffer.data(), buffer.size(), 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return gone();
        if (got > 0)
            m_decoder.push(ByteSpan(buffer).first(static_cast<std::size_t>(got)));
    }
}

} // namespace higgs::control
