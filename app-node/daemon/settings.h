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
/// Limits or a pause that are there and not understood switch sharing off.
Settings settingsFromFile(const Json &file);
/// Whether the file says that the owner shares, whatever else stands in it.
bool saysSharing(const Json &file);
Json settingsToFile(const Settings &settings);

Json limitsJson(const NodeLimits &limits);
/// `base` with the members of `json` that are there. InvalidArgument names what is out of range.
Result<NodeLimits> changedLimits(NodeLimits base, const Json &json);

/// What was moved, as the daemon keeps it. Damaged days are passed over.
UsageLedger usageFromFile(const Json &file);
Json usageToFile(const UsageLedger &usage);

/// "AB:CD:..." of 32 bytes.
std::string pinText(const CertificateFingerprint &pin);

} // namespace higgs::node
