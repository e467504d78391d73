// SPDX-License-Identifier: GPL-3.0-or-later
// A controller as the server sees it: its channel, who it is, and what it is owed.
#pragma once

#include "shared/control/control_channel.h"
#include "shared/control/control_socket.h"

namespace higgs::control {

class ControlConnection : public QObject
{
    Q_OBJECT

public:
    ControlConnection(int fd, const ControlPeer &peer, QObject *parent)
        : QObject(parent), m_channel(fd), m_peer(peer)
    {}

    [[nodiscard]] ControlChannel &channel() { return m_channel; }
    [[nodiscard]] const ControlPeer &peer() const { return m_peer; }

    void subscribe() { m_subscribed = true; }
    [[nodiscard]] bool isSubscribed() const { return m_subscribed; }

    void callBegun() { ++m_callsInFlight; }
    void callEnded() { --m_callsInFlight; }
    [[nodiscard]] unsigned callsInFlight() const { return m_callsInFlight; }

Q_SIGNALS:
    /// A request was not granted; `reason` is for the log.
    void refused(const std::string &reason);

private:
    ControlChannel m_channel;
    ControlPeer m_peer;
    bool m_subscribed = false;
    unsigned m_callsInFlight = 0;
};

} // namespace higgs::control
