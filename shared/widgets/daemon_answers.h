// SPDX-License-Identifier: GPL-3.0-or-later
// What both daemons answer alike: their server, their checks and their log, as values. Texts are
// plain and bounded.
#pragma once

#include "shared/widgets/json_members.h"

#include <vector>

namespace higgs::widgets {

/// More than there ever are; the rest is left away.
constexpr std::size_t MaxChecks = 64;
constexpr std::size_t MaxLogLines = 1000;

/// The version that a server names, where it is a later one than `ours`: numbers alone, as whatever
/// else it says of itself would be a sentence of ours. Server and programs are counted together.
std::optional<QString> laterVersion(const QString &theirs, const QString &ours);

struct ServerView
{
    QString host; ///< without brackets
    int port = 0;
    QString pin; ///< SHA-256, "AB:CD:..."; empty: the system's certificates
    std::optional<bool> accessNeeded = {}; ///< an access key; nullopt: the daemon does not know
    QString version = {};                  ///< of its software, as it says; empty: not known

    /// "host:port", an IPv6 address in brackets.
    [[nodiscard]] QString address() const;
    friend bool operator==(const ServerView &, const ServerView &) = default;
};

/// One answer of `diagnose`.
struct Check
{
    QString name; ///< a code: "server", "tunnel", ...
    bool ok = false;
    QString detail; ///< the daemon's English sentence

    friend bool operator==(const Check &, const Check &) = default;
};

struct LogLine
{
    WallTime time;
    QString level; ///< "info", "warning", ...
    QString area;
    QString text;

    friend bool operator==(const LogLine &, const LogLine &) = default;
};

/// status.server; none unless it names a host.
std::optional<ServerView> readServer(const JsonMembers &status);
/// The answer of `diagnose`. Malformed without a list.
Result<std::vector<Check>> decodeChecks(const protocol::Json &answer);
/// The answer of `log`. Malformed without a list.
Result<std::vector<LogLine>> decodeLog(const protocol::Json &answer);

} // namespace higgs::widgets
