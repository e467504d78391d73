// SPDX-License-Identifier: GPL-3.0-or-later
// How long the window's event loop lets an event wait: a second thread knocks every few
// milliseconds.
#pragma once

#include <QObject>
#include <QThread>
#include <atomic>
#include <memory>
#include <vector>

namespace higgs::gui_driver {

/// Lives on the window's thread, whose waits it measures between start() and stop().
class LoopWatch : public QObject
{
    Q_OBJECT

public:
    explicit LoopWatch(QObject *parent = nullptr) : QObject(parent) {}
    ~LoopWatch() override { stop(); }

    void start();
    /// The waits in milliseconds, in the order of the knocks.
    std::vector<double> stop();

private:
    std::unique_ptr<QThread> m_knocker;
    std::atomic<bool> m_on = false;
    std::vector<double> m_waits;
};

} // namespace higgs::gui_driver
