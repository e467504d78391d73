// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/background_writes.h"

#include <QTimer>
#include <algorithm>

namespace higgs::server {

namespace {

BackgroundWrites::Seen last(const BackgroundWrites::Seen &all, std::size_t most)
{
    return {all.end() - static_cast<std::ptrdiff_t>(std::min(most, all.size())), all.end()};
}

} // namespace

bool BackgroundWrites::flush(Seen seen, Take take, Flushed then)
{
    if (isFlushing())
        return false;
    m_seen = std::move(seen);
    m_take = std::move(take);
    m_flushed = std::move(then);
    m_jobs.push_back(Job::Touch);
    m_jobs.push_back(Job::Append);
    begin();
    return true;
}

void BackgroundWrites::sweep(WallTime now, WallTime metricsBefore)
{
    const auto isSweep = [](Job job) {
        return job == Job::SweepSessions || job == Job::TrimMetrics;
    };
    if (std::any_of(m_jobs.begin(), m_jobs.end(), isSweep))
        return;
    m_now = now;
    m_metricsBefore = metricsBefore;
    m_jobs.push_back(Job::SweepSessions);
    m_jobs.push_back(Job::TrimMetrics);
    begin();
}

void BackgroundWrites::begin()
{
    if (!std::exchange(m_running, true))
        QTimer::singleShot(0, &m_context, [this] { slice(); });
}

void BackgroundWrites::slice()
{
    m_began = monotonicNow();
    const Stored<void> written(&m_context, [this](const Result<void> &done) {
        if (!m_jobs.empty() && m_jobs.front() == Job::Touch) {
            m_seen.resize(m_seen.size() - std::min(SliceRows, m_seen.size()));
            return sliceDone(done.has_value(), !m_seen.empty());
        }
        if (done)
            m_records.clear();
        sliceDone(done.has_value(), true);
    });
    const Stored<std::size_t> swept(&m_context, [this](const Result<std::size_t> &count) {
        sliceDone(count.has_value(), count && *count >= SliceRows);
    });
    switch (m_jobs.front()) {
    case Job::Touch:
        if (m_seen.empty())
            return sliceDone(true, false);
        return m_storage.touchNodes(last(m_seen, SliceRows), written);
    case Job::Append:
        m_records = m_take(SliceRows);
        if (m_records.empty())
            return sliceDone(true, false);
        return m_storage.appendMetrics(m_records, written);
    case Job::SweepSessions:
        return m_storage.sweepSessions(m_now, SliceRows, swept);
    case Job::TrimMetrics:
        return m_storage.trimMetrics(m_metricsBefore, SliceRows, swept);
    }
}

void BackgroundWrites::sliceDone(bool written, bool more)
{
    if (!written || !more)
        jobDone();
    if (m_jobs.empty()) {
        m_running = false;
        return;
    }
    const auto took = std::chrono::ceil<Milliseconds>(monotonicNow() - m_began);
    QTimer::singleShot(std::clamp(took, ShortestPause, LongestPause), &m_context,
                       [this] { slice(); });
}

void BackgroundWrites::jobDone()
{
    const Job job = m_jobs.front();
    m_jobs.pop_front();
    if (job == Job::Touch)
        m_seen.clear(); // who was heard of will be again
    if (job != Job::Append)
        return;
    if (const Flushed flushed = std::exchange(m_flushed, nullptr))
        flushed(std::exchange(m_records, {}));
}

} // namespace higgs::server
