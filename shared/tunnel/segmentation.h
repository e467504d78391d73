// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts a super-packet, as the kernel hands it over, into the packets that it stands for: what a
// network card does by TSO and USO. Pure; total on any input.
#pragma once

#include "shared/tunnel/offload_header.h"

namespace higgs {

/// Where a packet is written, and how long it has become.
struct PacketRoom
{
    MutableByteSpan room;
    std::size_t length = 0;
};

class Segmentation
{
public:
    /// Takes what was read, which has to stay until all is cut. False: it makes no sense, or no
    /// packet of it would fit into `largest` bytes.
    bool begin(const OffloadHeader &header, ByteSpan packet, std::size_t largest);
    /// Writes packets, as many as are left and there are rooms for, each of `largest` bytes.
    /// Returns their number; 0 at the end.
    std::size_t next(std::span<PacketRoom> rooms);

private:
    [[nodiscard]] bool checkHeaders() const;
    void writeSegment(PacketRoom &room);
    void finishWhole(PacketRoom &room);

    OffloadHeader m_header;
    ByteSpan m_packet;
    std::size_t m_headers = 0;  ///< of IP and transport, which each packet gets
    std::size_t m_position = 0; ///< of the payload that is next
    std::size_t m_count = 0;    ///< of packets so far
    bool m_done = true;
};

} // namespace higgs
