// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/session.h"

#include <algorithm>
#include <cassert>

namespace higgs::wireguard {

MutableByteSpan Session::seal(MutableByteSpan room, std::size_t length, std::size_t padding)
{
    const std::size_t sealed = length + padding;
    assert(room.size() >= HeadRoom + sealed + TagSize);
    const MutableByteSpan datagram = room.first(HeadRoom + sealed + TagSize);
    std::fill_n(datagram.begin() + static_cast<std::ptrdiff_t>(HeadRoom + length), padding,
                std::uint8_t{0});
    encode(TransportHeader{m_remote, m_counter}, datagram.first<TransportHeaderSize>());
    m_sealing.seal(m_counter, datagram.subspan(HeadRoom, sealed), datagram.last<TagSize>());
    ++m_counter;
    return datagram;
}

std::optional<MutableByteSpan> Session::open(MutableByteSpan datagram,
                                             const TransportHeader &header, const Limits &limits)
{
    if (header.counter >= limits.rejectAfterMessages || !m_window.isNew(header.counter))
        return std::nullopt;
    const MutableByteSpan text =
        datagram.subspan(TransportHeaderSize, datagram.size() - KeepaliveSize);
    if (!m_opening.open(header.counter, text, datagram.last<TagSize>()))
        return std::nullopt;
    m_window.accept(header.counter);
    return text;
}

} // namespace higgs::wireguard
