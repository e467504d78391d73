// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/train_tun.h"

#include "shared/tunnel/tun_interface.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace higgs {

namespace {

// Linux 6.2; the headers of Debian 12 do not have them yet.
constexpr unsigned UdpOffload4 = 0x20;
constexpr unsigned UdpOffload6 = 0x40;
constexpr unsigned TcpOffloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

constexpr std::size_t SuperPacketSize = 65535;

} // namespace

TrainTun::TrainTun(OwnedFd fd, bool offloads, bool udp)
    : m_fd(std::move(fd)),
      m_offloads(offloads),
      m_udp(udp),
      m_super(SuperPacketSize + OffloadHeader::Size),
      m_coalescing(udp)
{}

Result<TrainTun> TrainTun::open(const std::string &name, Offloads offloads)
{
    const bool wanted = offloads == Offloads::Wanted;
    Result<OwnedFd> fd =
        openTunInterface(name, wanted ? TunFraming::OffloadHeaders : TunFraming::Bare);
    if (!fd)
        return unexpected(fd.error());
    const auto accepted = [&](unsigned flags) {
        return ::ioctl(fd->get(), TUNSETOFFLOAD, static_cast<unsigned long>(flags)) == 0;
    };
    const bool udp = wanted && accepted(TcpOffloads | UdpOffload4 | UdpOffload6);
    // Without TSO the headers come all the same, and say that there is nothing to be done.
    if (wanted && !udp && !accepted(TcpOffloads))
        accepted(0);
    return TrainTun(std::move(*fd), wanted, udp);
}

std::size_t TrainTun::read(std::span<PacketRoom> rooms, std::size_t largest)
{
    std::size_t filled = 0;
    while (filled < rooms.size()) {
        const std::size_t more = m_segmentation.next(rooms.subspan(filled));
        filled += more;
        if (more == 0 && !readSuperPacket(largest))
            break;
    }
    return filled;
}

/// False: there is none now.
bool TrainTun::readSuperPacket(std::size_t largest)
{
    const std::size_t before = m_offloads ? OffloadHeader::Size : 0;
    while (true) {
        const ssize_t size = ::read(m_fd.get(), m_super.data(), m_super.size());
        if (size <= 0)
            return false;
        ++m_counters.reads;
        OffloadHeader header;
        const ByteSpan all(m_super.data(), static_cast<std::size_t>(size));
        if (all.size() < before) {
            ++m_counters.senseless;
            continue;
        }
        if (m_offloads)
            std::memcpy(&header, all.data(), sizeof header);
        if (m_segmentation.begin(header, all.subspan(before), largest))
            return true;
        ++m_counters.senseless;
    }
}

void TrainTun::write(std::span<const MutableByteSpan> packets)
{
    if (!m_offloads) {
        OffloadFrame single;
        for (const MutableByteSpan packet : packets) {
            single.parts.assign(1, packet);
            writeFrame(single);
        }
        return;
    }
    for (const MutableByteSpan packet : packets)
        m_coalescing.add(packet);
    for (const OffloadFrame &frame : m_coalescing.finish())
        writeFrame(frame);
    m_coalescing.clear();
}

void TrainTun::writeFrame(const OffloadFrame &frame)
{
    std::array<iovec, Coalescing::MostParts + 1> parts{};
    std::size_t count = 0;
    OffloadHeader header = frame.header;
    if (m_offloads)
        parts[count++] = {&header, sizeof header};
    for (const ByteSpan part : frame.parts)
        parts[count++] = {const_cast<std::uint8_t *>(part.data()), part.size()};
    // EIO while the interface is down; there is nobody to tell it to.
    if (::writev(m_fd.get(), parts.data(), static_cast<int>(count)) < 0)
        ++m_counters.dropped;
    else
        ++m_counters.writes;
}

} // namespace higgs
