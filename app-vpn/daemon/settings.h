// SPDX-License-Identifier: GPL-3.0-or-later
// What a person told the client to remember, as a value, and as the JSON of its settings file and
// of `status`. Pure.
#pragma once

#include "app-vpn/engine/client_engine.h"
#include "shared/protocol/json.h"

namespace higgs::vpn {

using protocol::Json;

/// The C library's resolver asks no more.
constexpr std::size_t MaxDnsServers = 3;

/// A server that `configureServer` named.
struct ConfiguredServer
{
    std::string host;
    std::uint16_t port = 0;
    ServerTrust trust; ///< a pin, or the system's authorities

    friend bool operator==(const ConfiguredServer &, const ConfiguredServer &) = default;
};

struct Settings
{
    std::string country; ///< empty: any
    PathPreference path = PathPreference::Auto;
    std::string via; ///< empty: none
    bool autoconnect = false;
    TrafficPolicy policy;
    /// What was asked for and not taken back: taken up again after a crash, while blocked.
    std::optional<ConnectRequest> wish;
    std::optional<WallTime> pausedUntil; ///< only with a wish
    std::optional<WallTime> pausedFrom;  ///< when that was asked for; none in older files
    std::optional<ConfiguredServer> server;

    friend bool operator==(const Settings &, const Settings &) = default;
};

/// Until when the bare line is open by wish, as far as a clock can be believed that a person may
/// have set: before the pause began it is over, and longer than any pause it does not last.
std::optional<WallTime> pauseAt(const Settings &settings, WallTime now);

/// What this version understands of a settings file, whoever wrote it; the rest has its default. If
/// faultOf() finds something, with lockdown.
Settings settingsFromFile(const Json &file);
/// The first member that may have kept the line closed and cannot be understood; empty: none.
std::string faultOf(const Json &file);
/// In the place of a file that cannot be read: it may have said so.
Settings closedSettings();
Json settingsToFile(const Settings &settings);

/// As `status` and `set` show them: every key with its text.
Json settingsJson(const Settings &settings);
/// One key of settingsJson(). InvalidArgument with a sentence that names what is allowed.
Result<void> change(Settings &settings, const std::string &key, const std::string &value);

/// Members country, nodeId, path and via; null or absent is no wish. InvalidArgument otherwise.
/// What `params` leaves open comes from `defaults`, but for the country where a node is
/// named.
Result<ConnectRequest> readRequest(const Json &params, const Settings &defaults);

/// What was asked for, with a way that is set otherwise by now; none: nothing about it changes, or
/// it was asked for with a way of its own.
std::optional<ConnectRequest> requestAfter(const Settings &before, const Settings &now,
                                           const ConnectRequest &request);
Json requestJson(const ConnectRequest &request);

std::string_view toString(PathPreference path);
/// "AB:CD:..." of 32 bytes.
std::string pinText(const CertificateFingerprint &pin);

} // namespace higgs::vpn
