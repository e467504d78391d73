// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/client_engine.h"

#include "app-vpn/engine/client_engine_p.h"

namespace higgs::vpn {

ClientEngine::ClientEngine(EpollSet &epoll, ClientConfig config, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(*this, epoll, std::move(config)))
{}

ClientEngine::~ClientEngine() = default;

Result<void> ClientEngine::start()
{
    return d->start();
}

void ClientEngine::connectTunnel(const ConnectRequest &request)
{
    d->connectTunnel(request);
}

void ClientEngine::changeWay(const ConnectRequest &request)
{
    d->changeWay(request);
}

Result<void> ClientEngine::cancelSwitch()
{
    return d->cancelSwitch();
}

void ClientEngine::disconnectTunnel()
{
    d->disconnectTunnel();
}

Result<std::string> ClientEngine::restoreNetwork()
{
    return d->restoreNetwork();
}

Result<void> ClientEngine::pauseTunnel(WallTime until)
{
    return d->pauseTunnel(until);
}

void ClientEngine::resumeTunnel()
{
    d->resumeTunnel();
}

void ClientEngine::adoptPause(const ConnectRequest &request, WallTime until)
{
    d->adoptPause(request, until);
}

Result<void> ClientEngine::setPolicy(const TrafficPolicy &policy)
{
    return d->setPolicy(policy);
}

Result<void> ClientEngine::setServer(std::string host, std::uint16_t port, ServerTrust trust,
                                     SecretText accessKey)
{
    return d->setServer(std::move(host), port, std::move(trust), std::move(accessKey));
}

void ClientEngine::setAccessKey(SecretText key)
{
    d->config.accessKey = std::move(key);
    Q_EMIT statusChanged();
}

bool ClientEngine::hasAccessKey() const
{
    return !d->config.accessKey.empty();
}

void ClientEngine::verifyBlock()
{
    d->verifyBlock();
}

std::optional<LeakReceipt> ClientEngine::leakReceipt() const
{
    return d->leakReceipt();
}

std::optional<bool> ClientEngine::needsAccessKey() const
{
    return d->needsAccessKey();
}

ClientStatus ClientEngine::status() const
{
    return d->status();
}

std::optional<double> ClientEngine::serverRttMs() const
{
    return d->serverRttMs();
}

void ClientEngine::locations(Reply<Result<protocol::LocationsResponse>> reply)
{
    d->locations(std::move(reply));
}

bool ClientEngine::canExclude() const
{
    return d->canExclude();
}

const std::string &ClientEngine::serverHost() const
{
    return d->config.serverHost;
}

std::uint16_t ClientEngine::serverPort() const
{
    return d->config.serverPort;
}

const ServerTrust &ClientEngine::serverTrust() const
{
    return d->config.trust;
}

} // namespace higgs::vpn
