// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_barrier.h"

#include "shared/base/prefix_list.h"
#include "shared/tunnel/interface_address.h"

#include <algorithm>
#include <linux/pkt_cls.h>
#include <netinet/in.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

constexpr std::uint32_t FragmentMask = 0x3fff; ///< more fragments, and the offset
constexpr std::uint32_t FragmentHeader = 44;   ///< RFC 8200 section 4.5
constexpr std::uint32_t PlainV4 = 0x45;        ///< version 4, no options

/// What a cover may be made of: 96 of the 4,096 networks of IPv4, and 72 of the 8,192 of IPv6's
/// global unicast addresses.
constexpr unsigned ShortestCover4 = 12;
constexpr unsigned ShortestCover6 = 16;

/// Of the machine's own addresses, those that only their own line closes.
constexpr std::size_t MaxOwnNetworks = 16;

/// Where a family's header has what.
struct Layout
{
    std::uint32_t size;
    std::uint32_t protocol;
    std::uint32_t source;
    std::uint32_t target;
    std::uint32_t icmp;
};

constexpr Layout V4{20, 9, 12, 16, IPPROTO_ICMP};
constexpr Layout V6{40, 6, 8, 24, IPPROTO_ICMPV6};

constexpr sock_filter Pass{BPF_RET | BPF_K, 0, 0, TC_ACT_OK};
constexpr sock_filter Drop{BPF_RET | BPF_K, 0, 0, TC_ACT_SHOT};
constexpr sock_filter SkipOne{BPF_JMP | BPF_JA, 0, 0, 1};

/// Networks whose addresses are global, and the others.
struct Sorted
{
    std::vector<IpPrefix> global;
    std::vector<IpPrefix> special;
};

/// Of one family.
Sorted sorted(Family family, std::span<const IpPrefix> networks)
{
    std::vector<IpPrefix> reserved;
    for (const std::string_view text : nonGlobalPrefixes(family))
        reserved.push_back(*IpPrefix::parse(text));
    Sorted all;
    for (const IpPrefix &each : networks) {
        if (each.address.family() != family)
            continue;
        const bool special =
            std::any_of(reserved.begin(), reserved.end(),
                        [&each](const IpPrefix &some) { return contains(some, each); });
        (special ? all.special : all.global).push_back(each);
    }
    return all;
}

std::size_t roomFor(Family family)
{
    return family == Family::V4 ? MaxBarrierNetworks4 : MaxBarrierNetworks6;
}

/// The largest, where there is no room for all.
std::vector<IpPrefix> guardedNetworks(Family family, const ExitSurroundings &surroundings)
{
    auto networks = mergePrefixes(sorted(family, surroundings.nearby).global);
    if (networks.size() > roomFor(family)) {
        std::stable_sort(networks.begin(), networks.end(),
                         [](const IpPrefix &a, const IpPrefix &b) { return a.length < b.length; });
        networks.resize(roomFor(family));
    }
    return networks;
}

/// The machine's own addresses, of which those that are not global are closed with all others of
/// their kind, unless the owner excepts their network.
std::vector<IpPrefix> ownNetworks(Family family, const ExitPolicy &policy,
                                  const ExitSurroundings &surroundings)
{
    std::vector<IpPrefix> own;
    for (const IpAddress &address : surroundings.ownAddresses) {
        const bool allowed =
            std::any_of(policy.exitAllow.begin(), policy.exitAllow.end(),
                        [&address](const IpPrefix &each) { return each.contains(address); });
        if (address.family() == family && (allowed || isGlobalUnicast(address)))
            own.push_back(InterfaceAddress{address, 0}.hostPrefix());
    }
    return coverPrefixes(std::move(own), MaxOwnNetworks, 0).value_or(std::vector<IpPrefix>());
}

/// One family's part, which ends with a verdict for every packet.
class FamilyPart
{
public:
    FamilyPart(BarrierCode &code, Family family)
        : m_code(code), m_family(family), m_layout(family == Family::V4 ? V4 : V6)
    {}

    void protocols()
    {
        m_code.dropShorterThan(m_layout.size);
        if (m_family == Family::V4) { // a source route leads elsewhere than the address says
            m_code.loadByte(0);
            m_code.unlessEqual(PlainV4);
            m_code.drop();
        }
        m_code.loadByte(m_layout.protocol);
        if (m_family == Family::V6) {
            // Behind a fragment header, and no other: a routing header leads elsewhere, too.
            m_code.add(BPF_JMP | BPF_JEQ | BPF_K, FragmentHeader, 0, 4);
            m_code.dropShorterThan(m_layout.size + 8);
            m_code.loadByte(m_layout.size);
        }
        m_code.add(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 3, 0);
        m_code.add(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 2, 0);
        m_code.unlessEqual(m_layout.icmp);
        m_code.drop();
    }

