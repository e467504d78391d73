// SPDX-License-Identifier: GPL-3.0-or-later
// What the clock has written down: nodes' times and metrics, and what is swept away. In slices,
// with a pause after each as long as it took, so that others have the database meanwhile.
#pragma once

#include "server/storage/storage.h"

#include <QObject>
#include <deque>
#include <functional>

namespace higgs::server {

/// One slice at a time. What the storage does not take is given back or left for the next time;
/// nothing of this says that the storage is away.
class BackgroundWrites
{
public:
    static constexpr std::size_t SliceRows = 500;
    static constexpr Milliseconds ShortestPause{5};
    static constexpr Milliseconds LongestPause{500};

    using Seen = std::vector<std::pair<NodeId, WallTime>>;
    using Records = std::vector<MetricsRecord>;
    /// Up to `most` more to write; none: that was all.
    using Take = std::function<Records(std::size_t most)>;
    /// With what was taken and not written.
    using Flushed = std::function<void(Records left)>;

    /// The storage must outlive it.
    explicit BackgroundWrites(Storage &storage) : m_storage(storage) {}

    /// False, and nothing is taken, while one runs.
    bool flush(Seen seen, Take take, Flushed then);
    [[nodiscard]] bool isFlushing() const { return m_flushed != nullptr; }
    /// Sessions that are over at `now`, and metrics from before `metricsBefore`. Nothing while one
    /// runs.
    void sweep(WallTime now, WallTime metricsBefore);

private:
    enum class Job { Touch, Append, SweepSessions, TrimMetrics };

    void begin();
    void slice();
    void sliceDone(bool written, bool more);
    void jobDone();

    Storage &m_storage;
    std::deque<Job> m_jobs; ///< the first runs
    bool m_running = false;
    Monotonic m_began; ///< of the slice
    Seen m_seen;
    Take m_take;
    Records m_records;
    Flushed m_flushed;
    WallTime m_now;
    WallTime m_metricsBefore;
    QObject m_context; ///< of the storage's answers
};

} // namespace higgs::server
