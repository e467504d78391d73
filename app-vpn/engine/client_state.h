// SPDX-License-Identifier: GPL-3.0-or-later
// The client's life as a table: which event leads from which state to which, and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace higgs::vpn {

enum class ClientState : std::uint8_t {
    Disconnected,  ///< nothing of ours is on the machine: traffic takes the bare line
    Connecting,    ///< asked for by a person; the block is up, no tunnel yet
    Connected,     ///< a probe through the tunnel came back
    Reconnecting,  ///< it was connected and is coming back by itself; the block is up
    Disconnecting, ///< the tunnel is being taken down
    Blocked,       ///< no tunnel for now, retried slowly; nothing leaves the machine
};

enum class ClientEvent : std::uint8_t {
    ConnectAsked,
    TunnelVerified, ///< a probe through the tunnel came back
    TunnelLost,
    Refused, ///< the first attempt failed for a reason that only a person can change
    GaveUp,  ///< the attempts so far failed, and they go on slowly; or nothing more can be done
    DisconnectAsked,
    Restored,   ///< routes, rules, DNS and firewall are as before
    LockedDown, ///< there is no tunnel, and by the person's policy nothing leaves without one
};

struct ClientEdge
{
    ClientState from;
    ClientEvent event;
    ClientState to;
};

inline constexpr std::array ClientEdges = {
    ClientEdge{ClientState::Disconnected, ClientEvent::ConnectAsked, ClientState::Connecting},
    ClientEdge{ClientState::Disconnected, ClientEvent::LockedDown, ClientState::Blocked},
    ClientEdge{ClientState::Connecting, ClientEvent::ConnectAsked, ClientState::Connecting},
    ClientEdge{ClientState::Connecting, ClientEvent::TunnelVerified, ClientState::Connected},
    ClientEdge{ClientState::Connecting, ClientEvent::TunnelLost, ClientState::Connecting},
    ClientEdge{ClientState::Connecting, ClientEvent::Refused, ClientState::Disconnecting},
    ClientEdge{ClientState::Connecting, ClientEvent::GaveUp, ClientState::Blocked},
    ClientEdge{ClientState::Connecting, ClientEvent::DisconnectAsked, ClientState::Disconnecting},
    ClientEdge{ClientState::Connected, ClientEvent::ConnectAsked, ClientState::Connecting},
    ClientEdge{ClientState::Connected, ClientEvent::TunnelLost, ClientState::Reconnecting},
    ClientEdge{ClientState::Connected, ClientEvent::DisconnectAsked, ClientState::Disconnecting},
    ClientEdge{ClientState::Reconnecting, ClientEvent::ConnectAsked, ClientState::Connecting},
    ClientEdge{ClientState::Reconnecting, ClientEvent::TunnelVerified, ClientState::Connected},
    ClientEdge{ClientState::Reconnecting, ClientEvent::TunnelLost, ClientState::Reconnecting},
    ClientEdge{ClientState::Reconnecting, ClientEvent::GaveUp, ClientState::Blocked},
    ClientEdge{ClientState::Reconnecting, ClientEvent::DisconnectAsked, ClientState::Disconnecting},
    ClientEdge{ClientState::Blocked, ClientEvent::ConnectAsked, ClientState::Connecting},
    ClientEdge{ClientState::Blocked, ClientEvent::TunnelVerified, ClientState::Connected},
    ClientEdge{ClientState::Blocked, ClientEvent::TunnelLost, ClientState::Blocked},
    ClientEdge{ClientState::Blocked, ClientEvent::GaveUp, ClientState::Blocked},
    ClientEdge{ClientState::Blocked, ClientEvent::DisconnectAsked, ClientState::Disconnecting},
    ClientEdge{ClientState::Disconnecting, ClientEvent::ConnectAsked, ClientState::Connecting},
    ClientEdge{ClientState::Disconnecting, ClientEvent::GaveUp, ClientState::Blocked},
    ClientEdge{ClientState::Disconnecting, ClientEvent::Restored, ClientState::Disconnected},
    ClientEdge{ClientState::Disconnecting, ClientEvent::LockedDown, ClientState::Blocked},
};

/// The next state, or nullopt for a pair that has no meaning (and changes nothing).
constexpr std::optional<ClientState> nextState(ClientState from, ClientEvent event)
{
    for (const ClientEdge &edge : ClientEdges) {
        if (edge.from == from && edge.event == event)
            return edge.to;
    }
    return std::nullopt;
}

constexpr bool hasDuplicateEdges()
{
    for (std::size_t i = 0; i < ClientEdges.size(); ++i) {
        for (std::size_t j = i + 1; j < ClientEdges.size(); ++j) {
            if (ClientEdges[i].from == ClientEdges[j].from &&
                ClientEdges[i].event == ClientEdges[j].event)
                return true;
        }
    }
    return false;
}
static_assert(!hasDuplicateEdges(), "two edges leave one state by one event");

/// The contract's spelling: "disconnected", "connecting", ...
std::string_view toString(ClientState state);

} // namespace higgs::vpn