    void source(const IpPrefix &network)
    {
        m_code.match(m_layout.source, network, std::span(&SkipOne, 1));
        m_code.drop();
    }

    /// Nothing of a gateway is a guest's but the probe responder. The node calls no guest, so there
    /// are no answers to let through, and no errors.
    void gateway(const IpAddress &address)
    {
        BarrierCode inside;
        inside.loadByte(m_layout.protocol);
        inside.unlessEqual(IPPROTO_UDP); // nor a fragment of IPv6
        inside.drop();
        if (m_family == Family::V4) {
            inside.loadHalf(6);
            inside.add(BPF_JMP | BPF_JSET | BPF_K, FragmentMask, 0, 1);
            inside.drop();
        }
        inside.dropShorterThan(m_layout.size + 8);
        inside.loadHalf(m_layout.size + 2);
        inside.ifEqual(GatewayStunPort);
        inside.pass();
        inside.drop();
        m_code.match(m_layout.target, InterfaceAddress{address, 0}.hostPrefix(), inside.program);
    }

    void each(std::span<const IpPrefix> prefixes, const sock_filter &verdict)
    {
        for (const IpPrefix &prefix : prefixes) {
            if (prefix.address.family() == m_family)
                m_code.match(m_layout.target, prefix, std::span(&verdict, 1));
        }
    }

    void assemble(const IpPrefix &network, const ExitPolicy &policy,
                  const ExitSurroundings &surroundings)
    {
        if (network.address.isNull()) {
            m_code.drop();
            return;
        }
        protocols();
        source(network);
        for (const IpAddress &address : policy.gateways) {
            if (address.family() == m_family)
                gateway(address);
        }
        each(ownNetworks(m_family, policy, surroundings), Drop);
        for (const IpAddress &address : policy.router.addresses)
            each(std::array{InterfaceAddress{address, 0}.hostPrefix()}, Drop);
        each(policy.exitAllow, Pass);
        for (const std::string_view text : nonGlobalPrefixes(m_family)) {
            if (const auto prefix = IpPrefix::parse(text))
                m_code.match(m_layout.target, *prefix, std::span(&Drop, 1));
        }
        each(guardedNetworks(m_family, surroundings), Drop);
        each(policy.router.networks, Drop);
        if (m_family == Family::V6) { // nothing else is global unicast today
            m_code.match(m_layout.target, *IpPrefix::parse("2000::/3"), std::span(&Pass, 1));
            m_code.drop();
        } else {
            m_code.pass();
        }
    }

private:
    BarrierCode &m_code;
    Family m_family;
    const Layout &m_layout;
};

} // namespace

std::vector<IpPrefix> boundedNetworks(std::vector<IpPrefix> networks)
{
    const auto merged = mergePrefixes(std::move(networks));
    std::vector<IpPrefix> bounded;
    for (const Family family : {Family::V4, Family::V6}) {
        Sorted some = sorted(family, merged);
        const unsigned shortest = family == Family::V4 ? ShortestCover4 : ShortestCover6;
        auto cover = coverPrefixes(some.global, roomFor(family), shortest);
        if (!cover)
            cover = coverPrefixes(some.global, MaxRulesNetworks, 0);
        some.global = std::move(*cover);
        // There are less than that of all their kinds: none of them meets another, or the Internet.
        some.special = *coverPrefixes(some.special, MaxRulesNetworks, 0);
        bounded.insert(bounded.end(), some.special.begin(), some.special.end());
        bounded.insert(bounded.end(), some.global.begin(), some.global.end());
    }
    return mergePrefixes(std::move(bounded));
}

std::size_t networksBeyondBarrier(const ExitSurroundings &surroundings)
{
    std::size_t beyond = 0;
    for (const Family family : {Family::V4, Family::V6}) {
        const auto all = mergePrefixes(sorted(family, surroundings.nearby).global);
        beyond += all.size() - std::min(all.size(), roomFor(family));
    }
    return beyond;
}

Result<BarrierProgram> exitBarrier(const ExitPolicy &policy, const ExitSurroundings &surroundings)
{
    BarrierCode v4;
    FamilyPart(v4, Family::V4).assemble(policy.network4, policy, surroundings);
    BarrierCode v6;
    FamilyPart(v6, Family::V6).assemble(policy.network6, policy, surroundings);

    BarrierCode whole;
    whole.eachFamily(v4, v6); // whatever else it is, nobody forwards it
    if (whole.program.size() > MaxBarrierLength)
        return unexpected(
            ErrorCode::TooLarge,
            "there are too many exceptions (exit_allow), or networks of the router's");
    return std::move(whole.program);
}

} // namespace higgs
