// SPDX-License-Identifier: GPL-3.0-or-later
// The client's engine: turns "connect to Germany" into a verified tunnel behind a kill switch, and
// keeps it so until told otherwise. Knows no socket protocol, no settings file and no words.
#pragma once

#include "app-vpn/engine/client_status.h"
#include "shared/net/server_trust.h"
#include "shared/protocol/rest_locations.h"
#include "shared/tunnel/device.h"

#include <QFuture>
#include <QObject>
#include <memory>
#include <string>
#include <vector>

namespace higgs {
class EpollSet;
}

namespace higgs::vpn {

struct ClientConfig
{
    std::string serverHost; ///< name or address, without brackets
    std::uint16_t serverPort = 3000;
    ServerTrust trust;
    SecretText accessKey; ///< empty: none
    std::string dataDir;  ///< exists, writable, 0700
    std::string interfaceName = "higgs0";
    TunnelKind tunnel = TunnelKind::Auto;
};

/// Lives on the daemon's thread. Every call returns at once; what becomes of it is told by
/// statusChanged(). Destroying a connected engine leaves the block up: only disconnectTunnel(), or
/// shutDown() by a person's wish, opens the bare line again.
class ClientEngine : public QObject
{
    Q_OBJECT

public:
    ClientEngine(EpollSet &epoll, ClientConfig config, QObject *parent = nullptr);
    ~ClientEngine() override;

    /// Adopts what a predecessor left: if its block is still up the engine starts Blocked.
    /// Permission or System when the machine does not allow a tunnel at all.
    Result<void> start();

    void connectTunnel(const ConnectRequest &request);
    /// Ends in Disconnected, with routes, rules, DNS and firewall as before.
    void disconnectTunnel();
    /// Takes everything away even if the engine thinks there is nothing.
    Result<void> restoreNetwork();

    /// Current figures included; cheap enough for once a second.
    [[nodiscard]] ClientStatus status() const;
    QFuture<Result<protocol::LocationsResponse>> locations();
    /// What the daemon was told about the server, for diagnoses; no secrets.
    [[nodiscard]] const std::string &serverHost() const;
    [[nodiscard]] std::uint16_t serverPort() const;

Q_SIGNALS:
    void statusChanged();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace higgs::vpn
