// SPDX-License-Identifier: GPL-3.0-or-later
// Guests as the service tells of them: those of the moment, and how they come to this home, how
// they could, and what would have more of them come directly.
#pragma once

#include "shared/base/clock.h"

#include <QString>
#include <QStringList>
#include <optional>

namespace higgs::node {

struct GuestWays
{
    QString reach;     ///< a code: "but_new_ports", ...
    QStringList steps; ///< codes
    int udpPort = 0;   ///< that a step is about; 0: the service has another one at every start
    int direct = 0;    ///< guests of the moment who come without the server
    int relayed = 0;   ///< through the server, or through TURN

    friend bool operator==(const GuestWays &, const GuestWays &) = default;
};

/// A guest has no identity, only a number that is never used again.
struct Guest
{
    quint64 number = 0;
    std::optional<WallTime> since;
    QString path;
    bool online = false;
    quint64 rxBytes = 0;
    quint64 txBytes = 0;
    double rxMbps = 0;
    double txMbps = 0;
    bool cut = false; ///< held by the fuse: it scanned

    friend bool operator==(const Guest &, const Guest &) = default;
};

} // namespace higgs::node
