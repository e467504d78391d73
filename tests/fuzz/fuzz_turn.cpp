// SPDX-License-Identifier: GPL-3.0-or-later
// A TURN client against anything that a server, or somebody who plays one, may send: as datagrams
// and as a stream, before and after there is an allocation.
#include "shared/turn/turn_url.h"
#include "tests/turn/scripted_turn.h"

#include <algorithm>
#include <cstdlib>

using namespace higgs;
using namespace higgs::test;

namespace {

/// The first byte chooses how far the client is, every next one a datagram's length.
void datagrams(ByteSpan input)
{
    if (input.empty())
        return;
    TurnTrial trial({.v6 = (input[0] & 4U) != 0, .stream = (input[0] & 8U) != 0});
    if ((input[0] & 1U) != 0) {
        trial.start();
        trial.permit();
    }
    if ((input[0] & 2U) != 0) {
        trial.wrap("\4");
        trial.settle();
    }
    const bool allocated = trial.core.isAllocated();
    trial.core.start(trial.now);
    ByteReader reader(input.subspan(1));
    while (const auto length = reader.u8()) {
        const auto datagram = reader.bytes(std::min<std::size_t>(*length, reader.remaining()));
        const auto delivered = trial.core.receive(trial.now, *datagram);
        if (delivered && (delivered->peer.address != TurnTrial::Peer.address || !allocated))
            std::abort();
        trial.wait(Milliseconds(*length));
        while (trial.core.nextTransmission())
            ;
        while (trial.core.nextEvent())
            ;
    }
    // Nobody has the password, and no allocation comes or goes without it.
    if (trial.core.isAllocated() != allocated)
        std::abort();
}

std::vector<Bytes> framesOf(ByteSpan bytes, std::size_t piece)
{
    TurnStream stream;
    std::vector<Bytes> found;
    while (!bytes.empty()) {
        const std::size_t size = std::min(piece, bytes.size());
        stream.append(bytes.first(size));
        bytes = bytes.subspan(size);
        while (const auto frame = stream.next())
            found.emplace_back(frame->begin(), frame->end());
        if (stream.kept() > TurnStream::MaxFrame + piece)
            std::abort();
    }
    return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const ByteSpan input(data, size);
    datagrams(input);
    if (framesOf(input, 3) != framesOf(input, 100000))
        std::abort();
    if (const auto message = decodeChannelMessage(input)) {
        Bytes again;
        appendChannelMessage(again, message->channel, message->data, false);
        if (again.size() > size || !std::equal(again.begin(), again.end(), input.begin()))
            std::abort();
    }
    if (const auto url = parseTurnUrl(asText(input)); url && (url->host.empty() || url->port == 0))
        std::abort();
    return 0;
}
