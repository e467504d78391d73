// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/connection_census.h"

#include <algorithm>

namespace higgs::server {

namespace {

constexpr unsigned SiteBits4 = 24;
constexpr unsigned SiteBits6 = 48;
// Whether a network still has connections is not told, but looked at so often.
constexpr Seconds LookInterval{30};
constexpr Seconds FirstLook{1};

ConnectionCount newCount()
{
    return std::make_shared<std::atomic<std::uint32_t>>(0);
}

double refilled(double tokens, Monotonic at, Monotonic now, const RateLimit &rate)
{
    const double passed = std::chrono::duration<double>(now - at).count();
    return std::min(rate.burst, tokens + std::max(0.0, passed) * rate.perMinute / 60);
}

} // namespace

IpAddress prefixOf(const IpAddress &address, unsigned bits)
{
    const IpAddress plain = address.unmapped();
    std::array<std::uint8_t, 16> bytes{};
    std::copy(plain.bytes().begin(), plain.bytes().end(), bytes.begin());
    for (unsigned i = 0; i < bytes.size(); ++i) {
        const unsigned kept = std::min(8U, bits - std::min(bits, 8 * i));
        bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xFF00U >> kept));
    }
    if (plain.isV4())
        return IpAddress::v4(std::span(bytes).first<4>());
    return IpAddress::v6(bytes);
}

IpAddress neighbourhoodOf(const IpAddress &address)
{
    return prefixOf(address, address.unmapped().isV6() ? SiteBits6 : SiteBits4);
}

ConnectionCensus::ConnectionCensus(const Limits &limits, std::size_t descriptors)
    : m_limits(limits), m_descriptors(descriptors), m_strangers(newCount()), m_process(newCount())
{}

/// Strangers never hold more than half of the descriptors: the rest is for sessions.
bool ConnectionCensus::isFull() const
{
    return *m_process >= m_descriptors ||
           *m_strangers >= std::min(m_limits.connections, m_descriptors / 2);
}

/// From the widest to the narrowest, so that a flood of new narrow ones makes no entry once the
/// wide one has had enough. IPv4 has no third: its /24 is the site, and counts as one.
std::array<ConnectionCensus::Bound, 3> ConnectionCensus::boundsOf(bool v6) const
{
    const Bound site{v6 ? SiteBits6 : SiteBits4, m_limits.handshakesPerSite,
                     m_limits.connectionsPerSite};
    const Bound network{v6 ? 56U : SiteBits4, m_limits.handshakesPerNetwork,
                        m_limits.connectionsPerNetwork};
    const Bound address{v6 ? 64U : 32U, m_limits.handshakesPerAddress,
                        m_limits.connectionsPerAddress};
    return {v6 ? site : network, network, address};
}

ConnectionCensus::Network &ConnectionCensus::networkAt(Monotonic now, const IpAddress &address,
                                                       const Bound &bound)
{
    const Key key{prefixOf(address, bound.bits), bound.bits};
    Network &network = m_networks[key];
    if (!network.count) {
        m_lookAt.bookBy(key, now + FirstLook);
        network.count = newCount();
        network.tokens = bound.rate.burst;
        network.at = now;
    }
    network.rate = bound.rate;
    network.tokens = refilled(network.tokens, network.at, now, bound.rate);
    network.at = now;
    return network;
}

ConnectionCensus::Verdict ConnectionCensus::admit(Monotonic now, const IpAddress &address)
{
    if (isFull())
        return {};
    const bool v6 = address.unmapped().isV6();
    const std::array<Bound, 3> bounds = boundsOf(v6);
    std::vector<Network *> networks;
    for (std::size_t i = v6 ? 0 : 1; i < bounds.size(); ++i) {
        Network &network = networkAt(now, address, bounds[i]);
        if (*network.count >= bounds[i].connections)
            return {nullptr, Refusal::Connections};
        if (network.tokens < 1)
            return {nullptr, Refusal::Rate};
        networks.push_back(&network);
    }
    std::vector<ConnectionCount> counts = {m_strangers};
    for (Network *network : networks) {
        network->tokens -= 1;
        counts.push_back(network->count);
    }
    return {std::make_unique<ConnectionPlace>(std::move(counts), m_process)};
}

std::unique_ptr<ConnectionPlace> ConnectionCensus::admitFront()
{
    if (isFull())
        return nullptr;
    return std::make_unique<ConnectionPlace>(std::vector<ConnectionCount>{m_strangers}, m_process);
}

void ConnectionCensus::sweep(Monotonic now)
{
    for (const Key &key : m_lookAt.take(now)) {
        const auto found = m_networks.find(key);
        const Network &network = found->second;
        if (*network.count == 0 &&
            refilled(network.tokens, network.at, now, network.rate) >= network.rate.burst)
            m_networks.erase(found);
        else
            m_lookAt.bookBy(key, now + LookInterval);
    }
}

} // namespace higgs::server
