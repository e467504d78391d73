// SPDX-License-Identifier: GPL-3.0-or-later
// Tells when the machine's way to the outside may have changed: its addresses, links and routes, or
// because it slept, or this process stood still.
#pragma once

#include "shared/tunnel/owned_fd.h"
#include "shared/tunnel/sleep_detector.h"
#include "shared/tunnel/uplink_filter.h"

#include <QObject>
#include <QTimer>
#include <memory>

class QSocketNotifier;

namespace higgs {

/// Lives on one thread with a Qt event loop. Owns a netlink socket and a timer of the clock that
/// goes on in sleep.
class NetworkWatch : public QObject
{
    Q_OBJECT

public:
    NetworkWatch(std::string ownInterface, std::uint32_t ownTable, QObject *parent = nullptr);
    ~NetworkWatch() override;

    /// System when the kernel gives no such socket or timer; the rest works without.
    Result<void> start();

Q_SIGNALS:
    /// At most one for a burst of changes, some milliseconds after its first, and at most a second
    /// where what was done about the last one took long.
    void uplinkChanged();
    /// Right after waking: the world went on for so long without us.
    void slept(std::chrono::milliseconds duration);

private:
    void readNetlink();
    void readClock();

    UplinkFilter m_filter;
    SleepDetector m_sleep;
    OwnedFd m_netlink;
    OwnedFd m_clock;
    std::unique_ptr<QSocketNotifier> m_netlinkReadable;
    std::unique_ptr<QSocketNotifier> m_clockReadable;
    QTimer m_burst;
    Monotonic m_restsUntil{};
};

} // namespace higgs
