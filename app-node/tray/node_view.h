// SPDX-License-Identifier: GPL-3.0-or-later
// What the window knows of the node's daemon, as values. Texts are plain and bounded
// (widgets::plainText), country codes are assigned ones or empty. Seen from the home: rx is what
// guests send to the Internet, tx what they get from it.
#pragma once

#include "app-node/tray/guest_ways.h"
#include "app-node/tray/week_schedule.h"
#include "shared/widgets/daemon_answers.h"

#include <QDate>

namespace higgs::node {

using widgets::Check;
using widgets::LogLine;
using widgets::ServerView;

/// The control protocol this window speaks (status.controlVersion).
constexpr int ControlVersion = 2;

enum class State : std::uint8_t { Off, Starting, Sharing, Limited, Problem };

/// Why nothing is shared though it should be; the names are in node_view_codec.cpp.
enum class Problem : std::uint8_t {
    None,
    ServerUnreachable,
    ServerUntrusted,
    CertificateDates,
    AccessDenied,
    AlreadyRegistered,
    PendingApproval,
    ServerRefused,
    NoPermission,
    TunnelFailed,
    ExitFailed,
    ExitUnsafe,
    NoServer,
    Unknown, ///< a newer daemon's; problemCode has its name
};

/// Why less is shared than could be, or nothing.
enum class LimitReason : std::uint8_t {
    None,
    Full,        ///< those here stay
    Maintenance, ///< those here stay
    Paused,
    Schedule,
    Volume,
    Battery,
    Metered,
    Unknown,
};

enum class Reach : std::uint8_t { Nobody, Relay };

struct Limits
{
    static constexpr int MostGuests = 10'000;
    static constexpr int LastResetDay = 28;

    int maxGuests = 0;
    double upMbps = 0; ///< 0: none, as below
    double downMbps = 0;
    quint64 monthlyBytes = 0;
    int resetDay = 1;
    WeekSchedule schedule;
    bool stopOnBattery = false;
    bool stopOnMetered = false;
    bool goodNeighbour = false;
    bool portMapping = false;

    friend bool operator==(const Limits &, const Limits &) = default;
};

struct Neighbour
{
    enum class State : std::uint8_t { Off, Idle, Yielding, Unavailable };

    State state = State::Off;
    std::optional<double> allowedMbps;
    std::optional<double> queueMs;

    friend bool operator==(const Neighbour &, const Neighbour &) = default;
};

enum class SafetyState : std::uint8_t { Never, Running, Passed, Failed };

/// The self-test in short.
struct Safety
{
    SafetyState state = SafetyState::Never;
    std::optional<WallTime> at;
    int tried = 0;
    int refused = 0;
    QStringList failed; ///< codes of what was reached

    friend bool operator==(const Safety &, const Safety &) = default;
};

struct Volume
{
    quint64 usedBytes = 0;
    quint64 capBytes = 0; ///< 0: none
    std::optional<WallTime> from;
    std::optional<WallTime> resetsAt;

    friend bool operator==(const Volume &, const Volume &) = default;
};

struct NodeView
{
    QString version;
    State state = State::Off;
    bool sharing = false; ///< what the owner wants
    bool consent = false;
    QString settingsFault; ///< why the daemon cannot read its settings; empty: it can
    Problem problem = Problem::None;
    QString problemCode;
    QString problemDetail; ///< English, for experts
    LimitReason limit = LimitReason::None;
    std::optional<WallTime> limitUntil;
    std::optional<WallTime> pausedUntil;
    std::optional<WallTime> since;
    std::optional<ServerView> server;
    bool accessKeySet = false;
    QString nodeId;
    QString country;
    QString region;
    QString natType;
    QString mappedAddress;
    bool signalLink = false;
    QString tunnelKind;
    QString egressInterface;
    std::optional<Reach> reach; ///< none while nothing is shared
    GuestWays ways;

    int guests = 0;
    quint64 rxBytes = 0; ///< since sharing was switched on
    quint64 txBytes = 0;
    double rxMbps = 0;
    double txMbps = 0;
    quint64 todayBytes = 0;
    int todayGuests = 0;
    Volume volume;
    Limits limits;
    std::optional<bool> onBattery; ///< none: cannot be known here
    std::optional<bool> onMetered;
    Neighbour neighbour;
    QString portMapping; ///< "mapped", "refused", ...: what the router made of being asked
    Safety safety;
    int fuseTrips = 0;
    QString chosenCountry; ///< as it can be set; empty: none yet
    QString chosenRegion;
    QStringList fixed; ///< given to the daemon when it was started: cannot be set here

    /// Guests can leave through this home at the moment.
    [[nodiscard]] bool serves() const
    {
        return state == State::Sharing ||
               (state == State::Limited &&
                (limit == LimitReason::Full || limit == LimitReason::Maintenance));
    }

    /// On by the owner's wish, and nobody can leave through this home all the same.
    [[nodiscard]] bool held() const { return sharing && (!serves() || reach == Reach::Nobody); }

    friend bool operator==(const NodeView &, const NodeView &) = default;
};

struct HistoryDay
{
    QDate day;
    quint64 rxBytes = 0;
    quint64 txBytes = 0;
    int guests = 0;

    friend bool operator==(const HistoryDay &, const HistoryDay &) = default;
};

enum class Seen : std::uint8_t { Refused, Silent, Reached, Unknown };

/// One thing the self-test tried to reach from a guest's place.
struct Attempt
{
    QString target;
    QString spelling;
    QString kind; ///< a code: "lan", "nat64", ...
    bool shouldOpen = false;
    Seen seen = Seen::Unknown;
    bool ok = false;

    friend bool operator==(const Attempt &, const Attempt &) = default;
};

struct SafetyReport
{
    Safety summary;
    std::vector<Attempt> attempts;
    bool rulesOk = false; ///< the rules in force are the daemon's own
    QString rulesDetail;

    friend bool operator==(const SafetyReport &, const SafetyReport &) = default;
};

} // namespace higgs::node
