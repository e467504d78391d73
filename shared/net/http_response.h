// SPDX-License-Identifier: GPL-3.0-or-later
// One HTTP/1.1 response, parsed as its bytes come (Boost.Beast's parser behind a narrow door).
// Sans-IO; bounded; total on any input.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/clock.h"

#include <memory>
#include <optional>
#include <string>

namespace higgs {

constexpr std::size_t MaxHttpResponseHead = 16384;
constexpr std::size_t MaxHttpResponseBody = 1048576;

struct HttpResponse
{
    int status = 0;
    std::string body;
    std::optional<Seconds> retryAfter; ///< of Retry-After in its form as seconds
    bool keepAlive = false;            ///< the connection may carry another request
};

class HttpResponseParser
{
public:
    HttpResponseParser();
    ~HttpResponseParser();
    HttpResponseParser(const HttpResponseParser &) = delete;
    HttpResponseParser &operator=(const HttpResponseParser &) = delete;

    /// True when the response is whole; what follows it is not looked at. Malformed or TooLarge.
    Result<bool> feed(ByteSpan bytes);
    /// The connection ended. True if that made the response whole (no length was given).
    Result<bool> finish();
    /// Whether any byte has come.
    [[nodiscard]] bool begun() const { return m_begun; }
    /// After true from feed() or finish(), once.
    HttpResponse take();

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
    std::string m_pending; ///< bytes that the parser wants to see again with more behind them
    bool m_begun = false;
};

} // namespace higgs
