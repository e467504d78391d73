// SPDX-License-Identifier: GPL-3.0-or-later
// Packets: sealed and sent, received and opened (the paper, sections 2 and 5.4.6).
#include "shared/wireguard/core.h"

#include <algorithm>
#include <cassert>

namespace higgs::wireguard {

void Core::send(const Clocks &now, std::span<OutgoingPacket> packets)
{
    // A train goes to one place; it is looked for once.
    std::optional<AddressKey> last;
    Peer *peer = nullptr;
    for (OutgoingPacket &packet : packets) {
        assert(packet.room.size() >= HeadRoom + packet.length + TailRoom);
        packet.datagram = {};
        const auto addresses = readAddresses(packet.room.subspan(HeadRoom, packet.length));
        if (!addresses) {
            ++m_counters.malformed;
            continue;
        }
        if (last != addresses->destination) {
            if (peer != nullptr)
                noteDeadline(*peer);
            const auto owner = m_allowedIps.find(addresses->destination);
            peer = owner ? m_peers.at(*owner).get() : nullptr;
            last = addresses->destination;
        }
        if (peer == nullptr)
            ++m_counters.unroutable;
        else
            seal(*peer, now, packet);
    }
    if (peer != nullptr)
        noteDeadline(*peer);
}

std::size_t Core::receive(const Clocks &now, const Endpoint &from,
                          std::span<const MutableByteSpan> datagrams,
                          std::span<IncomingPacket> packets)
{
    assert(packets.size() >= datagrams.size());
    std::size_t count = 0;
    for (const MutableByteSpan datagram : datagrams) {
        const auto type = messageType(datagram);
        if (!type) {
            ++m_counters.malformed;
            continue;
        }
        switch (*type) {
        case MessageType::Initiation:
            takeInitiation(now, from, datagram);
            break;
        case MessageType::Response:
            takeResponse(now, from, datagram);
            break;
        case MessageType::Cookie:
            takeCookie(now, datagram);
            break;
        case MessageType::Transport:
            if (const auto packet = takeTransport(now, from, datagram))
                packets[count++] = *packet;
            break;
        }
    }
    return count;
}

std::optional<IncomingPacket> Core::takeTransport(const Clocks &now, const Endpoint &from,
                                                  MutableByteSpan datagram)
{
    const auto header = decodeTransport(datagram);
    const auto place = header ? m_byIndex.find(header->receiver) : m_byIndex.end();
    Session *session = place == m_byIndex.end() ? nullptr : place->second.session;
    if (session == nullptr || session->isOver(now.boot, m_options.limits)) {
        ++m_counters.forged;
        return std::nullopt;
    }
    Peer &peer = *place->second.peer;
    const auto text = session->open(datagram, *header, m_options.limits);
    if (!text) {
        ++m_counters.forged;
        return std::nullopt;
    }

    // Authentic, so this is where it is now (section 2.1: roaming).
    peer.endpoint = from;
    peer.traffic.received += datagram.size();
    peer.timers.anythingReceived(now.boot);
    if (session == peer.next.get())
        confirm(peer, now);
    if (!peer.lastRekeyAsked && peer.current &&
        peer.current->asksForLastRekey(now.boot, m_options.limits)) {
        peer.lastRekeyAsked = true;
        initiate(peer, now, false);
    }
    if (!text->empty())
        peer.timers.dataReceived(now.boot);
    noteDeadline(peer);
    if (text->empty())
        return std::nullopt;

    const auto addresses = readAddresses(*text);
    if (!addresses) {
        ++m_counters.malformed;
        return std::nullopt;
    }
    if (m_allowedIps.find(addresses->source) != static_cast<std::uint32_t>(peer.id)) {
        ++m_counters.foreignSource;
        return std::nullopt;
    }
    return IncomingPacket{text->first(addresses->length), peer.id};
}

/// The initiator has shown that it has the session which we made as its responder.
void Core::confirm(Peer &peer, const Clocks &now)
{
    retire(peer, std::move(peer.current));
    peer.current = std::move(peer.next);
    handshakeDone(peer, now);
    sendStaged(peer, now);
}

void Core::seal(Peer &peer, const Clocks &now, OutgoingPacket &packet)
{
    Session *session = peer.current.get();
    if (session == nullptr || !session->canSeal(now.boot, m_options.limits)) {
        const ByteSpan bytes = packet.room.subspan(HeadRoom, packet.length);
        stage(peer, Bytes(bytes.begin(), bytes.end()));
        initiate(peer, now, false);
        return;
    }
    packet.datagram = session->seal(packet.room, packet.length, paddingOf(packet.length));
    packet.peer = peer.id;
    packet.to = peer.endpoint;
    peer.traffic.sent += packet.datagram.size();
    peer.timers.anythingSent(now.boot);
    if (packet.length > 0)
        peer.timers.dataSent(now.boot);
    if (session->asksForRekey(now.boot, m_options.limits))
        initiate(peer, now, false);
}

void Core::stage(Peer &peer, Bytes packet)
{
    if (peer.staged.size() >= MostStaged) {
        peer.staged.pop_front();
        ++m_counters.dropped;
    }
    peer.staged.push_back(std::move(packet));
}

/// To be called when there is a new session.
void Core::sendStaged(Peer &peer, const Clocks &now)
{
    std::deque<Bytes> waiting = std::move(peer.staged);
    peer.staged.clear();
    for (const Bytes &bytes : waiting) {
        Bytes room(HeadRoom + bytes.size() + TailRoom);
        std::copy(bytes.begin(), bytes.end(), room.begin() + HeadRoom);
        OutgoingPacket packet{room, bytes.size()};
        seal(peer, now, packet);
        if (packet.datagram.empty())
            continue;
        peer.traffic.sent -= packet.datagram.size(); // transmit() counts it
        room.resize(packet.datagram.size());
        transmit(peer, std::move(room));
    }
}

/// Without a session it brings one, unless what waits does that already.
void Core::sendKeepalive(Peer &peer, const Clocks &now)
{
    if (peer.staged.empty())
        stage(peer, {});
    if (peer.current && peer.current->canSeal(now.boot, m_options.limits))
        sendStaged(peer, now);
    else
        initiate(peer, now, false);
}

std::size_t Core::paddingOf(std::size_t length) const
{
    const std::size_t padded = (length + 15) / 16 * 16;
    return std::min(padded, std::max(length, m_options.mtu)) - length;
}

} // namespace higgs::wireguard
