// SPDX-License-Identifier: GPL-3.0-or-later
// Asks a STUN server over UDP for our mapped address. Through a tunnel's interface to the exit's
// gateway it is also the proof that the tunnel works.
#pragma once

#include "shared/net/named_endpoints.h"
#include "shared/net/stun_binding_core.h"
#include "shared/reactor/epoll_set.h"

#include <QObject>
#include <QTimer>
#include <optional>
#include <string>

namespace higgs {

struct StunBindingOptions
{
    CheckedEndpoint server;
    std::string bindToInterface{};       ///< SO_BINDTODEVICE; empty: any
    std::optional<std::uint32_t> mark{}; ///< SO_MARK
    std::uint16_t localPort = 0;         ///< 0: any
    Milliseconds firstWait{250};
    Milliseconds timeout{5'000};
};

/// One question, asked by start(); exactly one signal follows, from the event loop, in which the
/// binding may be deleted. Deleting it earlier ends it silently. Lives on its EpollSet's thread.
class StunBinding : public QObject, private EpollSource
{
    Q_OBJECT

public:
    StunBinding(EpollSet &epoll, StunBindingOptions options, QObject *parent = nullptr);
    ~StunBinding() override;

    void start();

Q_SIGNALS:
    void succeeded(const higgs::StunBindingResult &result);
    /// Timeout; Permission when the mark or the interface is not allowed, or a firewall on this
    /// machine refused the last transmission; Network otherwise.
    void failed(const higgs::Error &error);

private:
    void ready(std::uint32_t events) override;
    Result<void> openSocket();
    [[nodiscard]] Endpoint localEndpoint() const;
    void advance();
    void stop();
    void fail(Error error);

    EpollSet &m_epoll;
    StunBindingOptions m_options;
    std::optional<StunBindingCore> m_core;
    int m_fd = -1;
    bool m_refused = false; ///< the last transmission, by this machine's firewall
    QTimer m_timer;
};

} // namespace higgs
