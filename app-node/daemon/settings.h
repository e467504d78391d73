// SPDX-License-Identifier: GPL-3.0-or-later
// What the owner told the node to remember, as a value, as the JSON of its settings file, and as
// controllers read and change it. Pure.
#pragma once

#include "app-node/engine/node_engine.h"
#include "shared/protocol/json.h"

namespace higgs::node {

using protocol::Json;

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
    bool consent = false; ///< the owner has agreed; without it nothing is ever shared
    bool sharing = false;
    std::optional<NodeLimits> limits;
    std::optional<WallTime> pausedUntil;
    std::optional<ConfiguredServer> server;
    std::string country; ///< empty: as the options or the time zone say
    std::optional<std::string> region;

    friend bool operator==(const Settings &, const Settings &) = default;
};

/// What this version understands of a settings file, whoever wrote it; the rest has its default.
/// What faultOf() names switches sharing off.
Settings settingsFromFile(const Json &file);
/// The first member of a settings file that could have kept the owner's home closed and is not
/// understood; empty: there is none.
std::string faultOf(const Json &file);
/// Whether the file says that the owner shares, whatever else stands in it.
bool saysSharing(const Json &file);
Json settingsToFile(const Settings &settings);

Json limitsJson(const NodeLimits &limits);
/// `base` with the members of `json` that are there. InvalidArgument names what is out of range.
Result<NodeLimits> changedLimits(NodeLimits base, const Json &json);

/// What was moved, as the daemon keeps it. Damaged days are passed over.
UsageLedger usageFromFile(const Json &file);
Json usageToFile(const UsageLedger &usage);
/// As faultOf(), of the file of what was moved: less may be counted than was, against a limit.
std::string faultOfUsage(const Json &file);

/// Why files of before cannot be read, with their paths; empty: they can. Nobody knows then whether
/// the owner shares, and up to where: nothing is shared until a person has said so anew.
struct SettingsFaults
{
    std::string settings;
    std::string usage;

    [[nodiscard]] const std::string &first() const { return settings.empty() ? usage : settings; }
};

/// "AB:CD:..." of 32 bytes.
std::string pinText(const CertificateFingerprint &pin);

} // namespace higgs::node
