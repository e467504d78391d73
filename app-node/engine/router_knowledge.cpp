// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/router_knowledge.h"

#include "shared/tunnel/exit_ruleset.h"

#include <algorithm>

namespace higgs::node {

namespace {

using Family = IpAddress::Family;

/// Of the link between router and provider (RFC 7084 section 4.2): the router's other end.
constexpr unsigned LinkLength = 64;

bool isGlobal6(const IpAddress &address)
{
    return address.isV6() && IpPrefix::parse("2000::/3")->contains(address);
}

template <typename T>
bool remember(std::deque<T> &known, const T &value, std::size_t most)
{
    const auto found = std::find(known.begin(), known.end(), value);
    const bool news = found == known.end();
    if (!news)
        known.erase(found);
    known.push_back(value);
    if (known.size() > most)
        known.pop_front();
    return news;
}

IpPrefix networkOf(const IpAddress &address, unsigned length)
{
    std::array<std::uint8_t, 16> bytes{};
    const ByteSpan own = address.bytes().first(length / 8);
    std::copy(own.begin(), own.end(), bytes.begin());
    return {IpAddress::v6(bytes), length};
}

/// In order, so that the same knowledge is the same surface, whoever answered first.
template <typename T>
std::vector<T> sorted(std::vector<T> values)
{
    std::sort(values.begin(), values.end(),
              [](const T &a, const T &b) { return a.toString() < b.toString(); });
    return values;
}

} // namespace

RouterKnowledge::PerFamily &RouterKnowledge::of(Family family)
{
    return m_families.at(family == Family::V4 ? 0 : 1);
}

const RouterKnowledge::PerFamily &RouterKnowledge::of(Family family) const
{
    return m_families.at(family == Family::V4 ? 0 : 1);
}

bool RouterKnowledge::add(const IpAddress &address)
{
    return remember(of(address.family()).addresses, address, MaxAddresses);
}

bool RouterKnowledge::addNetwork(const IpAddress &address, unsigned length)
{
    return remember(of(Family::V6).networks, networkOf(address, length), MaxNetworks);
}

void RouterKnowledge::beginRound()
{
    for (PerFamily &family : m_families)
        family.answered = false;
}

bool RouterKnowledge::endRound(bool strict)
{
    bool forgotten = false;
    for (PerFamily &family : m_families) {
        family.unanswered = family.answered ? 0 : family.unanswered + 1;
        if (family.known && family.unanswered >= (strict ? 1 : MaxUnanswered)) {
            family.known = false;
            forgotten = true;
        }
    }
    return forgotten;
}

bool RouterKnowledge::mapped(const IpAddress &address)
{
    if (address.isNull())
        return false;
    PerFamily &family = of(address.family());
    const bool first = !family.known;
    family.known = family.answered = true;
    bool news = add(address) || first;
    if (isGlobal6(address)) // translated prefixes (RFC 6296) are the home's as well
        news = addNetwork(address, HomeNetworkLength) || news;
    return news;
}

bool RouterKnowledge::mapped(const StunBindingResult &answer)
{
    const bool news = mapped(answer.mapped.address);
    PerFamily &family = of(answer.mapped.address.family());
    const bool afar = family.afar || (answer.hopLimit && !isUnspent(*answer.hopLimit));
    return std::exchange(family.afar, afar) != afar || news;
}

bool RouterKnowledge::hops(Family family, const Hops &hops, bool asked)
{
    PerFamily &known = of(family);
    const IpAddress &router = hops.routers.front();
    bool news = hops.counts && !known.afar;
    known.afar = known.afar || hops.counts;
    if (!router.isNull()) {
        news = add(router);
        if (isGlobal6(router))
            news = addNetwork(router, HomeNetworkLength) || news;
        if (family == Family::V6 && !asked) {
            // Nobody translates: the router is known by its own words.
            news = news || !known.known;
            known.known = known.answered = true;
        }
    }
    const IpAddress &beyond = hops.routers.back();
    if (isGlobal6(beyond) && beyond != router)
        news = addNetwork(beyond, LinkLength) || news;
    return news;
}

bool RouterKnowledge::knows(Family family) const
{
    return of(family).known;
}

bool RouterKnowledge::answered(Family family) const
{
    return of(family).answered;
}

RouterSurface RouterKnowledge::surface() const
{
    RouterSurface surface;
    for (const PerFamily &family : m_families) {
        surface.addresses.insert(surface.addresses.end(), family.addresses.begin(),
                                 family.addresses.end());
        surface.networks.insert(surface.networks.end(), family.networks.begin(),
                                family.networks.end());
    }
    surface.addresses = sorted(std::move(surface.addresses));
    surface.networks = sorted(std::move(surface.networks));
    surface.known4 = of(Family::V4).known;
    surface.known6 = of(Family::V6).known;
    surface.afar4 = of(Family::V4).afar;
    surface.afar6 = of(Family::V6).afar;
    return surface;
}

} // namespace higgs::node
