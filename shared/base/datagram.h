// SPDX-License-Identifier: GPL-3.0-or-later
// The seam of the packet plane: whatever takes datagrams takes them in batches, as spans.
#pragma once

#include "shared/base/bytes.h"

namespace higgs {

/// The largest datagram that any path carries: one relay message (specification 2.2).
constexpr std::size_t MaxDatagramSize = 65535;

/// A place that datagrams go to: a path to the other end, or a WireGuard device. Both directions
/// of the packet plane are chains of these. Called on the owner's thread; must not block; the spans
/// are valid only during the call. A full queue drops its oldest and counts, it never grows.
class DatagramSink
{
public:
    DatagramSink() = default;
    DatagramSink(const DatagramSink &) = delete;
    DatagramSink &operator=(const DatagramSink &) = delete;
    virtual ~DatagramSink() = default;

    virtual void take(std::span<const ByteSpan> datagrams) = 0;
};

} // namespace higgs
