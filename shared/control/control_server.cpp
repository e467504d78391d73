// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/control_server.h"

#include "shared/base/log.h"
#include "shared/control/control_connection.h"

#include <QSocketNotifier>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::control {

namespace {

constexpr const char *LogCategory = "control";
// Somebody who knocks in a loop gets one line a second: the last one, and the number of the others.
constexpr Seconds RefusalLogInterval{1};
// Out of descriptors: accepting again at once would spin, since the connection stays ready.
constexpr Seconds AcceptPause{1};
// Longer than any method's name, and short for a log.
constexpr std::size_t LoggedName = 32;

constexpr const char *ConnectionRefused = "connection refused";
constexpr const char *ConnectionEnded = "connection ended";
constexpr const char *RequestRefused = "request refused";

/// What the peer is to blame for; everything else is told by whoever failed.
bool isRefusal(ErrorCode code)
{
    return code == ErrorCode::InvalidArgument || code == ErrorCode::Forbidden ||
           code == ErrorCode::TooLarge || code == ErrorCode::Malformed;
}

} // namespace

ControlCall::ControlCall(ControlConnection &connection, RpcRequest request)
    : m_connection(&connection), m_request(std::move(request))
{
    connection.callBegun();
}

ControlCall::ControlCall(ControlCall &&other) noexcept
    : m_connection(std::move(other.m_connection)),
      m_request(std::move(other.m_request)),
      m_open(std::exchange(other.m_open, false))
{}

ControlCall::~ControlCall()
{
    if (m_open)
        answer(unexpected(ErrorCode::Internal, "the daemon did not answer the request"));
}

ControlPeer ControlCall::peer() const
{
    return m_connection.isNull() ? ControlPeer{} : m_connection->peer();
}

void ControlCall::subscribe()
{
    if (!m_connection.isNull())
        m_connection->subscribe();
}

void ControlCall::answer(const Result<Json> &outcome)
{
    if (!std::exchange(m_open, false) || m_connection.isNull())
        return;
    m_connection->callEnded();
    // The name of the error only: its sentence may hold what the peer sent.
    if (!outcome && isRefusal(outcome.error().code))
        Q_EMIT m_connection->refused(m_request.method + ": " + toString(outcome.error().code));
    if (m_request.id)
        m_connection->channel().send(encodeAnswer(*m_request.id, outcome));
}

ControlServer::ControlServer(QObject *parent) : QObject(parent), m_frameDeadline(FrameDeadline)
{
    m_refusalPause.setSingleShot(true);
    connect(&m_refusalPause, &QTimer::timeout, this, [this] {
        if (const unsigned unlogged = std::exchange(m_unlogged, 0); unlogged > 0)
            writeRefusal(m_lastUnlogged, unlogged - 1);
    });
}

ControlServer::~ControlServer() = default;

void ControlServer::addMethod(std::string name, Method method)
{
    m_methods.insert_or_assign(std::move(name), std::move(method));
}

Result<void> ControlServer::listen(const std::string &path, std::string_view note,
                                   Admission admission)
{
    m_admission = admission;
    Result<std::unique_ptr<ControlSocket>> socket = ControlSocket::open(path, note, admission);
    if (!socket)
        return unexpected(socket.error());
    m_socket = std::move(*socket);
    m_incoming = new QSocketNotifier(m_socket->descriptor(), QSocketNotifier::Read, this);
    connect(m_incoming, &QSocketNotifier::activated, this, &ControlServer::acceptPending);
    return {};
}

void ControlServer::notifySubscribers(std::string_view method, const Json &params)
{
    if (!hasSubscribers())
        return;
    const std::string frame = encodeNotification(method, params);
    // By copy: a subscriber that does not read is dropped from the list while we send.
    const std::vector<ControlConnection *> connections = m_connections;
    for (ControlConnection *connection : connections) {
        if (connection->isSubscribed())
            connection->channel().send(frame);
    }
}

bool ControlServer::hasSubscribers() const
{
    return std::any_of(m_connections.begin(), m_connections.end(),
                       [](const ControlConnection *each) { return each->isSubscribed(); });
}

void ControlServer::acceptPending()
{
    while (true) {
        const int fd =
            ::accept4(m_socket->descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(fd);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN) {
            log::warning(LogCategory, "cannot accept", {{"error", std::strerror(errno)}});
            m_incoming->setEnabled(false);
            QTimer::singleShot(AcceptPause, this, [this] { m_incoming->setEnabled(true); });
        }
        return;
    }
}

