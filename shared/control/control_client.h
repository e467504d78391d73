// SPDX-License-Identifier: GPL-3.0-or-later
// A controller's end of the control socket for programs with an event loop: requests as futures,
// notifications as a signal. Never blocks.
#pragma once

#include "shared/control/rpc.h"

#include <QFuture>
#include <QObject>
#include <QPromise>
#include <map>
#include <memory>

namespace higgs::control {

class ControlChannel;

/// Requests without an answer so far; one more is refused with RateLimited.
constexpr std::size_t MaxPendingRequests = 32;

/// Lives on one thread. A client that was closed may open() again.
class ControlClient : public QObject
{
    Q_OBJECT

public:
    explicit ControlClient(QObject *parent = nullptr);
    ~ControlClient() override;

    /// Unavailable: no daemon answers there. Permission: this user may not. Local, so it is done
    /// when it returns.
    Result<void> open(const std::string &path);
    [[nodiscard]] bool isOpen() const { return m_channel != nullptr; }

    /// The answer, or the error of the daemon; Unavailable when the connection is or goes away.
    QFuture<Result<Json>> call(std::string_view method, const Json &params = Json::object());

Q_SIGNALS:
    void notified(const higgs::control::RpcNotification &notification);
    /// The daemon went away, or refused us (Forbidden, with its own words). Pending calls have
    /// ended before.
    void closed(const higgs::Error &reason);

private:
    void take(const std::string &frame);
    void fail(const Error &reason);

    std::unique_ptr<ControlChannel> m_channel;
    std::map<std::uint64_t, QPromise<Result<Json>>> m_pending;
    std::uint64_t m_lastId = 0;
};

} // namespace higgs::control
