// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/client_barrier.h"

#include "shared/tunnel/client_ruleset.h"

#include <algorithm>
#include <netinet/in.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

/// A load that changes nothing tells our programs from others'.
constexpr sock_filter Signature{BPF_LD | BPF_IMM, 0, 0, 0x48694767};
constexpr sock_filter Pass{BPF_RET | BPF_K, 0, 0, static_cast<std::uint32_t>(TC_ACT_UNSPEC)};

constexpr std::uint32_t EtherTypeArp = 0x0806;
constexpr std::uint32_t ArpSender = 14;        ///< its IPv4 address, RFC 826 with Ethernet
constexpr std::uint32_t PlainV4 = 0x45;        ///< version 4, no options
constexpr std::uint32_t FragmentMask = 0x3fff; ///< more fragments, and the offset
constexpr std::uint32_t OffsetMask = 0x1fff;
constexpr std::uint32_t NamesPort = 53;
constexpr std::uint32_t DhcpClient = 68;
constexpr std::uint32_t DhcpServer = 67;
constexpr std::uint32_t Dhcp6Client = 546;
constexpr std::uint32_t Dhcp6Server = 547;
constexpr std::uint32_t RouterSolicitation = 133; ///< the first of four, RFC 4861 section 4
constexpr std::uint32_t NeighbourAdvertisement = 136;
constexpr std::uint32_t NeighbourHopLimit = 255;
constexpr std::uint32_t MembershipHopLimit = 1;
constexpr std::uint32_t LinkGroup = 0xff02; ///< RFC 4291 section 2.7
/// RFC 2710 and RFC 3810: a listener that comes, and one that goes.
constexpr std::array<std::uint32_t, 3> MembershipReports{131, 132, 143};

using Exits = std::vector<std::size_t>;

class FamilyPart
{
public:
    FamilyPart(Family family, const LinkHeader &header)
        : m_v4(family == Family::V4),
          m_family(family),
          m_header(header.size),
          m_size(m_v4 ? 20 : 40),
          m_protocol(m_v4 ? 9 : 6),
          m_target(m_v4 ? 16 : 24)
    {}

    BarrierCode assemble(bool allowLan)
    {
        m_code.dropShorterThan(m_header + m_size);
        if (m_v4) {
            dhcp();
        } else {
            neighbours();
            memberships();
            dhcp6();
        }
        if (allowLan) {
            names();
            for (const std::string_view text : lanPrefixes(m_family))
                to(text);
            for (const std::string_view text : linkMulticast(m_family))
                to(text);
        }
        m_code.drop();
        return std::move(m_code);
    }

private:
    void loadLength() { m_code.add(BPF_LD | BPF_W | BPF_LEN, 0); }

    void ports(Exits &exits, std::uint32_t source, std::uint32_t target)
    {
        loadLength();
        m_code.exitUnless(exits, BPF_JGE, m_header + m_size + 8);
        m_code.loadHalf(m_size);
        m_code.exitUnless(exits, BPF_JEQ, source);
        m_code.loadHalf(m_size + 2);
        m_code.exitUnless(exits, BPF_JEQ, target);
    }

    void dhcp()
    {
        Exits exits;
        m_code.loadByte(0);
        m_code.exitUnless(exits, BPF_JEQ, PlainV4);
        m_code.loadByte(m_protocol);
        m_code.exitUnless(exits, BPF_JEQ, IPPROTO_UDP);
        m_code.loadHalf(6);
        m_code.exitIf(exits, BPF_JSET, FragmentMask);
        ports(exits, DhcpClient, DhcpServer);
        for (const std::string_view text : dhcpTargets())
            to(text);
        m_code.land(exits);
    }

    void dhcp6()
    {
        Exits exits;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(exits, BPF_JEQ, IPPROTO_UDP);
        ports(exits, Dhcp6Client, Dhcp6Server);
        to("ff02::1:2/128");
        to("fe80::/10");
        m_code.land(exits);
    }

    void neighbours()
    {
        Exits exits;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(exits, BPF_JEQ, IPPROTO_ICMPV6);
        m_code.loadByte(7);
        m_code.exitUnless(exits, BPF_JEQ, NeighbourHopLimit);
        m_code.loadHalf(4);
        m_code.exitIf(exits, BPF_JGT, LongestNeighbourTalk);
        loadLength();
        m_code.exitUnless(exits, BPF_JGE, m_header + m_size + 1);
        m_code.exitIf(exits, BPF_JGT, m_header + m_size + LongestNeighbourTalk);
        m_code.loadByte(m_size);
        m_code.exitUnless(exits, BPF_JGE, RouterSolicitation);
        m_code.exitIf(exits, BPF_JGT, NeighbourAdvertisement);
        m_code.pass();
        m_code.land(exits);
    }

