// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/tunnel_barrier.h"

#include <netinet/in.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;
using Exits = std::vector<std::size_t>;

/// A load that changes nothing tells our programs from others'.
constexpr sock_filter Signature{BPF_LD | BPF_IMM, 0, 0, 0x48694768};

constexpr std::uint32_t PlainV4 = 0x45;        ///< version 4, no options
constexpr std::uint32_t FragmentMask = 0x3fff; ///< more fragments, and the offset
constexpr std::uint32_t EchoV4 = 8;
constexpr std::uint32_t EchoV6 = 128;
constexpr std::uint32_t Syn = 0x02; ///< RFC 9293 section 3.1
constexpr std::uint32_t Ack = 0x10;
constexpr std::uint32_t FlagsAt = 13;

/// One family's part of a program.
class Part
{
public:
    Part(const TunnelRoutes &up, Family family)
        : m_up(up),
          m_v4(family == Family::V4),
          m_family(family),
          m_size(m_v4 ? 20 : 40),
          m_protocol(m_v4 ? 9 : 6)
    {}

    BarrierCode assemble()
    {
        m_code.dropShorterThan(m_size);
        unlessOwn(m_v4 ? 16 : 24);
        if (m_v4) {
            m_code.loadByte(0);
            m_code.unlessEqual(PlainV4);
            m_code.drop();
            openingV4();
        } else {
            openingV6();
        }
        m_code.pass();
        return std::move(m_code);
    }

private:
    /// What has none of our addresses at `at` is dropped.
    void unlessOwn(std::uint32_t at)
    {
        Exits found;
        for (const InterfaceAddress &each : m_up.addresses) {
            if (each.address.family() != m_family)
                continue;
            Exits exits;
            for (std::uint32_t word = 0; word < each.address.bytes().size() / 4; ++word) {
                m_code.loadWord(at + 4 * word);
                const std::uint32_t value = wordOf(each.address, word);
                const bool last = word + 1 == each.address.bytes().size() / 4;
                if (last)
                    m_code.exitIf(found, BPF_JEQ, value);
                else
                    m_code.exitUnless(exits, BPF_JEQ, value);
            }
            m_code.land(exits);
        }
        m_code.drop();
        m_code.land(found);
    }

    void dropOpening()
    {
        m_code.dropShorterThan(m_size + FlagsAt + 1);
        m_code.loadByte(m_size + FlagsAt);
        Exits answer;
        m_code.exitIf(answer, BPF_JSET, Ack);
        m_code.exitUnless(answer, BPF_JSET, Syn);
        m_code.drop();
        m_code.land(answer);
    }

    void dropEcho(std::uint32_t type)
    {
        m_code.dropShorterThan(m_size + 1);
        m_code.loadByte(m_size);
        m_code.ifEqual(type);
        m_code.drop();
    }

    void openingV4()
    {
        Exits exits;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(exits, BPF_JEQ, IPPROTO_TCP);
        m_code.loadHalf(6);
        m_code.add(BPF_JMP | BPF_JSET | BPF_K, FragmentMask, 0, 1);
        m_code.drop();
        dropOpening();
        m_code.pass();
        m_code.land(exits);
        Exits others;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(others, BPF_JEQ, IPPROTO_ICMP);
        dropEcho(EchoV4);
        m_code.land(others);
    }

    void openingV6()
    {
        Exits tcp;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(tcp, BPF_JEQ, IPPROTO_TCP);
        dropOpening();
        m_code.pass();
        m_code.land(tcp);
        Exits icmp;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(icmp, BPF_JEQ, IPPROTO_ICMPV6);
        dropEcho(EchoV6);
        m_code.pass();
        m_code.land(icmp);
        Exits fragment;
        m_code.loadByte(m_protocol);
        m_code.exitUnless(fragment, BPF_JEQ, IPPROTO_FRAGMENT);
        m_code.dropShorterThan(m_size + 8);
        m_code.loadByte(m_size);
        m_code.unlessEqual(IPPROTO_UDP);
        m_code.drop();
        m_code.pass();
        m_code.land(fragment);
        // Of the rest what carries a conversation of its own.
        Exits plain;
        m_code.loadByte(m_protocol);
        for (const std::uint32_t known :
             {IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_ESP, IPPROTO_GRE, IPPROTO_SCTP})
            m_code.exitIf(plain, BPF_JEQ, known);
        m_code.drop();
        m_code.land(plain);
    }

    BarrierCode m_code{TC_ACT_UNSPEC};
    const TunnelRoutes &m_up;
    bool m_v4;
    Family m_family;
    std::uint32_t m_size;
    std::uint32_t m_protocol;
};

} // namespace

BarrierProgram tunnelBarrier(const TunnelRoutes &up)
{
    BarrierCode code(TC_ACT_UNSPEC);
    code.program.push_back(Signature);
    code.eachFamily(Part(up, Family::V4).assemble(), Part(up, Family::V6).assemble());
    return std::move(code.program);
}

bool isTunnelBarrier(std::span<const sock_filter> program)
{
    return isSigned(program, Signature);
}

} // namespace higgs
