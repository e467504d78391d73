// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a classic BPF program as the kernel does for `tc`: the instructions that our programs have.
#pragma once

#include "shared/base/bytes.h"

#include <linux/filter.h>

namespace higgs::test {

/// The program's verdict for a packet that begins with its IP header and came under this EtherType.
/// nullopt: the kernel would not have loaded the program, or the program reads beyond the packet's
/// end, where the kernel ends it with 0, which is TC_ACT_OK.
std::optional<std::uint32_t> runClassicBpf(std::span<const sock_filter> program,
                                           std::uint16_t etherType, ByteSpan packet);

/// The same for a frame that leaves by a network card.
struct LeavingFrame
{
    std::uint16_t etherType = 0;
    Bytes link; ///< the header before the packet
    Bytes packet;
    std::uint32_t mark = 0;
};
std::optional<std::uint32_t> runClassicBpf(std::span<const sock_filter> program,
                                           const LeavingFrame &frame);

} // namespace higgs::test
