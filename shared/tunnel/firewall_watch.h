// SPDX-License-Identifier: GPL-3.0-or-later
// Tells when somebody changed the machine's nftables or traffic control: another firewall that
// reloads may flush our rules, and our barrier hangs on an interface's queueing discipline.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/owned_fd.h"

#include <QObject>
#include <QTimer>
#include <memory>

class QSocketNotifier;

namespace higgs {

/// Lives on one thread with a Qt event loop. Owns two netlink sockets.
class FirewallWatch : public QObject
{
    Q_OBJECT

public:
    explicit FirewallWatch(QObject *parent = nullptr);
    ~FirewallWatch() override;

    /// System when the kernel gives no such socket; what the other one tells is told nevertheless.
    Result<void> start();

Q_SIGNALS:
    /// At most one for a burst of changes, some milliseconds after its first; also for our own.
    void changed();

private:
    struct Source
    {
        OwnedFd socket;
        std::unique_ptr<QSocketNotifier> readable;
    };

    Result<void> open(Source &source, int protocol, int group);
    void read(int fd);

    Source m_rules;
    Source m_trafficControl;
    QTimer m_burst;
};

} // namespace higgs
