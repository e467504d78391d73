// SPDX-License-Identifier: GPL-3.0-or-later
// One session of a peer: a key and a counter for each direction (the paper, section 5.4.6).
#pragma once

#include "shared/crypto/packet_cipher.h"
#include "shared/wireguard/limits.h"
#include "shared/wireguard/noise.h"
#include "shared/wireguard/replay_window.h"

namespace higgs::wireguard {

/// What a caller leaves before a packet that is sealed where it lies, and behind it: the padding to
/// a multiple of 16 bytes and the tag.
constexpr std::size_t HeadRoom = TransportHeaderSize;
constexpr std::size_t TailRoom = 15 + TagSize;

class Session
{
public:
    enum class Role { Initiator, Responder };

    Session(Role role, const SessionKeys &keys, Index local, Index remote, BootTime born)
        : m_sealing(PacketCipher::Direction::Seal, keys.sending),
          m_opening(PacketCipher::Direction::Open, keys.receiving),
          m_local(local),
          m_remote(remote),
          m_born(born),
          m_role(role)
    {}

    /// Seals the `length` bytes that begin HeadRoom bytes into `room`, where they lie, with
    /// `padding` bytes more. Returns the datagram, which begins where `room` does.
    MutableByteSpan seal(MutableByteSpan room, std::size_t length, std::size_t padding);
    /// Opens a transport message where it lies. nullopt: forged, or it has come before. Otherwise
    /// what was in it, with its padding.
    std::optional<MutableByteSpan> open(MutableByteSpan datagram, const TransportHeader &header,
                                        const Limits &limits);

    /// Too old for anything (section 6.1).
    [[nodiscard]] bool isOver(BootTime now, const Limits &limits) const
    {
        return now - m_born >= limits.rejectAfterTime;
    }
    /// Neither that, nor out of counters.
    [[nodiscard]] bool canSeal(BootTime now, const Limits &limits) const
    {
        return !isOver(now, limits) && m_counter < limits.rejectAfterMessages;
    }
    /// Whether what is sent should bring a new session (section 6.2): of both ends it is the
    /// initiator, so that they do not begin together.
    [[nodiscard]] bool asksForRekey(BootTime now, const Limits &limits) const
    {
        return m_counter >= limits.rekeyAfterMessages ||
               (m_role == Role::Initiator && now - m_born >= limits.rekeyAfterTime + m_rekeyDelay);
    }
    /// Whether what is received should: if only the other end has something to say, the session
    /// would be over before we have sent anything (section 6.2).
    [[nodiscard]] bool asksForLastRekey(BootTime now, const Limits &limits) const
    {
        return m_role == Role::Initiator && now - m_born >= limits.rejectAfterTime -
                                                                limits.keepaliveTimeout -
                                                                limits.rekeyTimeout;
    }
    void putOffRekey(Milliseconds delay) { m_rekeyDelay = delay; }
    [[nodiscard]] BootTime ends(const Limits &limits) const
    {
        return m_born + limits.rejectAfterTime;
    }
    [[nodiscard]] Index local() const { return m_local; }

private:
    PacketCipher m_sealing;
    PacketCipher m_opening;
    ReplayWindow m_window;
    std::uint64_t m_counter = 0; ///< of the next packet
    Index m_local;
    Index m_remote;
    BootTime m_born;
    Milliseconds m_rekeyDelay{0};
    Role m_role;
};

} // namespace higgs::wireguard
