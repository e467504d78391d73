// SPDX-License-Identifier: GPL-3.0-or-later
// The listening socket and its connections: TLS 1.3, HTTP/1.1, bounded per network. Handshakes are
// made on a thread of their own, all else on one.
#pragma once

#include "server/cache/due_times.h"
#include "server/http/held_bytes.h"
#include "server/http/http_message.h"
#include "server/http/request_turns.h"
#include "server/http/tls_acceptor.h"
#include "shared/net/tls_stream.h"

#include <QThread>
#include <QTimer>
#include <memory>
#include <unordered_map>

namespace higgs::server {

class HttpConnection;
class HttpServer;

/// The way back to one request. A copyable ticket: when the connection is gone, or the request has
/// been answered, it does nothing. Used on the server's thread.
class HttpReply
{
public:
    HttpReply(HttpServer &server, std::uint64_t connection, std::uint64_t request)
        : m_server(&server), m_connection(connection), m_request(request)
    {}

    /// False when there is nobody to answer any more.
    bool send(HttpResponse response);
    /// Queues `head` (a whole 101) and takes the connection out of the server's hands.
    std::optional<TlsConnection> upgrade(std::string_view head);
    /// To the client and back, as TCP has seen it; zero where it has not.
    [[nodiscard]] Milliseconds roundTrip() const;

private:
    HttpServer *m_server;
    std::uint64_t m_connection;
    std::uint64_t m_request;
};

/// What answers requests.
class HttpApplication
{
public:
    HttpApplication() = default;
    HttpApplication(const HttpApplication &) = delete;
    HttpApplication &operator=(const HttpApplication &) = delete;
    virtual ~HttpApplication() = default;

    /// `peer` is the client's address, unmapped. The reply may be used at once or later.
    virtual void handle(const Endpoint &peer, HttpRequest request, HttpReply reply) = 0;
    /// The answer when a request does not come as far as handle() (400, 408, 413, 431, ...), or an
    /// answer does not come back from it (429, 503).
    virtual HttpResponse refusal(const Endpoint &peer, int status) = 0;
};

class HttpServer : public QObject
{
    Q_OBJECT

public:
    /// All references must outlive the server; `limits` and `tls` may change between calls, if
    /// reloaded() is called then.
    HttpServer(EpollSet &epoll, const TlsContext &tls, const Limits &limits,
               HttpApplication &application, QObject *parent = nullptr);
    ~HttpServer() override;

    /// Who has to begin every connection with a PROXY header; before listen().
    void setFronts(std::vector<IpPrefix> fronts) { m_fronts = std::move(fronts); }
    /// How many threads make handshakes, at least one; before listen(). By itself half as many as
    /// there are processors.
    void setHandshakeThreads(std::size_t count) { m_handshakeThreads = count; }
    /// The limits or the certificate have changed.
    void reloaded();
    /// Connections that were turned away before they could ask for anything.
    [[nodiscard]] const AcceptorCounters &turnedAway() const { return m_turnedAway; }

    /// Binds and listens; port 0 takes a free one. AlreadyExists when the port is taken.
    Result<void> listen(const Endpoint &endpoint);
    [[nodiscard]] Endpoint localEndpoint() const { return m_local; }
    /// No new connections and requests; drained() when the running ones are answered.
    void drain();
    [[nodiscard]] std::size_t connections() const { return m_connections.size(); }
    /// A connection that was handed on has ended: what it held can be given back.
    void handedOnEnded() { ++m_endedSinceTrim; }

Q_SIGNALS:
    void drained();

private:
    friend class HttpConnection;
    friend class HttpReply;

    void adopt(TlsConnection connection);
    void connectionEnded(std::uint64_t id);
    void requestReady(const IpAddress &network, std::uint64_t connection);
    void serveTurn();
    void sweep();
    void giveMemoryBack(Monotonic now);
    void bury();
    HttpConnection *find(std::uint64_t id);

    EpollSet &m_epoll;
    const TlsContext &m_tls;
    const Limits &m_limits;
    HttpApplication &m_application;
    std::vector<IpPrefix> m_fronts;
    AcceptorCounters m_turnedAway;
    QThread m_thread;
    TlsAcceptor *m_acceptor = nullptr; ///< on m_thread, which deletes it
    Endpoint m_local;
    std::uint64_t m_nextId = 1;
    HeldBytes m_heldRequests; ///< these two are told by the connections until they are deleted
    HeldBytes m_heldAnswers;
    std::size_t m_handshakeThreads;
    RequestTurns m_turns;
    std::unordered_map<std::uint64_t, std::unique_ptr<HttpConnection>> m_connections;
    std::vector<std::unique_ptr<HttpConnection>> m_dead; ///< may still be on the call stack
    DueTimes<std::uint64_t, Monotonic> m_deadlines;      ///< of connections
    QTimer m_sweep;
    std::size_t m_endedSinceTrim = 0;
    Monotonic m_lastTrim{};
    bool m_turnQueued = false;
    bool m_draining = false;
    bool m_drained = false;
};

} // namespace higgs::server
