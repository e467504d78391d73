// SPDX-License-Identifier: GPL-3.0-or-later
// Anything as a super-packet with its header, and the same bytes as packets that come one after the
// other: no packet outgrows its room, and what was put together is cut into what it was.
#include "tests/tunnel/offload_packets.h"

#include <cstdlib>
#include <cstring>

using namespace higgs;
using namespace higgs::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    ByteReader reader({data, size});
    const auto bytes = reader.bytes(OffloadHeader::Size);
    if (!bytes)
        return 0;
    OffloadHeader header;
    std::memcpy(&header, bytes->data(), bytes->size());
    std::vector<Bytes> packets = cut(header, reader.rest(), 1500);
    for (const Bytes &packet : packets) {
        if (packet.empty() || packet.size() > 1500)
            std::abort();
    }
    // As packets: a length each, and often the last one's headers again.
    Bytes last;
    while (const auto length = reader.u8()) {
        const auto piece = reader.bytes(std::min<std::size_t>(*length, reader.remaining()));
        Bytes packet(piece->begin(), piece->end());
        if (*length % 2 == 1 && !last.empty()) {
            packet = last;
            for (std::size_t i = 0; i < piece->size(); ++i)
                packet[i % packet.size()] ^= (*piece)[i];
        }
        last = packet;
        if (!packet.empty())
            packets.push_back(std::move(packet));
    }
    // But for identifications, which the kernel counts up where they were all the same.
    std::vector<Bytes> again = thereAndBack(packets);
    const auto withoutIdentification = [](std::vector<Bytes> &all) {
        for (Bytes &packet : all) {
            if (packet.size() >= 20 && packet[0] == 0x45)
                packet[4] = packet[5] = packet[10] = packet[11] = 0;
        }
        std::sort(all.begin(), all.end());
    };
    withoutIdentification(again);
    withoutIdentification(packets);
    if (again != packets)
        std::abort();
    return 0;
}
