// SPDX-License-Identifier: GPL-3.0-or-later
// What a controller may know of the client and ask of it: values, no behaviour.
#pragma once

#include "app-vpn/engine/client_state.h"
#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/base/ids.h"
#include "shared/base/result.h"
#include "shared/paths/datagram_losses.h"
#include "shared/paths/mux_counters.h"
#include "shared/paths/nat_report.h"
#include "shared/portmap/port_mapping_core.h"
#include "shared/protocol/nat_type.h"
#include "shared/protocol/path_advice.h"
#include "shared/tunnel/local_networks.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs::vpn {

/// Why there is no tunnel, as a code: the words for people are the controller's.
enum class Problem : std::uint8_t {
    None,
    ServerUnreachable, ///< no address of the server answers
    ServerUntrusted,   ///< certificate or pin does not match; never retried silently
    CertificateDates,  ///< the certificate is not valid at this machine's time
    ServerBusy,        ///< rate limit or 503
    AccessDenied,      ///< an access key is needed, or this one is not good
    NoNodeOnline,      ///< nobody shares a connection at the moment
    NoMatchingNode,    ///< nobody does in this country (or with these wishes)
    UnknownNode,       ///< the node asked for does not exist
    NodeOffline,       ///< the node asked for is offline or full
    NodeLost,          ///< the exit stopped answering
    TooManySessions,
    ServerRefused,    ///< any other answer that a repetition would not change
    PathNotAvailable, ///< the pinned kind of path cannot be had
    NoPermission,     ///< the daemon lacks a capability or a device
    TunnelFailed,     ///< WireGuard or the network set-up failed on this machine
    NoServer,         ///< nobody has said yet which server to use
    Lockdown,         ///< disconnected by wish, and nothing may leave without a tunnel
    NotRestored,      ///< the network could not be given back, or not all of it
    DnsFailed,        ///< names could not be sent into the tunnel, so there is none
};

/// A stable lower-case name ("server_unreachable").
std::string_view toString(Problem problem);

enum class PathPreference : std::uint8_t { Auto, Relay, Direct, Turn };

/// What a person asked for; kept while reconnecting, so that the promise of the country holds.
struct ConnectRequest
{
    std::string country; ///< ISO 3166-1 alpha-2, upper case; empty: the fastest
    std::string region; ///< ISO 3166-2 within the country, preferred but not promised; may be empty
    NodeId node;        ///< null: the server chooses
    PathPreference path = PathPreference::Auto;
    std::string via; ///< entry country of a cascade; empty: none

    friend bool operator==(const ConnectRequest &, const ConnectRequest &) = default;
};

/// What a person decided about the machine's traffic, besides the request.
struct TrafficPolicy
{
    bool lockdown = false; ///< nothing leaves while there is no tunnel, disconnected or not
    bool allowLan = false; ///< private and link-local destinations leave directly
    /// Empty: the ones that the exit's network names. Reached through the tunnel only.
    std::vector<IpAddress> dns;
    /// The router may be asked to open the daemon's UDP port while a straight way is looked for.
    /// Not unless a person says so: it is often somebody else's, and learns that the daemon runs.
    bool portMapping = false;

    friend bool operator==(const TrafficPolicy &, const TrafficPolicy &) = default;
};

/// What stood before a switch, and comes back when that is cancelled.
struct LeftExit
{
    ConnectRequest request; ///< what had been asked for
    std::string country;
    std::string region;
    NodeId node;
    bool carries = false; ///< its tunnel still does
};

/// Why the exit stayed the one of before when another was asked for.
struct SwitchFault
{
    std::string country; ///< that was asked for; empty: any
    Problem problem = Problem::None;
    std::string detail;
};

/// How the tunnel does, as its probes see it.
enum class Health : std::uint8_t { Stable, Unstable, NoSignal };

/// "stable", "unstable", "no_signal".
std::string_view toString(Health health);

struct ClientStatus
{
    ClientState state = ClientState::Disconnected;
    Problem problem = Problem::None;
    std::string problemDetail; ///< English, for the log and for experts; no secrets

    std::optional<protocol::PathType> path; ///< none without a tunnel
    std::optional<protocol::PathReason> pathReason;
    std::string turnFault; ///< what the offered TURN server does no service for; empty: nothing
    std::optional<protocol::PathAdvice> pathAdvice; ///< none: there is no better way to be had
    std::string country;
    std::string region;
    NodeId node;
    SessionId session;
    std::optional<IpAddress> exitAddress;
    std::optional<IpAddress> exitAddressV6;
    /// While the line is open: what the server, and so every site, sees of this machine.
    std::optional<IpAddress> exposedAddress;
    std::optional<IpAddress> tunnelAddress;
    std::optional<IpAddress> tunnelAddressV6;
    std::optional<WallTime> since;
    std::uint64_t rxBytes = 0; ///< of this connection, inside the tunnel
    std::uint64_t txBytes = 0;
    DatagramLosses lost;         ///< of this session; by the UDP socket: of all
    std::optional<double> rttMs; ///< client to exit and back, through the tunnel
    protocol::NatType natType = protocol::NatType::Unknown; ///< of the router in front of us
    protocol::NatType exitNat = protocol::NatType::Unknown; ///< of the exit's, as the server lists
    bool ownFirewall = false;                ///< by which natType is Blocked: this machine's
    std::vector<NatReport> nat;              ///< ours, in each family
    std::optional<Endpoint> mappedAddress;   ///< what it makes of our socket
    portmap::MapperStatus mapping;           ///< what it was asked to open
    MuxCounters udpRefused;                  ///< by our UDP socket
    std::string serverVersion;               ///< of its software, as it says; empty: not asked yet
    std::string tunnelKind;                  ///< "wireguard-go", "kernel", ...
    bool killSwitch = false;                 ///< the block is installed at this moment
    std::string blockFault;                  ///< why it is not, although it should be; empty: it is
    unsigned blockRepairs = 0;               ///< how often somebody else removed some of it
    std::optional<WallTime> blockRepairedAt; ///< the latest of them
    std::vector<BesideGuests> beside;        ///< while blocked: guests that it does not hold
    std::vector<std::string> unguarded;      ///< "eth0: why": cards without the second barrier
    unsigned reconnects = 0;                 ///< since the person asked
    bool switching = false; ///< connecting, and a verified tunnel stood before this request
    std::optional<LeftExit> switchingFrom;  ///< while switching away from an exit that stood
    std::optional<SwitchFault> switchFault; ///< of the last request, while Connected as before
    std::optional<Health> health;           ///< while connected or reconnecting
    std::optional<WallTime> pausedUntil;    ///< the bare line is open by wish until then
    bool lockdown = false;                  ///< the policy's
    std::optional<ConnectRequest> request;  ///< what was asked for and not taken back
};

} // namespace higgs::vpn
