// SPDX-License-Identifier: GPL-3.0-or-later
// Any datagram through the STUN codec and the server's answer, which may not amplify; and any
// stream through the framing of TCP.
#include "shared/crypto/hmac.h"
#include "shared/net/stun_answer.h"
#include "shared/net/stun_stream.h"
#include "shared/protocol/stun.h"

#include <algorithm>
#include <cstdlib>

using namespace higgs;
using namespace higgs::protocol;

namespace {

const StunPlaces Places{{IpAddress::v4(0xc0000201), 3478}, {IpAddress::v4(0xc0000202)}, 3479};

void answer(ByteSpan datagram, bool second, StunTransport transport)
{
    const Endpoint source{IpAddress::v4(0xcb007101), 1};
    const auto other = second ? Places.other(Places.primary) : std::nullopt;
    const auto reply = answerStun({datagram, source, Places.primary, other, transport});
    if (!reply)
        return;
    const bool classic = !looksLikeStun(datagram);
    if ((reply->bytes.size() + 28) * 10 > (datagram.size() + 28) * 16 ||
        reply->to.address != source.address || !mayBeStunRequest(datagram) ||
        (!classic && !decodeStun(reply->bytes)))
        std::abort();
}

/// However the stream is cut into pieces, the same messages come out of it.
std::vector<Bytes> messagesOf(ByteSpan bytes, std::size_t piece)
{
    StunStream stream;
    std::vector<Bytes> found;
    while (!bytes.empty() && !stream.isBroken()) {
        const auto room = stream.room();
        const std::size_t size = std::min({piece, bytes.size(), room.size()});
        if (size == 0)
            std::abort();
        std::copy_n(bytes.begin(), size, room.begin());
        bytes = bytes.subspan(size);
        stream.received(size);
        while (const auto message = stream.message()) {
            if (!looksLikeStun(*message))
                std::abort();
            found.emplace_back(message->begin(), message->end());
        }
    }
    return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const ByteSpan datagram(data, size);
    for (const bool second : {false, true})
        answer(datagram, second, StunTransport::Udp);
    answer(datagram, true, StunTransport::Tcp);
    if (messagesOf(datagram, 7) != messagesOf(datagram, MaxStunMessage))
        std::abort();
    checkStunIntegrity(datagram, [](ByteSpan message) { return hmacSha1({}, message); });
    const Result<StunMessage> message = decodeStun(datagram);
    if (!message)
        return 0;
    StunMessage expected = *message;
    expected.notUnderstood.clear();
    expected.hasIntegrity = expected.hasIntegritySha256 = expected.hasFingerprint = false;
    const Bytes encoded = encodeStun(expected);
    if (encoded.size() > MaxStunMessage)
        return 0;
    const Result<StunMessage> again = decodeStun(encoded);
    if (!again || !(*again == expected))
        std::abort();
    return 0;
}
