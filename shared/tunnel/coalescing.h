// SPDX-License-Identifier: GPL-3.0-or-later
// Puts packets of a connection that follow each other together again, as a network card does by
// GRO, so that a train goes to the kernel in one write and through its stack as one. Pure.
//
// Only what can be cut into the very same packets again is put together (identifications apart,
// which mean nothing in packets that may not be fragmented: RFC 6864), and only after its checksums
// were found right: what comes out has new ones.
#pragma once

#include "shared/tunnel/offload_header.h"

#include <vector>

namespace higgs {

/// What is written to the TUN at once: the header, and the parts one after the other.
struct OffloadFrame
{
    OffloadHeader header;
    std::vector<ByteSpan> parts; ///< the first packet, changed where it lies, and payloads
};

class Coalescing
{
public:
    /// Flows that are put together at a time; what comes of others goes one by one.
    static constexpr std::size_t MostFlows = 16;
    /// Parts of one frame: within IOV_MAX, and a super-packet of 64 KB with small segments.
    static constexpr std::size_t MostParts = 128;

    /// `udp`: the kernel takes trains of UDP, too (Linux 6.2).
    explicit Coalescing(bool udp) : m_udp(udp) {}

    /// The packet, whole, stays and may be changed until clear().
    void add(MutableByteSpan packet);
    /// In an order that keeps that of every flow.
    std::span<const OffloadFrame> finish();
    void clear();

private:
    struct Packet;
    struct Group
    {
        std::size_t frame = 0;
        MutableByteSpan first;
        std::size_t headers = 0; ///< of IP and transport
        std::size_t size = 0;    ///< of all, with one set of headers
        std::size_t segment = 0; ///< of each payload but the last
        std::size_t packets = 1;
        std::uint32_t sequence = 0; ///< of what follows; TCP
        std::uint16_t step = 1;     ///< of IPv4's identification from one to the next
        std::uint8_t lastFlags = 0;
        bool open = true; ///< more may follow
    };

    Group *groupOf(const Packet &packet);
    bool append(Group &group, const Packet &packet);
    void complete(const Group &group);
    OffloadFrame &newFrame(MutableByteSpan packet);

    bool m_udp;
    std::vector<Group> m_groups;
    std::vector<OffloadFrame> m_frames; ///< kept with their memory
    std::size_t m_used = 0;
};

} // namespace higgs
