// SPDX-License-Identifier: GPL-3.0-or-later
// Any datagrams of a router through the codecs of PCP and NAT-PMP, and through the core in any
// state: it stays total, and asks no more than its waits allow.
#include "shared/portmap/port_mapping_core.h"

#include <algorithm>
#include <cstdlib>

using namespace higgs;
using namespace higgs::portmap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    ByteReader in(ByteSpan(data, size));
    const Endpoint internal{IpAddress::v4(0xc0a81502), 51820};
    Monotonic now{Seconds(3'600)};
    PortMappingCore core({internal, {}, {MappingProtocol::Pcp, MappingProtocol::NatPmp}}, now);
    (void)decodePcp(in.rest());
    (void)decodeNatPmp(in.rest());
    while (const auto head = in.u8()) {
        unsigned tasks = 0;
        while (core.poll(now)) {
            if (++tasks > 16)
                std::abort();
        }
        if (*head >= 0x80) {
            now += Seconds(*head - 0x7f) * 20;
            continue;
        }
        const auto datagram = in.bytes(std::min<std::size_t>(*head, in.remaining()));
        core.handle(now, *datagram);
        core.observed(core.status().external.address);
    }
    const MappingStatus status = core.status();
    if (status.state == MappingState::Mapped && !isGlobalUnicast(status.external.address))
        std::abort();
    if (core.release().size() > 4)
        std::abort();
    return 0;
}
