// SPDX-License-Identifier: GPL-3.0-or-later
// How late the control thread comes to what is due: a clock that says when it was heard.
#pragma once

#include "server/metrics/server_metrics.h"
#include "shared/base/clock.h"

#include <QTimer>

namespace higgs::server {

/// Lives on the thread that it measures; `metrics` must outlive it.
class ControlLag
{
public:
    /// Often enough that a wait of a second is met, seldom enough to cost nothing.
    static constexpr Milliseconds Interval{500};

    explicit ControlLag(ServerMetrics &metrics);

private:
    void heard();

    ServerMetrics &m_metrics;
    QTimer m_timer;
    Monotonic m_due;
};

} // namespace higgs::server