    /// Reports of multicast listeners: switches that listen to them keep the questions of
    /// neighbours from who has sent none.
    void memberships()
    {
        Exits exits;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(exits, BPF_JEQ, IPPROTO_HOPOPTS);
        m_code.loadByte(7);
        m_code.exitUnless(exits, BPF_JEQ, MembershipHopLimit);
        loadLength();
        m_code.exitUnless(exits, BPF_JGE, m_header + m_size + 9);
        m_code.loadHalf(m_size); // ICMPv6 behind eight bytes of options
        m_code.exitUnless(exits, BPF_JEQ, std::uint32_t{IPPROTO_ICMPV6} << 8);
        m_code.loadHalf(m_target);
        m_code.exitUnless(exits, BPF_JEQ, LinkGroup);
        m_code.loadByte(m_size + 8);
        for (const std::uint32_t report : MembershipReports) {
            m_code.ifEqual(report);
            m_code.pass();
        }
        m_code.land(exits);
    }

    /// Questions for names are dropped, whoever is asked.
    void names()
    {
        Exits exits;
        m_code.loadByte(m_protocol);
        m_code.add(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 1, 0);
        m_code.exitUnless(exits, BPF_JEQ, IPPROTO_UDP);
        if (m_v4) {
            m_code.loadHalf(6);
            m_code.exitIf(exits, BPF_JSET, OffsetMask); // its ports went before it
            m_code.loadByte(0);
            m_code.unlessEqual(PlainV4); // nobody needs options here, and they move the ports
            m_code.drop();
        }
        m_code.dropShorterThan(m_header + m_size + 4);
        m_code.loadHalf(m_size + 2);
        m_code.exitUnless(exits, BPF_JEQ, NamesPort);
        m_code.drop();
        m_code.land(exits);
    }

    void to(std::string_view text)
    {
        if (const auto prefix = IpPrefix::parse(text))
            m_code.match(m_target, *prefix, std::span(&Pass, 1));
    }

    BarrierCode m_code{TC_ACT_UNSPEC};
    bool m_v4;
    Family m_family;
    std::uint32_t m_header;
    std::uint32_t m_size;
    std::uint32_t m_protocol;
    std::uint32_t m_target;
};

constexpr std::uint32_t ofLink(std::uint32_t at)
{
    return static_cast<std::uint32_t>(SKF_LL_OFF) + at;
}

/// What another machine's frame is, or was judged before.
void otherSenders(BarrierCode &code, std::initializer_list<EthernetAddress> own)
{
    Exits mine;
    for (const EthernetAddress &each : own) {
        const auto at = [&each](std::size_t i) { return static_cast<std::uint32_t>(each.at(i)); };
        Exits exits;
        code.add(BPF_LD | BPF_W | BPF_ABS, ofLink(6));
        code.exitUnless(exits, BPF_JEQ, at(0) << 24 | at(1) << 16 | at(2) << 8 | at(3));
        code.add(BPF_LD | BPF_H | BPF_ABS, ofLink(10));
        code.exitIf(mine, BPF_JEQ, at(4) << 8 | at(5));
        code.land(exits);
    }
    code.pass();
    code.land(mine);
}

/// Where the sender's address is one of the tunnel's.
void arp(BarrierCode &code, const std::vector<IpAddress> &inside)
{
    const auto isV4 = [](const IpAddress &each) { return each.isV4(); };
    const auto count = std::count_if(inside.begin(), inside.end(), isV4);
    if (count == 0)
        return;
    Exits exits;
    code.add(BPF_LD | BPF_H | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
    code.exitUnless(exits, BPF_JEQ, EtherTypeArp);
    code.loadWord(ArpSender);
    for (const IpAddress &each : inside) {
        if (!each.isV4())
            continue;
        code.ifEqual(each.toV4());
        code.drop();
    }
    code.pass();
    code.land(exits);
}

} // namespace

BarrierProgram clientBarrier(const ClientBarrierPolicy &policy, const LinkHeader &header)
{
    BarrierCode code(TC_ACT_UNSPEC);
    code.program.push_back(Signature);
    if (header.own && header.carriesOthers)
        otherSenders(code, {*header.own, header.permanent.value_or(*header.own)});
    code.add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_MARK));
    code.ifEqual(policy.mark);
    code.pass();
    if (policy.excludeMark) {
        code.ifEqual(*policy.excludeMark);
        code.pass();
    }
    arp(code, policy.inside);
    code.eachFamily(FamilyPart(Family::V4, header).assemble(policy.allowLan),
                    FamilyPart(Family::V6, header).assemble(policy.allowLan));
    return std::move(code.program);
}

bool isClientBarrier(std::span<const sock_filter> program)
{
    return isSigned(program, Signature);
}

} // namespace higgs
