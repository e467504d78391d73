// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui_driver/loop_watch.h"

#include <chrono>

namespace higgs::gui_driver {

namespace {

constexpr std::chrono::milliseconds KnockEvery{10};
using Clock = std::chrono::steady_clock;

} // namespace

void LoopWatch::start()
{
    stop();
    m_on = true;
    m_knocker.reset(QThread::create([this] {
        while (m_on) {
            const Clock::time_point knocked = Clock::now();
            QMetaObject::invokeMethod(
                this,
                [this, knocked] {
                    const std::chrono::duration<double, std::milli> waited = Clock::now() - knocked;
                    m_waits.push_back(waited.count());
                },
                Qt::QueuedConnection);
            std::this_thread::sleep_for(KnockEvery);
        }
    }));
    m_knocker->start();
}

std::vector<double> LoopWatch::stop()
{
    m_on = false;
    if (m_knocker)
        m_knocker->wait();
    m_knocker.reset();
    return std::exchange(m_waits, {});
}

} // namespace higgs::gui_driver
