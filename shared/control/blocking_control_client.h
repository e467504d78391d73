// SPDX-License-Identifier: GPL-3.0-or-later
// A controller's end of the control socket for command-line programs: no event loop, every wait has
// a deadline.
#pragma once

#include "shared/base/clock.h"
#include "shared/control/control_socket.h"
#include "shared/control/rpc.h"
#include "shared/protocol/control_frame.h"

#include <deque>

namespace higgs::control {

/// A connected non-blocking socket; the caller owns it. Unavailable: nobody listens there.
/// Permission: this user may not. InvalidArgument: the path is too long.
Result<int> connectControlSocket(const std::string &path);

class BlockingControlClient
{
public:
    static Result<BlockingControlClient> open(const std::string &path);
    BlockingControlClient(BlockingControlClient &&other) noexcept;
    BlockingControlClient &operator=(BlockingControlClient &&other) = delete;
    ~BlockingControlClient();

    /// Who listens there; System: the system does not say.
    [[nodiscard]] Result<ControlPeer> peer() const { return controlPeer(m_fd); }

    /// Timeout: no answer in time. Unavailable: the daemon went away. Otherwise its own error.
    Result<Json> call(std::string_view method, const Json &params, Milliseconds timeout);
    /// The next notification; nullopt when none came in time.
    Result<std::optional<RpcNotification>> notification(Milliseconds timeout);
    /// Those that came with the answers so far, and so tell of the time before them.
    void discardNotifications() { m_notifications.clear(); }

private:
    using Message = std::variant<RpcAnswer, RpcNotification>;

    explicit BlockingControlClient(int fd) : m_fd(fd) {}
    Result<void> send(std::string_view frame, Monotonic deadline);
    Result<std::optional<Message>> receive(Monotonic deadline);

    int m_fd;
    protocol::ControlFrameDecoder m_decoder;
    /// Came while an answer was awaited; only the newest are kept, since each tells all.
    std::deque<RpcNotification> m_notifications;
    std::uint64_t m_lastId = 0;
};

} // namespace higgs::control
