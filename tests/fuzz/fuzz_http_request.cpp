// SPDX-License-Identifier: GPL-3.0-or-later
// The HTTP request parser on any bytes, cut into pieces by the first byte, with pipelining.
#include "server/http/http_parser.h"
#include "server/http/router.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace higgs::server;
    if (size == 0)
        return 0;
    const std::size_t piece = 1 + data[0];
    const higgs::ByteSpan input(data + 1, size - 1);
    static const Router router({{1, "GET", "/a/:b/c"}, {2, "GET", "/relay/*", true}});
    HttpParser parser({1024, 2048});
    for (std::size_t at = 0; at < input.size(); at += piece) {
        auto state = parser.feed(input.subspan(at, std::min(piece, input.size() - at)));
        while (state == HttpParser::State::Ready) {
            const HttpRequest request = parser.take();
            (void)router.match(request);
            (void)request.queryValue("token");
            if (request.body.size() > 2048)
                __builtin_trap();
            state = parser.feed({});
        }
        if (state == HttpParser::State::Failed)
            return 0;
        if (parser.buffered() > 1024 + 2048 + piece)
            __builtin_trap();
    }
    return 0;
}
