// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the Internet answers through the tunnel: an exit may be there, and let nothing out.
#pragma once

#include "shared/net/stun_binding.h"
#include "shared/net/tcp_dial.h"

#include <QObject>
#include <memory>
#include <string>
#include <vector>

namespace higgs::vpn {

struct BeyondProbeOptions
{
    std::string interfaceName; ///< the tunnel's, for addresses that are not the Internet's
    std::vector<CheckedEndpoint> stunServers; ///< at most four are asked
    std::vector<IpAddress> tcpAddresses;      ///< where a TCP connection is begun, and no more
    std::uint16_t tcpPort = 0;
    Milliseconds timeout{4'000};
};

/// One question, asked by start(): answered(), silent() or untold() follows once, from the event
/// loop, and the object may be deleted in it. seen() may come several times, also after answered().
/// Lives on its EpollSet's thread.
class BeyondProbe : public QObject
{
    Q_OBJECT

public:
    BeyondProbe(EpollSet &epoll, BeyondProbeOptions options, QObject *parent = nullptr);
    ~BeyondProbe() override;

    void start();

Q_SIGNALS:
    void answered();
    void silent();
    /// There is no IPv6 behind the exit, and nothing else is asked: so says the exit, or who is
    /// behind it. An exit has IPv4, or shares nothing.
    void untold();
    /// Under which address we are out.
    void seen(const higgs::IpAddress &address);

private:
    void askStun(const CheckedEndpoint &server);
    void dialFailed();
    void finish(void (BeyondProbe::*told)());

    EpollSet &m_epoll;
    BeyondProbeOptions m_options;
    std::vector<std::unique_ptr<StunBinding>> m_bindings;
    std::unique_ptr<TcpDial> m_dial;
    QTimer m_end;
    bool m_told = false;
};

} // namespace higgs::vpn
