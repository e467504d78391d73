// SPDX-License-Identifier: GPL-3.0-or-later
// One HTTP connection: feeds the parser, has one request answered at a time, in order (pipelining)
// and when its turn comes, sends answers as fast as they are taken, and keeps the deadlines.
#pragma once

#include "server/http/http_parser.h"
#include "server/http/http_server.h"

namespace higgs::server {

/// Owned by its HttpServer, which it tells when it has ended.
class HttpConnection : private TlsStreamClient
{
public:
    HttpConnection(HttpServer &server, std::uint64_t id, TlsConnection connection, Monotonic now);
    ~HttpConnection() override;

    [[nodiscard]] const Endpoint &peer() const { return m_peer; }
    [[nodiscard]] std::uint64_t id() const { return m_id; }

    /// Its turn has come: gives its request to the application.
    void serve();
    bool send(std::uint64_t request, HttpResponse response);
    std::optional<TlsConnection> upgrade(std::uint64_t request, std::string_view head);
    [[nodiscard]] Milliseconds roundTrip() const;
    void checkDeadline(Monotonic now);
    /// Ends now if idle, else after the answer that is due.
    void drain();

private:
    enum class State {
        Reading,
        Queued,    ///< a whole request waits for its turn, or for the end of a pause
        Answering, ///< a request is with the application
        Sending,   ///< an answer is on its way; the next request is not looked at before it left
        Lingering, ///< the last answer is sent; input is thrown away so that it is not lost
        Ended,
    };

    void streamReceived(MutableByteSpan data) override;
    void streamKeeps() override;
    void streamDrained() override;
    ByteSpan nextOutput() override;
    void outputTaken(std::size_t bytes) override;
    void streamClosed(const std::optional<Error> &error) override;

    void parsed(HttpParser::State state);
    void queue();
    void answerFault(int status);
    void setReadDeadline(Monotonic now);
    void setDeadline(Monotonic at);
    bool write(HttpResponse response, bool keepAlive, bool headOnly);
    void sent();
    void linger();
    void noteHeld();
    void end();

    HttpServer &m_server;
    std::uint64_t m_id;
    Endpoint m_peer;
    IpAddress m_network; ///< whose turns and memory this one uses
    HttpParser m_parser;
    std::unique_ptr<TlsStream> m_stream;
    State m_state = State::Reading;
    HttpParser::State m_parsed = HttpParser::State::Idle;
    std::uint64_t m_request = 0;
    std::optional<Monotonic> m_deadline; ///< of the state
    Monotonic m_notBefore;               ///< the next request's turn, after a refusal of a limit
    HttpResponse m_response;             ///< while it is sent: the rest of a long one
    std::size_t m_responseSent = 0;
    std::size_t m_heldRequest = 0; ///< as the server knows it
    std::size_t m_heldAnswer = 0;
    bool m_keepAlive = true;
    bool m_headOnly = false;
    bool m_closing = false; ///< no further request
};

} // namespace higgs::server
