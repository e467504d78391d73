// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/address_inquiry.h"

#include <algorithm>

namespace higgs::node {

namespace {

constexpr Milliseconds StunTimeout{3'000};

} // namespace

AddressInquiry::AddressInquiry(EpollSet &epoll, const std::vector<CheckedEndpoint> &servers,
                               const std::vector<IpAddress> &sources, std::uint16_t udpPort,
                               QObject *parent)
    : QObject(parent), m_servers(servers)
{
    std::vector<IpAddress::Family> begun;
    for (const CheckedEndpoint &server : servers) {
        const IpAddress::Family family = server.endpoint().address.family();
        const bool primary = std::count(begun.begin(), begun.end(), family) == 0;
        StunBindingOptions options{.server = server};
        options.timeout = StunTimeout;
        // Only one socket can have it.
        options.localPort = begun.empty() ? udpPort : std::uint16_t{0};
        begun.push_back(family);
        auto binding = std::make_unique<StunBinding>(epoll, std::move(options));
        connect(binding.get(), &StunBinding::succeeded, this,
                [this, primary](const StunBindingResult &result) {
                    Q_EMIT answered(result, primary);
                    oneLess();
                });
        connect(binding.get(), &StunBinding::failed, this, &AddressInquiry::oneLess);
        m_bindings.push_back(std::move(binding));
    }
    for (const IpAddress &source : sources) {
        auto probe = std::make_unique<HopProbe>(epoll, HopProbeOptions{source, {}, {}});
        connect(probe.get(), &HopProbe::finished, this, [this, source](const Hops &hops) {
            Q_EMIT found(source.family(), hops);
            oneLess();
        });
        m_probes.push_back(std::move(probe));
    }
    m_open = m_bindings.size() + m_probes.size();
}

void AddressInquiry::start()
{
    for (const auto &binding : m_bindings)
        binding->start();
    for (const auto &probe : m_probes)
        probe->start();
}

bool AddressInquiry::asks(IpAddress::Family family) const
{
    return std::any_of(m_servers.begin(), m_servers.end(), [family](const CheckedEndpoint &server) {
        return server.endpoint().address.family() == family;
    });
}

void AddressInquiry::oneLess()
{
    // Queued: one of ours is on the stack, and this may be deleted in answer.
    if (--m_open == 0)
        QMetaObject::invokeMethod(this, &AddressInquiry::finished, Qt::QueuedConnection);
}

} // namespace higgs::node
