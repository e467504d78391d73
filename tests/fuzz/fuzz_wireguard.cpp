// SPDX-License-Identifier: GPL-3.0-or-later
// A WireGuard core with a session against whoever has no key: any datagrams, also with the MAC that
// everybody can make, and genuine ones that were changed. No packet may come of it, and the session
// has to live on.
#include "tests/wireguard/scripted_link.h"

#include <cstdlib>

using namespace higgs;
using namespace higgs::wireguard;
using namespace higgs::test;

namespace {

const Endpoint Stranger{address("198.51.100.7"), 4242};

/// What is decoded is encoded to the same bytes.
void roundTrip(ByteSpan datagram)
{
    const auto same = [&](const auto &message) {
        if (!message)
            return;
        const auto bytes = encode(*message);
        if (!std::equal(bytes.begin(), bytes.end(), datagram.begin(), datagram.end()))
            std::abort();
    };
    same(decodeInitiation(datagram));
    same(decodeResponse(datagram));
    same(decodeCookieReply(datagram));
}

/// Bits 0: to whom; 1: give it a right mac1; 2: it changes the last genuine message of that type.
void play(ScriptedLink &link, std::uint8_t how, ByteSpan bytes)
{
    ScriptedLink::End &end = (how & 1U) != 0 ? link.a : link.b;
    Bytes datagram(bytes.begin(), bytes.end());
    if ((how & 4U) != 0 && !bytes.empty()) {
        datagram = link.seen[bytes[0] % link.seen.size()];
        for (std::size_t i = 1; i < bytes.size(); ++i)
            datagram[(i - 1) % datagram.size()] ^= bytes[i];
    }
    roundTrip(datagram);
    if ((how & 2U) != 0 && datagram.size() >= MacsSize)
        CookieJar(end.core.publicKey()).sign(link.time, datagram);
    link.inject(end, std::move(datagram), Stranger);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const bool ready = initializeCrypto();
    if (!ready)
        std::abort();
    ScriptedLink link(1);
    link.join();
    link.send(link.a, 1, 40);
    link.run(Milliseconds(100));
    ByteReader reader({data, size});
    while (const auto how = reader.u8()) {
        const std::size_t length = reader.u8().value_or(0);
        play(link, *how, *reader.bytes(std::min(length, reader.remaining())));
    }
    link.run(Milliseconds(100));
    if (link.b.received.size() != 1 || !link.a.received.empty() || !link.bothHaveSessions())
        std::abort();
    link.send(link.a, 2);
    link.send(link.b, 3);
    link.run(Milliseconds(100));
    if (link.b.received != std::vector<std::uint32_t>{1, 2} ||
        link.a.received != std::vector<std::uint32_t>{3})
        std::abort();
    return 0;
}
