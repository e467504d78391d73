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
                         std::function<std::vector<CheckedEndpoint>()> servers, MaySend maySend)
    : m_epoll(epoll),
      m_mark(mark),
      m_servers(std::move(servers)),
      m_nat(
          [this, maySend = std::move(maySend)](const Endpoint &second) {
              return maySend(second) ? std::optional(m_place.called(second)) : std::nullopt;
          },
          [this](const CheckedEndpoint &server) {
              return std::make_unique<PortCount>(m_epoll, server, m_mark);
          },
          [this] {
              auto opened = openMux();
              return opened ? std::move(*opened) : nullptr;
          }),
      m_mapper(epoll, mark)
{
    connect(&m_nat, &NatWatch::changed, this, &ClientPlace::tellAnew);
    connect(&m_mapper, &portmap::PortMapper::changed, this, &ClientPlace::tellAnew);
    connect(&m_nat, &NatWatch::counted, this, [this] {
        describe();
        Q_EMIT counted();
    });
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &ClientPlace::ask);
}

UdpMux *ClientPlace::mux()
{
    if (m_mux)
        return m_mux.get();
    auto opened = openMux();
    if (opened)
        m_mux = std::move(*opened);
    else
        log::warning("client", "no UDP socket", {{"error", opened.error().detail}});
    m_nat.setMux(m_mux.get());
    return m_mux.get();
}

Result<std::unique_ptr<UdpMux>> ClientPlace::openMux()
{
    return UdpMux::open(m_epoll, {.port = 0, .mark = m_mark, .interfaceName = {}});
}

void ClientPlace::describe()
{
    m_nat.describe(m_place);
    m_place.natPending = m_place.natPending || m_expectsNat64;
    m_place.setOpenedAs([this](IpAddress::Family family) { return m_mapper.believed(family); });
}

void ClientPlace::tellAnew()
{
    describe();
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

std::optional<Endpoint> ClientPlace::mapped() const
{
    const auto found = m_nat.mapped();
    if (found || m_place.families.empty())
        return found; // the families are in this order
    return m_place.families.begin()->second.mapped;
}

std::optional<Endpoint> ClientPlace::told() const
{
    const std::optional<Endpoint> seen = mapped();
    const auto opened = seen ? m_place.opened(seen->address.family()) : std::nullopt;
    return opened ? opened : seen;
}

void ClientPlace::look()
{
    if (mux() != nullptr && !m_timer.isActive() && m_open == 0)
        ask();
}

void ClientPlace::start(bool open)
{
    if (mux() == nullptr)
        return;
    m_kept = true;
    if (open)
        m_mapper.start(m_mux->port());
    else
        m_mapper.stop();
    look();
}

void ClientPlace::stop()
{
    m_mapper.stop();
    m_kept = false;
    stopAsking();
}

void ClientPlace::stopAsking()
{
    m_timer.stop();
    m_bindings.clear();
    m_open = 0;
    m_soon = false;
}

void ClientPlace::askAgain()
{
    m_nat.networksChanged();
    m_mapper.networksChanged();
    m_silent.networksChanged();
    m_expectsNat64 = false;
    m_place.nat64.reset();
    m_nat.setNat64(std::nullopt);
    if (m_timer.isActive() || m_open > 0)
        ask();
}

void ClientPlace::expectNat64()
{
    m_expectsNat64 = true;
    tellAnew();
}

void ClientPlace::setNat64(const std::optional<Nat64Prefix> &prefix)
{
    m_expectsNat64 = false;
    const bool isNews = std::exchange(m_place.nat64, prefix) != prefix;
    m_nat.setNat64(prefix);
    if (isNews && (m_timer.isActive() || m_open > 0))
        ask(); // the translation shows this machine elsewhere
    tellAnew();
}

ClientPlace::Asked ClientPlace::asks(const IpAddress &server) const
{
    const IpAddress::Family family = server.unmapped().family();
    const bool translates = m_place.nat64 && !m_place.speaks(IpAddress::Family::V4);
    if (!translates)
        return {family, Way::Own};
    if (m_place.nat64->contains(server))
        return {IpAddress::Family::V4, Way::Translated};
    return {family, family == IpAddress::Family::V4 ? Way::Spare : Way::Own};
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
    std::set<Asked> asked;
    const std::vector<CheckedEndpoint> servers = m_servers();
    m_nat.look(servers);
    describe();
    for (const CheckedEndpoint &server : servers) {
        const Asked what = asks(server.endpoint().address);
        const bool carried = m_mux->carries(server.endpoint().address.unmapped().family());
        if (!carried || !asked.insert(what).second)
            continue;
        MuxBindingOptions options{.server = server};
        auto binding = std::make_unique<MuxBinding>(*m_mux, options);
        connect(binding.get(), &MuxBinding::succeeded, this,
                [this, what](const StunBindingResult &result) { answered(what, result); });
        connect(binding.get(), &MuxBinding::failed, this,
                [this, what](const Error &error) { failed(what, error); });
        m_bindings.push_back(std::move(binding));
    }
    m_open = m_bindings.size();
    for (const auto &each : m_bindings)
        each->start();
    if (m_open == 0)
        rest(KeepAlive);
}

void ClientPlace::rest(Milliseconds wait)
{
    if (m_kept)
        m_timer.start(wait);
}

void ClientPlace::answered(const Asked &what, const StunBindingResult &result)
{
    const auto &[family, way] = what;
    if (way != Way::Translated || !m_place.speaks(family)) {
        m_nat.seen(result);
        m_mapper.observed(result.mapped.address);
        if (m_place.setMapped(result.mapped, result.local))
            Q_EMIT changed();
    }
    m_silent.answered(family);
    settled(false);
}

void ClientPlace::failed(const Asked &what, const Error &error)
{
    const auto &[family, way] = what;
    if (way == Way::Spare) {
        settled(false);
        return;
    }
    const bool gone = m_silent.silent(family, error.code == ErrorCode::Network);
    const bool lost = gone && m_place.forgetMapped(family);
    if (gone)
        m_nat.silent(family);
    if (gone && way == Way::Translated) {
        m_place.nat64.reset();
        m_nat.setNat64(std::nullopt);
        Q_EMIT translationLost();
    }
    m_soon = m_soon || (!gone && m_place.families.contains(family));
    settled(lost);
}

void ClientPlace::settled(bool isNews)
{
    m_nat.look(m_servers());
    const bool isLast = --m_open == 0;
    if (isLast)
        rest(m_soon ? SilentRounds::Again : KeepAlive);
    if (isNews || (isLast && !std::exchange(m_place.asked, true)))
        Q_EMIT changed();
}

} // namespace higgs::vpn
