// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel puts before a packet of a TUN interface with IFF_VNET_HDR, and wants before what
// is written (linux/virtio_net.h; virtio 1.2, section 5.1.6): how a super-packet is to be cut, and
// whose checksum is not finished.
#pragma once

#include "shared/base/bytes.h"

namespace higgs {

/// In the machine's byte order, as it is copied.
struct OffloadHeader
{
    static constexpr std::size_t Size = 10;
    static constexpr std::uint8_t NeedsChecksum = 1; ///< in flags
    /// Kinds; Ecn may come with the TCP ones.
    static constexpr std::uint8_t None = 0;
    static constexpr std::uint8_t Tcp4 = 1;
    static constexpr std::uint8_t Tcp6 = 4;
    static constexpr std::uint8_t Udp = 5; ///< of both families; VIRTIO_NET_HDR_GSO_UDP_L4
    static constexpr std::uint8_t Ecn = 0x80;

    std::uint8_t flags = 0;
    std::uint8_t kind = None;
    std::uint16_t headerLength = 0;   ///< not to be relied on: it is a hint
    std::uint16_t segmentSize = 0;    ///< of the payload in each packet but the last
    std::uint16_t checksumStart = 0;  ///< the transport header
    std::uint16_t checksumOffset = 0; ///< its checksum, from there

    friend bool operator==(const OffloadHeader &, const OffloadHeader &) = default;
};
static_assert(sizeof(OffloadHeader) == OffloadHeader::Size);

} // namespace higgs
