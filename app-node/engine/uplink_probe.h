// SPDX-License-Identifier: GPL-3.0-or-later
// Measures the round trip to the server's STUN service again and again, over the line that guests
// use: what the good neighbour goes by, and what the server is told of the line.
#pragma once

#include "shared/net/named_endpoints.h"
#include "shared/net/stun_binding_core.h"
#include "shared/reactor/epoll_set.h"

#include <QObject>
#include <QTimer>
#include <deque>

namespace higgs::node {

/// Lives on its EpollSet's thread. Owns one UDP socket.
class UplinkProbe : public QObject, private EpollSource
{
    Q_OBJECT

public:
    explicit UplinkProbe(EpollSet &epoll, QObject *parent = nullptr);
    ~UplinkProbe() override;

    /// Begins anew; Network or Permission when there is no socket to be had.
    Result<void> start(const CheckedEndpoint &to);
    void stop();
    /// Sixteen a second while guests are busy, and at once again when a queue was found, which
    /// stays below what the server answers at most; four while guests are there, to notice it; one
    /// in two seconds alone, to know the line.
    enum class Pace : std::uint8_t { Alone, Idle, Busy, Alert };
    void setPace(Pace pace);

Q_SIGNALS:
    void answered(double rttMs);
    /// With each answer that can be so: what address the line has, and who says it.
    void seenAs(const higgs::IpAddress &address, const higgs::IpAddress &server);
    /// No answer within half a second.
    void lost();

private:
    struct Sent
    {
        protocol::StunTransactionId transaction{};
        std::int64_t wallNs = 0; ///< as the kernel stamps what it receives
        Monotonic at;
    };

    void ready(std::uint32_t events) override;
    void ask();
    void handle(ByteSpan datagram, std::int64_t receivedNs);

    EpollSet &m_epoll;
    int m_fd = -1;
    Endpoint m_server;
    Pace m_pace = Pace::Idle;
    std::deque<Sent> m_sent;
    QTimer m_timer;
};

} // namespace higgs::node
