// SPDX-License-Identifier: GPL-3.0-or-later
// Any packet as what a tunnel hands over: what was read of it is read again of what is written.
#include "shared/tunnel/ip_packet.h"

#include <cstdlib>

using namespace higgs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto parsed = parseTransport({data, size});
    if (!parsed)
        return 0;
    const Bytes again = parsed->protocol == UdpProtocol
                            ? udpPacket(parsed->from, parsed->to, parsed->payload)
                            : tcpPacket(parsed->from, parsed->to, parsed->segment);
    const auto same = parseTransport(again);
    if (!same || same->from != parsed->from || same->to != parsed->to ||
        same->payload != parsed->payload || same->segment != parsed->segment)
        std::abort();
    return 0;
}
