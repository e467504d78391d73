// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes, in any split, to the WebSocket decoder: no crash, no growth, the same events however
// it is split.
#include "shared/protocol/websocket.h"
#include "shared/protocol/websocket_upgrade.h"

#include <cstdlib>
#include <vector>

using namespace higgs;
using namespace higgs::protocol;

namespace {

std::vector<std::pair<int, Bytes>> decode(ByteSpan stream, const WsDecoderOptions &options,
                                          std::size_t step)
{
    WebSocketDecoder decoder(options);
    std::vector<std::pair<int, Bytes>> events;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        const ByteSpan part = stream.subspan(at, std::min(step, stream.size() - at));
        Bytes own(part.begin(), part.end());
        decoder.feed(own);
        while (const auto event = decoder.next())
            events.emplace_back(static_cast<int>(event->kind),
                                Bytes(event->payload.begin(), event->payload.end()));
        if (decoder.buffered() > options.maxText)
            std::abort();
    }
    return events;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    WsDecoderOptions options;
    options.role = (data[0] & 1) != 0 ? WsDecoderOptions::Role::Client : options.role;
    options.deflate = (data[0] & 2) != 0;
    options.maxText = 2048;
    options.maxBinary = 1024;
    const ByteSpan stream(data + 2, size - 2);
    if (decode(stream, options, size) != decode(stream, options, 1 + data[1] % 64U))
        std::abort();
    (void)checkUpgradeResponse(asText(stream), "accept", options.deflate);
    WsUpgradeFields fields{
        "GET", "websocket", "upgrade", "13", "dGhlIHNhbXBsZSBub25jZQ==", asText(stream)};
    (void)acceptUpgrade(fields, true);
    return 0;
}
