// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_barrier.h"

#include <linux/pkt_cls.h>
#include <netinet/in.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

constexpr std::uint32_t FragmentMask = 0x3fff; ///< more fragments, and the offset
constexpr std::uint32_t FragmentHeader = 44;   ///< RFC 8200 section 4.5
constexpr std::uint32_t PlainV4 = 0x45;        ///< version 4, no options

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
        m_code.match(m_layout.target, hostPrefix(address), inside.program);
    }

    void each(std::span<const IpAddress> addresses, const sock_filter &verdict)
    {
        for (const IpAddress &address : addresses) {
            if (address.family() == m_family)
                m_code.match(m_layout.target, hostPrefix(address), std::span(&verdict, 1));
        }
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
        each(surroundings.ownAddresses, Drop);
        each(policy.router.addresses, Drop);
        each(policy.exitAllow, Pass);
        for (const std::string_view text : nonGlobalPrefixes(m_family)) {
            if (const auto prefix = IpPrefix::parse(text))
                m_code.match(m_layout.target, *prefix, std::span(&Drop, 1));
        }
        each(surroundings.nearby, Drop);
        each(policy.router.networks, Drop);
        if (m_family == Family::V6) { // nothing else is global unicast today
            m_code.match(m_layout.target, *IpPrefix::parse("2000::/3"), std::span(&Pass, 1));
            m_code.drop();
        } else {
            m_code.pass();
        }
    }

private:
    static IpPrefix hostPrefix(const IpAddress &address)
    {
        return {address, address.isV4() ? 32U : 128U};
    }

    BarrierCode &m_code;
    Family m_family;
    const Layout &m_layout;
};

} // namespace

Result<BarrierProgram> exitBarrier(const ExitPolicy &policy, const ExitSurroundings &surroundings)
{
    BarrierCode v4;
    FamilyPart(v4, Family::V4).assemble(policy.network4, policy, surroundings);
    BarrierCode v6;
    FamilyPart(v6, Family::V6).assemble(policy.network6, policy, surroundings);

    BarrierCode whole;
    whole.eachFamily(v4, v6); // whatever else it is, nobody forwards it
    if (whole.program.size() > MaxBarrierLength)
        return unexpected(ErrorCode::TooLarge, "this machine has too many networks for a barrier");
    return std::move(whole.program);
}

} // namespace higgs
