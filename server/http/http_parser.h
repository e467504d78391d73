// SPDX-License-Identifier: GPL-3.0-or-later
// A strict HTTP/1.1 and HTTP/1.0 request parser without I/O: bytes in, one request at a time out.
// The head is gathered and bounded here, read by Boost.Beast's grammar when it is whole, and the
// body is framed here, so that what is held is bounded in every state.
#pragma once

#include "server/http/chunked_body.h"
#include "server/http/http_message.h"
#include "shared/base/bytes.h"

namespace higgs::server {

struct HttpLimits
{
    std::size_t headerBytes = 16 * 1024; ///< request line and headers, to the empty line
    std::size_t bodyBytes = 64 * 1024;
};

class HttpParser
{
public:
    enum class State {
        Idle,   ///< between requests, not a byte of the next
        Header, ///< a request line or header has begun
        Body,   ///< the header is complete
        Ready,  ///< take() the request
        Failed, ///< fault() says with which status to answer; nothing more is parsed
    };

    /// Header lines beyond this are refused (431): each costs an allocation, or three.
    static constexpr std::size_t MaxHeaderLines = 100;
    /// Empty lines before a request line that are ignored (RFC 9112 section 2.2 asks for one).
    static constexpr std::size_t MaxEmptyLines = 4;

    explicit HttpParser(HttpLimits limits) : m_limits(limits) {}

    /// Appends input and parses as far as the end of one request; what follows it stays buffered.
    /// How the input is cut makes no difference to what comes out.
    State feed(ByteSpan input);
    [[nodiscard]] State state() const { return m_state; }

    /// The request; parsing goes on with the next one at feed({}).
    HttpRequest take();
    /// After an upgrade: the bytes behind the request, which belong to the next protocol.
    std::string takeRest();
    /// 400, 413, 417, 431, 501 or 505.
    [[nodiscard]] int fault() const { return m_fault; }
    /// True once after the header of a request with "Expect: 100-continue" was accepted.
    bool takeExpectsContinue();
    /// Input that is not parsed yet.
    [[nodiscard]] std::size_t buffered() const { return m_buffer.size() - m_begin; }
    /// Memory in use, in bytes: at most two heads, a body, what came behind a request (a head and
    /// a body, again), and twice the last read.
    [[nodiscard]] std::size_t heldBytes() const;

private:
    enum class Framing { Length, Chunked };

    State fail(int status);
    void append(ByteSpan input);
    void consume(std::size_t bytes);
    State parse();
    bool skipEmptyLines();
    bool scanHead();
    int acceptHead(std::string_view head);
    int acceptFields(bool bodyFollows);
    void readBody();

    HttpLimits m_limits;
    std::string m_buffer; ///< input, from m_begin on
    std::size_t m_begin = 0;
    std::size_t m_scanned = 0;   ///< of the head, from m_begin on
    std::size_t m_lineBegin = 0; ///< of the head's line that is being scanned
    std::size_t m_lines = 0;
    std::size_t m_emptyLines = 0;
    HttpRequest m_request;
    std::size_t m_headBytes = 0; ///< of m_request, as it was sent
    Framing m_framing = Framing::Length;
    std::size_t m_bodyLeft = 0; ///< Framing::Length
    ChunkedBody m_chunks;
    State m_state = State::Idle;
    int m_fault = 0;
    bool m_expectsContinue = false;
};

} // namespace higgs::server
