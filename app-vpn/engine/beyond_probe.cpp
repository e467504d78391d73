// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/beyond_probe.h"

#include <algorithm>
#include <unistd.h>

namespace higgs::vpn {

namespace {

constexpr std::size_t MostBindings = 4; // one of each family, and a spare server

/// Asked as any program would, by the machine's own routes: rules of others may lead past the
/// tunnel, where nothing passes. An address of somebody's home would be found without one.
std::string interfaceFor(const IpAddress &address, const std::string &tunnel)
{
    return isGlobalUnicast(address) ? std::string() : tunnel;
}

} // namespace

BeyondProbe::BeyondProbe(EpollSet &epoll, BeyondProbeOptions options, QObject *parent)
    : QObject(parent), m_epoll(epoll), m_options(std::move(options))
{
    m_end.setSingleShot(true);
    connect(&m_end, &QTimer::timeout, this, [this] { finish(&BeyondProbe::silent); });
}

BeyondProbe::~BeyondProbe() = default;

void BeyondProbe::start()
{
    m_end.start(m_options.timeout);
    for (const CheckedEndpoint &server : m_options.stunServers) {
        if (m_bindings.size() < MostBindings)
            askStun(server);
    }
    if (m_options.tcpAddresses.empty())
        return;
    // A line on which UDP is lost, or a server without STUN: the Internet is there all the same.
    TcpDialOptions dial;
    dial.addresses = m_options.tcpAddresses;
    dial.port = m_options.tcpPort;
    dial.interfaceName = std::all_of(dial.addresses.begin(), dial.addresses.end(), isGlobalUnicast)
                             ? std::string()
                             : m_options.interfaceName;
    m_dial = std::make_unique<TcpDial>(m_epoll, std::move(dial), [this](Result<TcpDialed> dialed) {
        if (!dialed) {
            dialFailed();
            return;
        }
        ::close(dialed->fd);
        QMetaObject::invokeMethod(
            this, [this] { finish(&BeyondProbe::answered); }, Qt::QueuedConnection);
    });
}

void BeyondProbe::askStun(const CheckedEndpoint &server)
{
    StunBindingOptions options{.server = server};
    options.bindToInterface = interfaceFor(server.endpoint().address, m_options.interfaceName);
    options.timeout = m_options.timeout;
    auto binding = std::make_unique<StunBinding>(m_epoll, std::move(options));
    connect(binding.get(), &StunBinding::succeeded, this, [this](const StunBindingResult &result) {
        Q_EMIT seen(result.mapped.address.unmapped());
        QMetaObject::invokeMethod(
            this, [this] { finish(&BeyondProbe::answered); }, Qt::QueuedConnection);
    });
    binding->start();
    m_bindings.push_back(std::move(binding));
}

/// STUN may still answer, over IPv4.
void BeyondProbe::dialFailed()
{
    const auto isV6 = [](const IpAddress &address) { return !address.unmapped().isV4(); };
    const bool alone =
        std::all_of(m_options.tcpAddresses.begin(), m_options.tcpAddresses.end(), isV6) &&
        std::all_of(m_options.stunServers.begin(), m_options.stunServers.end(),
                    [&](const CheckedEndpoint &each) { return isV6(each.endpoint().address); });
    if (alone && m_dial->hadNoRoute())
        QMetaObject::invokeMethod(
            this, [this] { finish(&BeyondProbe::untold); }, Qt::QueuedConnection);
}

void BeyondProbe::finish(void (BeyondProbe::*told)())
{
    if (std::exchange(m_told, true))
        return;
    m_end.stop();
    m_dial.reset();
    Q_EMIT(this->*told)();
}

} // namespace higgs::vpn