void ControlServer::admit(int fd)
{
    const Result<ControlPeer> peer = controlPeer(fd);
    const bool closed = m_admission == Admission::Nobody;
    if (!peer || !mayControl(fd, *peer, closed ? std::nullopt : controlGroup())) {
        logRefusal({ConnectionRefused, "not allowed", peer ? *peer : ControlPeer{}});
        refuse(fd, closed ? "only root and the user that runs the server may do this"
                          : std::string("this user may not control the daemon: only root and "
                                        "members of the group ") +
                                ControlGroup + " may");
        return;
    }
    if (!hasRoomFor(*peer)) {
        logRefusal({ConnectionRefused, "too many connections", *peer});
        refuse(fd, "the daemon has too many controllers: close one and try again");
        return;
    }
    auto *connection = new ControlConnection(fd, *peer, this);
    ControlChannel &channel = connection->channel();
    channel.setFrameDeadline(m_frameDeadline);
    channel.expectFrame();
    connect(&channel, &ControlChannel::frameReceived, this,
            [this, connection](const std::string &frame) { run(*connection, frame); });
    connect(&channel, &ControlChannel::closed, this,
            [this, connection](const Error &reason) { drop(connection, reason); });
    connect(connection, &ControlConnection::refused, this,
            [this, connection](const std::string &reason) {
                logRefusal({RequestRefused, reason, connection->peer()});
            });
    m_connections.push_back(connection);
}

bool ControlServer::hasRoomFor(const ControlPeer &peer) const
{
    const auto isReserved = [own = ::geteuid()](uid_t uid) { return uid == 0 || uid == own; };
    const auto present = [this](auto &&counts) {
        return static_cast<std::size_t>(std::count_if(
            m_connections.begin(), m_connections.end(),
            [&counts](const ControlConnection *each) { return counts(each->peer().uid); }));
    };
    const std::size_t same = present([&peer](uid_t uid) { return uid == peer.uid; });
    if (isReserved(peer.uid))
        return same < MaxControlConnections;
    const std::size_t others = present([&](uid_t uid) { return !isReserved(uid); });
    return same < MaxConnectionsOfUser && others < MaxControlConnections;
}

void ControlServer::refuse(int fd, const std::string &reason)
{
    ControlChannel channel(fd);
    channel.send(encodeAnswer(nullptr, unexpected(ErrorCode::Forbidden, reason)));
}

void ControlServer::run(ControlConnection &connection, const std::string &frame)
{
    std::variant<RpcRequest, RpcFault> decoded = decodeRequest(frame);
    if (const auto *found = std::get_if<RpcFault>(&decoded)) {
        fault(connection, *found);
        return;
    }
    auto &request = std::get<RpcRequest>(decoded);
    const auto method = m_methods.find(request.method);
    if (method == m_methods.end()) {
        logRefusal({RequestRefused, "no method " + request.method.substr(0, LoggedName),
                    connection.peer()});
        if (request.id)
            connection.channel().send(
                encodeFault({*request.id, RpcCode::MethodNotFound, "there is no such method"}));
        return;
    }
    if (connection.callsInFlight() >= MaxCallsInFlight) {
        if (request.id)
            connection.channel().send(encodeAnswer(
                *request.id, unexpected(ErrorCode::RateLimited, "too many requests at once")));
        return;
    }
    method->second(ControlCall(connection, std::move(request)));
}

void ControlServer::fault(ControlConnection &connection, const RpcFault &found)
{
    logRefusal({RequestRefused, found.message, connection.peer()});
    connection.channel().send(encodeFault(found));
}

void ControlServer::drop(ControlConnection *connection, const Error &reason)
{
    if (reason.code != ErrorCode::Cancelled)
        logRefusal({ConnectionEnded, reason.detail, connection->peer()});
    std::erase(m_connections, connection);
    // Not at once: the channel may be in the middle of telling us.
    connection->deleteLater();
}

void ControlServer::logRefusal(Refusal refusal)
{
    if (!m_refusalPause.isActive()) {
        writeRefusal(refusal, 0);
        return;
    }
    m_lastUnlogged = std::move(refusal);
    ++m_unlogged;
}

void ControlServer::writeRefusal(const Refusal &refusal, unsigned others)
{
    log::warning(LogCategory, refusal.event,
                 {{"reason", refusal.reason},
                  {"uid", refusal.peer.uid},
                  {"pid", refusal.peer.pid},
                  {"others", others}});
    m_refusalPause.start(RefusalLogInterval);
}

} // namespace higgs::control
