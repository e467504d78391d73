// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/address_inquiry.h"

#include <algorithm>
#include <set>

namespace higgs::node {

namespace {

constexpr Milliseconds StunTimeout{3'000};

} // namespace

AddressInquiry::AddressInquiry(EpollSet &epoll, UdpMux *mux,
                               const std::vector<CheckedEndpoint> &servers,
                               const std::vector<IpAddress> &sources, QObject *parent)
    : QObject(parent), m_servers(servers)
{
    std::vector<IpAddress::Family> begun;
    std::set<IpAddress> asked;
    for (const CheckedEndpoint &server : mux != nullptr ? servers : decltype(m_servers)()) {
        if (!asked.insert(server.endpoint().address).second)
            continue; // another port of it knows no more, and may not be let in
        const IpAddress::Family family = server.endpoint().address.family();
        const bool primary = std::count(begun.begin(), begun.end(), family) == 0;
        begun.push_back(family);
        MuxBindingOptions options{.server = server};
        options.timeout = StunTimeout;
        auto binding = std::make_unique<MuxBinding>(*mux, options);
        connect(binding.get(), &MuxBinding::succeeded, this,
                [this, primary](const StunBindingResult &result) {
                    Q_EMIT answered(result, primary);
                    oneLess();
                });
        connect(binding.get(), &MuxBinding::failed, this, [this](const Error &error) {
            m_refused += error.code == ErrorCode::Permission ? 1 : 0;
            oneLess();
        });
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
    m_startedAt = monotonicNow();
    for (const auto &binding : m_bindings)
        binding->start();
    for (const auto &probe : m_probes)
        probe->start();
    if (m_open == 0)
        QMetaObject::invokeMethod(this, &AddressInquiry::finished, Qt::QueuedConnection);
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
