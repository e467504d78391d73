// SPDX-License-Identifier: GPL-3.0-or-later
// A strict HTTP/1.1 request parser without I/O: bytes in, one request at a time out. Boost.Beast
// does the grammar; the limits, the smuggling rules (RFC 9112 section 6.3) and the upgrade are
// ours.
#pragma once

#include "server/http/http_message.h"
#include "shared/base/bytes.h"

#include <memory>

namespace higgs::server {

struct HttpLimits
{
    std::size_t headerBytes = 16 * 1024;
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

    explicit HttpParser(HttpLimits limits);
    ~HttpParser();

    /// Appends input and parses as far as the end of one request; what follows it stays buffered.
    /// At most headerBytes + bodyBytes + one read are ever held.
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
    [[nodiscard]] std::size_t buffered() const { return m_buffer.size(); }

private:
    struct Beast;

    State fail(int status);
    State parse();
    bool startOfRequest();
    int checkHeader();

    HttpLimits m_limits;
    std::unique_ptr<Beast> m_beast;
    std::string m_buffer;
    HttpRequest m_request;
    State m_state = State::Idle;
    int m_fault = 0;
    bool m_expectsContinue = false;
};

} // namespace higgs::server
