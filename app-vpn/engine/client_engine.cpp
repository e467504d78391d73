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

void ClientEngine::disconnectTunnel()
{
    d->disconnectTunnel();
}

Result<void> ClientEngine::restoreNetwork()
{
    return d->restoreNetwork();
}

ClientStatus ClientEngine::status() const
{
    return d->status();
}

QFuture<Result<protocol::LocationsResponse>> ClientEngine::locations()
{
    return d->locations();
}

const std::string &ClientEngine::serverHost() const
{
    return d->config.serverHost;
}

std::uint16_t ClientEngine::serverPort() const
{
    return d->config.serverPort;
}

} // namespace higgs::vpn
