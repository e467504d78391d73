// SPDX-License-Identifier: GPL-3.0-or-later
// Asks a STUN server from the daemon's own UDP socket, so that the answer is the mapping of the
// socket to which others will send.
#pragma once

#include "shared/net/named_endpoints.h"
#include "shared/net/stun_binding_core.h"
#include "shared/paths/udp_mux.h"

#include <QObject>
#include <QTimer>
#include <optional>

namespace higgs {

struct MuxBindingOptions
{
    CheckedEndpoint server;
    Milliseconds firstWait{250};
    Milliseconds timeout{5'000};
};

/// One question, asked by start(); exactly one signal follows, from the event loop, in which the
/// binding, and the mux, may be deleted. Deleting it earlier ends it silently. Must die before the
/// mux.
class MuxBinding : public QObject, private StunParty
{
    Q_OBJECT

public:
    MuxBinding(UdpMux &mux, MuxBindingOptions options, QObject *parent = nullptr);
    ~MuxBinding() override;

    void start();

Q_SIGNALS:
    void succeeded(const higgs::StunBindingResult &result);
    /// Timeout; Permission when a firewall on this machine refused the last transmission; Network
    /// when there was no way to the server at the start, TooLarge when the mux has no place.
    void failed(const higgs::Error &error);

private:
    void stunReceived(const protocol::StunMessage &message, ByteSpan datagram,
                      const MuxArrival &arrival) override;
    void advance();
    Result<void> transmit();
    void stop();
    void fail(Error error);

    UdpMux &m_mux;
    MuxBindingOptions m_options;
    std::optional<StunBindingCore> m_core;
    std::vector<protocol::StunTransactionId> m_asked; ///< at the mux
    std::optional<Error> m_refused;                   ///< the last transmission, by a firewall
    QTimer m_timer;
};

} // namespace higgs
