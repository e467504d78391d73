// SPDX-License-Identifier: GPL-3.0-or-later
// The hours' ledger as the file hours.json of the data directory, and as controllers read it. It is
// larger than the settings and changes with every datagram, so it is written less often: once more
// when something new begins, and every ten minutes.
#pragma once

#include "app-node/engine/hour_ledger.h"
#include "shared/base/result.h"
#include "shared/protocol/json.h"

namespace higgs::node {

/// Malformed, and all of it: half a ledger would say "nothing" of the hours that it lost.
Result<HourLedger> hoursFromText(std::string_view text);
std::string hoursToText(const HourLedger &ledger);

/// The answer to "what was at that moment?"; times in milliseconds since 1970, UTC.
protocol::Json hourJson(const HourLedger &ledger, WallTime at, WallTime now);

/// The last `count` hours, this one among them: those in which something moved, oldest first.
protocol::Json hoursJson(const HourLedger &ledger, WallTime now, UtcHour count);

class HourBook
{
public:
    static constexpr Seconds Pause{600};

    explicit HourBook(const std::string &dataDir);

    /// As on disk at the start. A damaged file is kept beside, and a new one begun.
    [[nodiscard]] const HourLedger &kept() const { return m_kept; }
    /// Writes where it is time to; `last`: in any case, if there is something new.
    void keep(const HourLedger &ledger, Monotonic now, bool last = false);

private:
    std::string m_path;
    HourLedger m_kept;
    std::optional<Monotonic> m_written;
};

} // namespace higgs::node
