// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/client_place.h"

#include "app-vpn/engine/client_status.h"
#include "shared/base/log.h"

#include <set>

namespace higgs::vpn {

namespace {

/// Routers forget a UDP mapping after 30 s at the earliest (RFC 4787 section 4.3 asks for 120).
constexpr Milliseconds KeepAlive{20'000};

} // namespace

ClientPlace::ClientPlace(EpollSet &epoll, std::uint32_t mark,
                         std::function<std::vector<CheckedEndpoint>()> servers,
                         NatDiscovery::MaySend maySend)
    : m_epoll(epoll),
      m_mark(mark),
      m_servers(std::move(servers)),
      m_nat(std::move(maySend),
            [this](const CheckedEndpoint &server) {
                return std::make_unique<PortCount>(m_epoll, server, m_mark);
            }),
      m_mapper(epoll, mark)
{
    connect(&m_nat, &NatWatch::changed, this, &ClientPlace::describe);
    connect(&m_mapper, &portmap::PortMapper::changed, this, &ClientPlace::describe);
    connect(&m_nat, &NatWatch::counted, this, [this] {
        m_nat.describe(m_place);
        Q_EMIT counted();
    });
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &ClientPlace::ask);
}

UdpMux *ClientPlace::mux()
{
    if (m_mux)
        return m_mux.get();
    auto opened = UdpMux::open(m_epoll, {.port = 0, .mark = m_mark, .interfaceName = {}});
    if (opened)
        m_mux = std::move(*opened);
    else
        log::warning("client", "no UDP socket", {{"error", opened.error().detail}});
    m_nat.setMux(m_mux.get());
    return m_mux.get();
}

void ClientPlace::describe()
{
    m_nat.describe(m_place);
    m_place.setOpenedAs([this](IpAddress::Family family) { return m_mapper.believed(family); });
    Q_EMIT changed();
}

void ClientPlace::tell(ClientStatus &status) const
{
    status.natType = m_place.nat;
    status.nat = nat();
    status.ownFirewall = m_nat.ownFirewall();
    status.mapping = mapping();
    status.udpRefused = refused();
}

std::optional<Endpoint> ClientPlace::told() const
{
    const std::optional<Endpoint> seen = mapped();
    const auto opened = seen ? m_place.opened(seen->address.family()) : std::nullopt;
    return opened ? opened : seen;
}

void ClientPlace::start(bool open)
{
    if (mux() == nullptr)
        return;
    if (open)
        m_mapper.start(m_mux->port());
    else
        m_mapper.stop();
    if (!m_timer.isActive() && m_open == 0)
        ask();
}

void ClientPlace::stop()
{
    m_mapper.stop();
    stopAsking();
}

void ClientPlace::stopAsking()
{
    m_timer.stop();
    m_bindings.clear();
    m_open = 0;
}

void ClientPlace::askAgain()
{
    m_nat.networksChanged();
    m_mapper.networksChanged();
    if (m_timer.isActive() || m_open > 0)
        ask();
}

/// What is under way asks often enough, and would never end if it were begun anew each time.
void ClientPlace::lookNow()
{
    if (m_timer.isActive() && m_looks.take(monotonicNow()))
        ask();
}

void ClientPlace::ask()
{
    stopAsking();
    std::set<IpAddress::Family> asked;
    const std::vector<CheckedEndpoint> servers = m_servers();
    m_nat.look(servers);
    for (const CheckedEndpoint &server : servers) {
        const IpAddress::Family family = server.endpoint().address.unmapped().family();
        if (!m_mux->carries(family) || !asked.insert(family).second)
            continue;
        MuxBindingOptions options{.server = server};
        auto binding = std::make_unique<MuxBinding>(*m_mux, options);
        connect(binding.get(), &MuxBinding::succeeded, this,
                [this, family](const StunBindingResult &result) {
                    m_nat.seen(result);
                    m_mapper.observed(result.mapped.address);
                    if (m_place.setMapped(result.mapped, result.local))
                        Q_EMIT changed();
                    settled(family, true);
                });
        connect(binding.get(), &MuxBinding::failed, this,
                [this, family](const Error & /*error*/) { settled(family, false); });
        m_bindings.push_back(std::move(binding));
    }
    m_open = m_bindings.size();
    for (const auto &each : m_bindings)
        each->start();
    if (m_open == 0)
        m_timer.start(KeepAlive);
}

void ClientPlace::settled(IpAddress::Family family, bool answered)
{
    const bool lost = !answered && m_place.forgetMapped(family);
    if (!answered)
        m_nat.silent(family); // what was found of the router is so no more
    m_nat.look(m_servers());
    const bool isLast = --m_open == 0;
    if (isLast)
        m_timer.start(KeepAlive);
    if (lost || (isLast && !std::exchange(m_place.asked, true)))
        Q_EMIT changed();
}

} // namespace higgs::vpn
