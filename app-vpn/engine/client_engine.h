// SPDX-License-Identifier: GPL-3.0-or-later
// The client's engine: turns "connect to Germany" into a verified tunnel behind a kill switch, and
// keeps it so until told otherwise. Knows no socket protocol, no settings file and no words.
#pragma once

#include "app-vpn/engine/client_status.h"
#include "shared/net/server_trust.h"
#include "shared/protocol/rest_locations.h"
#include "shared/reactor/reply.h"
#include "shared/tunnel/client_network.h"
#include "shared/tunnel/device.h"
#include "shared/tunnel/leak_receipt.h"

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
    std::string serverHost; ///< name or address, without brackets; empty: none is known yet
    std::uint16_t serverPort = 3000;
    ServerTrust trust;
    SecretText accessKey; ///< empty: none
    std::string dataDir;  ///< exists, writable, 0700
    std::string interfaceName = "higgs0";
    TunnelKind tunnel = TunnelKind::Auto;
    TrafficPolicy policy;
    /// Programs of this group leave outside the tunnel while there is one, or one is coming.
    std::optional<std::uint32_t> excludeGid;
    /// Of the daemon's sockets, and of what programs outside the tunnel send.
    std::uint32_t socketMark = ClientNetworkOptions{}.mark;
    std::uint32_t excludeMark = ClientNetworkOptions{}.excludeMark;
};

/// Other marks for this start: who may set marks, as many containers may, cannot guess them.
void drawMarks(ClientConfig &config);

/// Where the engine's block stands: the same for a block that is put up before there is an engine.
ClientNetworkOptions networkOptions(const ClientConfig &config);

/// A pause is for a download or a captive portal, not a way of life.
constexpr Milliseconds LongestPause{24 * 60 * 60 * 1000};

/// Lives on the daemon's thread. Every call returns at once; what becomes of it is told by
/// statusChanged(). Destroying a connected engine leaves the block up: only disconnectTunnel(), or
/// shutDown() by a person's wish, opens the bare line again.
class ClientEngine : public QObject
{
    Q_OBJECT

public:
    ClientEngine(EpollSet &epoll, ClientConfig config, QObject *parent = nullptr);
    ~ClientEngine() override;

    /// Adopts what a predecessor left: if its block is still up, or the policy is lockdown, the
    /// engine starts Blocked. Permission or System when the machine allows no tunnel at all.
    Result<void> start();

    /// Also ends a pause.
    void connectTunnel(const ConnectRequest &request);
    /// The request of before with another way: the same exit by it, behind the block, and no way
    /// back to the former one. After a pause, where there is one. Only with a request.
    void changeWay(const ConnectRequest &request);
    /// While switching: back to the exit that stood, behind the block all the way, and to another
    /// one of what had been asked for if that exit has gone. InvalidArgument otherwise.
    Result<void> cancelSwitch();
    /// Ends in Disconnected, with routes, rules, DNS and firewall as before; or, under lockdown,
    /// in Blocked.
    void disconnectTunnel();
    /// Takes everything away even if the engine thinks there is nothing, and lockdown with it. The
    /// error says whether the line is open; the text, what stays and does no harm.
    Result<std::string> restoreNetwork();

    /// Opens the bare line until `until`, then connects again as before. Forbidden under lockdown;
    /// InvalidArgument when nothing is connected or wanted, or for more than LongestPause.
    Result<void> pauseTunnel(WallTime until);
    /// Ends a pause now; nothing else than that.
    void resumeTunnel();
    /// After start(): goes on with a pause of an earlier run, over a block it may have left.
    void adoptPause(const ConnectRequest &request, WallTime until);

    /// In force at the return, also while connected, and never with a gap.
    Result<void> setPolicy(const TrafficPolicy &policy);

    /// Forbidden while there is a tunnel, or one is wanted. The key is for that server only.
    Result<void> setServer(std::string host, std::uint16_t port, ServerTrust trust,
                           SecretText accessKey);
    /// For the next question; an empty one forgets.
    void setAccessKey(SecretText key);
    [[nodiscard]] bool hasAccessKey() const;
    /// As the server says; nullopt until it was asked, by locations() or on the way to a tunnel.
    [[nodiscard]] std::optional<bool> needsAccessKey() const;
    /// Asks the kernel whether the block stands, and puts it back if it does not; status() knows
    /// then. By itself it does so whenever somebody has changed the machine's network.
    void verifyBlock();

    /// Of the block that stands, or of the last one; nullopt: there was none, or nothing counts.
    [[nodiscard]] std::optional<LeakReceipt> leakReceipt() const;
    /// Current figures included; cheap enough for once a second.
    [[nodiscard]] ClientStatus status() const;
    /// This machine to the server and back; nullopt before its first answer.
    [[nodiscard]] std::optional<double> serverRttMs() const;
    void locations(Reply<Result<protocol::LocationsResponse>> reply);
    /// False once this machine turned out not to let programs out beside the tunnel.
    [[nodiscard]] bool canExclude() const;
    /// What the daemon was told about the server; no secrets.
    [[nodiscard]] const std::string &serverHost() const;
    [[nodiscard]] std::uint16_t serverPort() const;
    [[nodiscard]] const ServerTrust &serverTrust() const;

Q_SIGNALS:
    void statusChanged();

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace higgs::vpn
