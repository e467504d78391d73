// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/control_lag.h"

#include <algorithm>

namespace higgs::server {

ControlLag::ControlLag(ServerMetrics &metrics)
    : m_metrics(metrics), m_due(monotonicNow() + Interval)
{
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setSingleShot(true);
    m_timer.setInterval(Interval);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { heard(); });
    m_timer.start();
}

void ControlLag::heard()
{
    const Monotonic now = monotonicNow();
    const std::chrono::duration<double> late = now - m_due;
    m_metrics.controlLag(std::max(0.0, late.count()));
    // Anew from here: what was missed is told once.
    m_due = now + Interval;
    m_timer.start();
}

} // namespace higgs::server
