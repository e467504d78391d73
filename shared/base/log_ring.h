// SPDX-License-Identifier: GPL-3.0-or-later
// The last lines of the log in memory, for a diagnostics page: what went to stderr, with addresses
// and anything that looks like a key or token shortened.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"

#include <deque>
#include <mutex>
#include <vector>

namespace higgs::log {

/// Some hours of a quiet daemon, and under a megabyte at the longest.
constexpr std::size_t MaxRingLines = 1000;
/// What a line keeps at most; the rest is cut.
constexpr std::size_t MaxRingText = 800;

struct RingLine
{
    WallTime time;
    Level level = Level::Info;
    std::string area; ///< the category of write()
    std::string text; ///< event and fields, redacted

    friend bool operator==(const RingLine &, const RingLine &) = default;
};

/// Thread-safe. The oldest line makes room for the newest.
class LogRing
{
public:
    LogRing() = default;
    ~LogRing(); ///< ends keepLines()
    LogRing(const LogRing &) = delete;
    LogRing &operator=(const LogRing &) = delete;

    void add(RingLine line);
    /// At most `count`, oldest first.
    [[nodiscard]] std::vector<RingLine> last(std::size_t count) const;

private:
    mutable std::mutex m_mutex;
    std::deque<RingLine> m_lines;
};

/// From now on write() also fills `ring`, until it dies. To be called by main() before threads
/// start, and the ring to be destroyed when they have ended.
void keepLines(LogRing &ring);

/// "info", "warning", ...
std::string_view toString(Level level);

/// Addresses keep what tells one network from another ("203.0.x.x", "2001:db8:x"); loopback and
/// private IPv4 addresses stay. Words that could be a key, token or fingerprint become "***".
std::string redacted(std::string_view text);

} // namespace higgs::log
