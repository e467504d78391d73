// SPDX-License-Identifier: GPL-3.0-or-later
// What the window knows of the daemon: its status and the places to leave from, as values. Texts
// are plain and bounded (widgets::plainText), country codes are assigned ones or empty.
#pragma once

#include "shared/widgets/daemon_answers.h"

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

namespace higgs::vpn {

using widgets::Check;
using widgets::LogLine;
using widgets::ServerView;

/// The control protocol this window speaks (status.controlVersion).
constexpr int ControlVersion = 2;

enum class State : std::uint8_t {
    Disconnected,
    Connecting,
    Connected,
    Reconnecting,
    Disconnecting,
    Blocked,
};

/// Why there is no tunnel; the names on the socket are in client_view_codec.cpp.
enum class Problem : std::uint8_t {
    None,
    ServerUnreachable,
    ServerUntrusted,
    CertificateDates,
    ServerBusy,
    AccessDenied,
    NoNodeOnline,
    NoMatchingNode,
    UnknownNode,
    NodeOffline,
    NodeLost,
    TooManySessions,
    ServerRefused,
    PathNotAvailable,
    NoPermission,
    TunnelFailed,
    NoServer,
    Lockdown,
    DnsFailed,
    NotRestored,
    Unknown, ///< a newer daemon's; problemCode has its name
};

enum class PathKind : std::uint8_t { None, Relay, Direct, Turn, Cascade, Unknown };
enum class Health : std::uint8_t { Stable, Unstable, NoSignal };

/// What was asked for; empty members were left to the server.
struct RequestView
{
    QString country;
    QString nodeId;
    QString path;
    QString via;

    friend bool operator==(const RequestView &, const RequestView &) = default;
};

/// The exit that a switch leaves, and what had been asked for then.
struct LeftView
{
    QString country;
    QString region;
    RequestView request;
    bool carries = false; ///< its tunnel still does

    friend bool operator==(const LeftView &, const LeftView &) = default;
};

struct SettingsView
{
    QString country; ///< empty: any
    QString path = QStringLiteral("auto");
    QString via; ///< empty: none
    bool autoConnect = false;
    bool lockdown = false;
    bool lan = false;
    bool portMapping = false;
    QStringList dns; ///< empty: the node's

    friend bool operator==(const SettingsView &, const SettingsView &) = default;
};

struct FeaturesView
{
    bool cascade = false;
    QStringList paths; ///< that can be asked for: "auto", "relay", ...
    bool exclude = false;
    QString excludeReason;

    friend bool operator==(const FeaturesView &, const FeaturesView &) = default;
};

struct ClientView
{
    QString version;
    State state = State::Disconnected;
    bool switching = false; ///< Connecting, and a verified tunnel stood before
    /// The country that was asked for in vain while Connected; empty in it: any.
    std::optional<QString> notSwitchedTo;
    std::optional<LeftView> switchingFrom; ///< what cancelling goes back to
    Problem problem = Problem::None;
    QString problemCode;   ///< as on the socket, "server_unreachable"
    QString problemDetail; ///< English, for experts

    PathKind path = PathKind::None;
    QString pathReason;    ///< a code: "relay_only", ...
    QString pathCause;     ///< a code of why there is no better one: "both_new_ports", ...
    QStringList pathSteps; ///< codes of what would help, the user's first
    QString country;       ///< of the exit, upper case
    QString region;
    QString nodeId;
    QString sessionId;
    QString ownAddress;     ///< what the server sees of this computer; empty: not known
    QString exposedAddress; ///< while the line is open: what sites see; empty: not known
    QString exitAddress;
    QString exitAddressV6;
    QString tunnelAddress;
    QString tunnelAddressV6;
    std::optional<WallTime> since;
    std::optional<WallTime> pausedUntil;
    quint64 rxBytes = 0;
    quint64 txBytes = 0;
    std::optional<double> rttMs;
    std::optional<Health> health;
    QString tunnelKind;
    bool killSwitch = false; ///< the block is in force at this moment
    /// Packets that left outside the tunnel while the block stood; none: nobody counts.
    std::optional<quint64> leaked;
    bool lockdown = false;
    QString settingsFault; ///< why the daemon cannot read its settings; empty: it can
    unsigned reconnects = 0;

    std::optional<RequestView> request;
    std::optional<ServerView> server;
    bool accessKeySet = false;
    SettingsView settings;
    FeaturesView features;
    std::optional<int> excluded; ///< programs outside the tunnel

    friend bool operator==(const ClientView &, const ClientView &) = default;
};

/// One country and region with somebody who shares.
struct Place
{
    QString country; ///< ISO 3166-1 alpha-2, upper case
    QString region;  ///< may be empty
    int nodes = 0;
    int available = 0;               ///< nodes with a free place; 0: shown, but not to be chosen
    double load = 0;                 ///< 0..1
    std::optional<double> latencyMs; ///< the homes' to the server, median
    std::optional<double> estimateMs = std::nullopt; ///< this computer's to the homes: both legs
    std::optional<double> pastMs = std::nullopt;     ///< what it was in this person's last sessions

    friend bool operator==(const Place &, const Place &) = default;
};

} // namespace higgs::vpn
