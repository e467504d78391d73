// SPDX-License-Identifier: GPL-3.0-or-later
// A TUN interface whose packets come and go in trains: with the kernel's offloads a super-packet of
// up to 64 KB in each system call, on older kernels single packets, and the same for the caller.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/coalescing.h"
#include "shared/tunnel/owned_fd.h"
#include "shared/tunnel/segmentation.h"

#include <string>

namespace higgs {

/// Over the interface's life.
struct TrainTunCounters
{
    std::uint64_t reads = 0;     ///< system calls that brought something
    std::uint64_t writes = 0;    ///< those that were taken
    std::uint64_t senseless = 0; ///< packets of the kernel's that could not be cut
    std::uint64_t dropped = 0; ///< frames that the kernel did not take: it is down, or has no room
};

class TrainTun
{
public:
    enum class Offloads { Wanted, None };

    /// Non-blocking; the interface goes with the object, and is not up yet. Offloads that this
    /// kernel has not are done without. Permission; System.
    static Result<TrainTun> open(const std::string &name, Offloads offloads = Offloads::Wanted);

    [[nodiscard]] int fd() const { return m_fd.get(); }
    [[nodiscard]] bool hasOffloads() const { return m_offloads; }
    [[nodiscard]] bool hasUdpOffloads() const { return m_udp; }
    [[nodiscard]] const TrainTunCounters &counters() const { return m_counters; }

    /// Fills rooms with packets, each of which has at least `largest` bytes, and returns how many:
    /// 0 when there is nothing more. To be called until then, as of a super-packet that did not
    /// fit into all rooms the rest waits here, and not in the kernel.
    std::size_t read(std::span<PacketRoom> rooms, std::size_t largest);

    /// Writes whole packets, which may be changed where they are. Those of one connection leave
    /// together.
    void write(std::span<const MutableByteSpan> packets);

private:
    TrainTun(OwnedFd fd, bool offloads, bool udp);

    bool readSuperPacket(std::size_t largest);
    void writeFrame(const OffloadFrame &frame);

    OwnedFd m_fd;
    bool m_offloads;
    bool m_udp;
    Bytes m_super; ///< what is being cut
    Segmentation m_segmentation;
    Coalescing m_coalescing;
    TrainTunCounters m_counters;
};

} // namespace higgs
