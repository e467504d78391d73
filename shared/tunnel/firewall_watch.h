// SPDX-License-Identifier: GPL-3.0-or-later
// Tells when somebody changed the machine's nftables: another firewall that reloads may flush ours.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/owned_fd.h"

#include <QObject>
#include <QTimer>
#include <memory>

class QSocketNotifier;

namespace higgs {

/// Lives on one thread with a Qt event loop. Owns a netlink socket.
class FirewallWatch : public QObject
{
    Q_OBJECT

public:
    explicit FirewallWatch(QObject *parent = nullptr);
    ~FirewallWatch() override;

    /// System when the kernel gives no such socket.
    Result<void> start();

Q_SIGNALS:
    /// At most one for a burst of changes, some milliseconds after its first; also for our own.
    void changed();

private:
    void read();

    OwnedFd m_socket;
    std::unique_ptr<QSocketNotifier> m_readable;
    QTimer m_burst;
};

} // namespace higgs
