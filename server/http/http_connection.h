// SPDX-License-Identifier: GPL-3.0-or-later
// One HTTP connection: feeds the parser, has one request answered at a time, in order (pipelining),
// and keeps the deadlines.
#pragma once

#include "server/http/http_parser.h"
#include "server/http/http_server.h"

namespace higgs::server {

/// Owned by its HttpServer, which it tells when it has ended.
class HttpConnection : private TlsStreamClient
{
public:
    HttpConnection(HttpServer &server, std::uint64_t id, int fd, const Endpoint &peer,
                   Monotonic now);
    ~HttpConnection() override;

    [[nodiscard]] const Endpoint &peer() const { return m_peer; }
    [[nodiscard]] std::uint64_t id() const { return m_id; }
    /// True while a request waits for its answer.
    [[nodiscard]] bool isBusy() const { return m_state == State::Answering; }

    bool send(std::uint64_t request, const HttpResponse &response);
    std::optional<TlsConnection> upgrade(std::uint64_t request, std::string_view head);
    void checkDeadline(Monotonic now);
    /// Ends now if idle, else after the answer that is due.
    void drain();

private:
    enum class State {
        Handshaking, ///< TlsStream keeps its own deadline
        Reading,
        Answering, ///< a request is with the application
        Lingering, ///< the last answer is sent; input is thrown away so that it is not lost
        Ended,
    };

    void streamReady() override;
    void streamReceived(MutableByteSpan data) override;
    void streamClosed(const std::optional<Error> &error) override;

    void process();
    void dispatch();
    void answerFault();
    void setReadDeadline(Monotonic now);
    bool write(const HttpResponse &response, bool keepAlive, bool headOnly);
    void linger();
    void end();

    HttpServer &m_server;
    std::uint64_t m_id;
    Endpoint m_peer;
    HttpParser m_parser;
    std::unique_ptr<TlsStream> m_stream;
    State m_state = State::Handshaking;
    HttpParser::State m_parsed = HttpParser::State::Idle;
    std::uint64_t m_request = 0;
    std::optional<Monotonic> m_deadline;
    bool m_keepAlive = true;
    bool m_headOnly = false;
    bool m_closing = false; ///< no further request
    bool m_processing = false;
};

} // namespace higgs::server
