// SPDX-License-Identifier: GPL-3.0-or-later
// Any datagram through the STUN codec and the responder: no answer may amplify.
#include "shared/crypto/hmac.h"
#include "shared/net/stun_responder.h"
#include "shared/protocol/stun.h"

#include <cstdlib>

using namespace higgs;
using namespace higgs::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const ByteSpan datagram(data, size);
    const Endpoint source{IpAddress::v4(0xcb007101), 1};
    if (const auto answer = answerStunRequest(datagram, source)) {
        if ((answer->size() + 28) * 10 > (size + 28) * 16 || !decodeStun(*answer))
            std::abort();
    }
    checkStunIntegrity(datagram, [](ByteSpan message) { return hmacSha1({}, message); });
    const Result<StunMessage> message = decodeStun(datagram);
    if (!message)
        return 0;
    StunMessage expected = *message;
    expected.notUnderstood.clear();
    expected.hasIntegrity = expected.hasFingerprint = false;
    const Bytes encoded = encodeStun(expected);
    if (encoded.size() > MaxStunMessage)
        return 0;
    const Result<StunMessage> again = decodeStun(encoded);
    if (!again || !(*again == expected))
        std::abort();
    return 0;
}
