// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/client_status.h"

namespace higgs::vpn {

std::string_view toString(ClientState state)
{
    switch (state) {
    case ClientState::Disconnected:
        return "disconnected";
    case ClientState::Connecting:
        return "connecting";
    case ClientState::Connected:
        return "connected";
    case ClientState::Reconnecting:
        return "reconnecting";
    case ClientState::Disconnecting:
        return "disconnecting";
    case ClientState::Blocked:
        return "blocked";
    }
    return "blocked";
}

std::string_view toString(Problem problem)
{
    switch (problem) {
    case Problem::None:
        return "none";
    case Problem::ServerUnreachable:
        return "server_unreachable";
    case Problem::ServerUntrusted:
        return "server_untrusted";
    case Problem::CertificateDates:
        return "certificate_dates";
    case Problem::ServerBusy:
        return "server_busy";
    case Problem::AccessDenied:
        return "access_denied";
    case Problem::NoNodeOnline:
        return "no_node_online";
    case Problem::NoMatchingNode:
        return "no_matching_node";
    case Problem::UnknownNode:
        return "unknown_node";
    case Problem::NodeOffline:
        return "node_offline";
    case Problem::NodeLost:
        return "node_lost";
    case Problem::TooManySessions:
        return "too_many_sessions";
    case Problem::ServerRefused:
        return "server_refused";
    case Problem::PathNotAvailable:
        return "path_not_available";
    case Problem::NoPermission:
        return "no_permission";
    case Problem::TunnelFailed:
        return "tunnel_failed";
    case Problem::NoServer:
        return "no_server";
    case Problem::Lockdown:
        return "lockdown";
    case Problem::NotRestored:
        return "not_restored";
    case Problem::DnsFailed:
        return "dns_failed";
    }
    return "tunnel_failed";
}

std::string_view toString(Health health)
{
    switch (health) {
    case Health::Stable:
        return "stable";
    case Health::Unstable:
        return "unstable";
    case Health::NoSignal:
        return "no_signal";
    }
    return "no_signal";
}

} // namespace higgs::vpn
