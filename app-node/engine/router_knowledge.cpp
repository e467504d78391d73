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
    values.erase(std::unique(values.begin(), values.end()), values.end()); // told by several
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

RouterKnowledge::Words &RouterKnowledge::wordsOf(Family family, const IpAddress &server)
{
    std::deque<Words> &words = of(family).words;
    const auto found = std::find_if(words.begin(), words.end(),
                                    [&server](const Words &each) { return each.server == server; });
    Words its = found == words.end() ? Words{server} : std::move(*found);
    if (found != words.end())
        words.erase(found);
    words.push_back(std::move(its));
    const auto isServers = [](const Words &each) { return !each.server.isNull(); };
    if (std::count_if(words.begin(), words.end(), isServers) > std::ptrdiff_t{MaxServers})
        words.erase(std::find_if(words.begin(), words.end(), isServers));
    return words.back();
}

template <typename T>
bool RouterKnowledge::remember(std::deque<Told<T>> &known, const T &value, std::size_t most) const
{
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&value](const Told<T> &each) { return each.value == value; });
    const bool news = found == known.end();
    Told<T> told{value, 1, m_round};
    if (!news) {
        told.rounds = found->rounds + (found->last == m_round ? 0 : 1);
        known.erase(found);
    }
    known.push_back(told);
    if (known.size() > most) {
        const auto fewer = [](const Told<T> &a, const Told<T> &b) { return a.rounds < b.rounds; };
        known.erase(std::min_element(known.begin(), known.end() - 1, fewer));
    }
    return news;
}

bool RouterKnowledge::add(const IpAddress &address, const IpAddress &server)
{
    return remember(wordsOf(address.family(), server).addresses, address, MaxAddresses);
}

bool RouterKnowledge::addNetwork(const IpAddress &address, unsigned length, const IpAddress &server)
{
    return remember(wordsOf(Family::V6, server).networks, networkOf(address, length), MaxNetworks);
}

void RouterKnowledge::beginRound()
{
    ++m_round;
    m_refused = false;
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

bool RouterKnowledge::mapped(const IpAddress &address, const IpAddress &server)
{
    if (address.isNull())
        return false;
    PerFamily &family = of(address.family());
    const bool first = !family.known;
    family.known = family.answered = true;
    bool news = add(address, server) || first;
    if (isGlobal6(address)) // translated prefixes (RFC 6296) are the home's as well
        news = addNetwork(address, HomeNetworkLength, server) || news;
    return news;
}

bool RouterKnowledge::mapped(const StunBindingResult &answer)
{
    const bool news = mapped(answer.mapped.address, answer.server);
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
        news = add(router, {});
        if (isGlobal6(router))
            news = addNetwork(router, HomeNetworkLength, {}) || news;
        if (family == Family::V6 && !asked) {
            // Nobody translates: the router is known by its own words.
            news = news || !known.known;
            known.known = known.answered = true;
        }
    }
    const IpAddress &beyond = hops.routers.back();
    if (isGlobal6(beyond) && beyond != router)
        news = addNetwork(beyond, LinkLength, {}) || news;
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
        for (const Words &each : family.words) {
            for (const Told<IpAddress> &told : each.addresses)
                surface.addresses.push_back(told.value);
            for (const Told<IpPrefix> &told : each.networks)
                surface.networks.push_back(told.value);
        }
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
