// SPDX-License-Identifier: GPL-3.0-or-later
// A daemon's control socket as a JSON-RPC 2.0 server: named methods, answers now or later, and
// notifications to whoever subscribed. Everything a peer can make grow is bounded.
#pragma once

#include "shared/control/control_socket.h"
#include "shared/control/rpc.h"

#include <QObject>
#include <QPointer>
#include <QTimer>
#include <functional>
#include <map>
#include <vector>

class QSocketNotifier;

namespace higgs::control {

class ControlConnection;

/// More than any desktop has controllers; the next one is told so and closed. Root, the daemon's
/// own user and all others have as many each: whoever fills theirs, root can always step in.
constexpr std::size_t MaxControlConnections = 64;
/// One of the others leaves room for the rest of them.
constexpr std::size_t MaxConnectionsOfUser = 48;
/// Requests of one connection that are not answered yet.
constexpr unsigned MaxCallsInFlight = 32;

/// One request, to be answered once: at once or, moved somewhere, later. Answering after the caller
/// has gone is allowed and does nothing. A call that dies unanswered is answered with Internal.
class ControlCall
{
public:
    ControlCall(ControlConnection &connection, RpcRequest request);
    ControlCall(ControlCall &&other) noexcept;
    ControlCall &operator=(ControlCall &&other) = delete;
    ~ControlCall();

    [[nodiscard]] const Json &params() const { return m_request.params; }
    [[nodiscard]] ControlPeer peer() const;
    /// From now on the caller gets notifications.
    void subscribe();
    void answer(const Result<Json> &outcome);

private:
    QPointer<ControlConnection> m_connection;
    RpcRequest m_request;
    bool m_open = true;
};

/// Lives on one thread, which must run a Qt event loop.
class ControlServer : public QObject
{
    Q_OBJECT

public:
    using Method = std::function<void(ControlCall)>;

    explicit ControlServer(QObject *parent = nullptr);
    ~ControlServer() override;

    void addMethod(std::string name, Method method);
    /// As ControlSocket::open(). Methods must be added before.
    Result<void> listen(const std::string &path, std::string_view note = {},
                        Admission admission = Admission::HiggsGroup);

    void notifySubscribers(std::string_view method, const Json &params);
    [[nodiscard]] bool hasSubscribers() const;
    [[nodiscard]] std::size_t connectionCount() const { return m_connections.size(); }
    /// For tests; FrameDeadline otherwise. Holds for connections accepted later.
    void setFrameDeadline(std::chrono::milliseconds deadline) { m_frameDeadline = deadline; }

private:
    void acceptPending();
    void admit(int fd);
    void refuse(int fd, const std::string &reason);
    void run(ControlConnection &connection, const std::string &frame);
    [[nodiscard]] bool hasRoomFor(const ControlPeer &peer) const;
    void fault(ControlConnection &connection, const RpcFault &found);
    void drop(ControlConnection *connection, const Error &reason);
    struct Refusal
    {
        const char *event = "";
        std::string reason;
        ControlPeer peer;
    };
    void logRefusal(Refusal refusal);
    void writeRefusal(const Refusal &refusal, unsigned others);

    std::unique_ptr<ControlSocket> m_socket;
    Admission m_admission = Admission::HiggsGroup;
    QSocketNotifier *m_incoming = nullptr;
    std::map<std::string, Method, std::less<>> m_methods;
    std::vector<ControlConnection *> m_connections; ///< children of this
    std::chrono::milliseconds m_frameDeadline;
    QTimer m_refusalPause; ///< runs for a while after each line about a refusal
    Refusal m_lastUnlogged;
    unsigned m_unlogged = 0;
};

} // namespace higgs::control
