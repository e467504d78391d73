// SPDX-License-Identifier: GPL-3.0-or-later
// The server's relay as one of a session's paths.
#pragma once

#include "shared/net/relay_path.h"
#include "shared/paths/session_paths.h"

namespace higgs {

class EpollSet;

/// What all connections of one end to the relay of a session have in common.
struct RelayMemberOptions
{
    ServerTrust trust;
    /// Of this end, at the moment of asking: a node's changes with each renewal.
    std::function<SecretText()> token;
    SessionId sessionId;
    /// What we send: ClientToNode or NodeToClient.
    protocol::Direction direction = protocol::Direction::ClientToNode;
    std::optional<std::uint32_t> mark; ///< SO_MARK
    Milliseconds quiet{0};             ///< as RelayPathOptions::quiet
};

/// Makes a path for each connection. The set must outlive the paths.
PathMaker relayMembers(EpollSet &epoll, RelayMemberOptions options);

class RelayMember : public Path
{
    Q_OBJECT

public:
    RelayMember(EpollSet &epoll, RelayPathOptions options);

    [[nodiscard]] protocol::PathType type() const override { return protocol::PathType::Relay; }
    void open() override { m_relay.open(); }
    void close() override { m_relay.close(protocol::ws_close::Normal); }
    void setReceiver(DatagramSink *receiver) override { m_relay.setReceiver(receiver); }
    void take(std::span<const ByteSpan> datagrams) override { m_relay.take(datagrams); }
    [[nodiscard]] std::size_t room() const override { return m_relay.room(); }
    void whenRoom(RoomWaiter &waiter) override { m_relay.whenRoom(waiter); }
    [[nodiscard]] std::uint64_t dropped() const override { return m_relay.counters().dropped; }
    void tell(const protocol::RelayControl &control) override { m_relay.sendControl(control); }

private:
    void enter(PathPhase phase, PathClose close = {});

    RelayPath m_relay;
    PathPhase m_phase = PathPhase::Opening;
};

} // namespace higgs
