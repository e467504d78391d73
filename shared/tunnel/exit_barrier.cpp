// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/exit_barrier.h"

#include <linux/pkt_cls.h>
#include <netinet/in.h>

namespace higgs {

namespace {

using Family = IpAddress::Family;

// From the IP header on, wherever the interface's own header ends.
constexpr std::uint32_t IpHeader = static_cast<std::uint32_t>(SKF_NET_OFF);
constexpr std::uint32_t EtherTypeV4 = 0x0800;
constexpr std::uint32_t EtherTypeV6 = 0x86dd;
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

/// Jumps of classic BPF reach 255 instructions, so each verdict stands right behind its comparison.
class Assembler
{
public:
    void add(int code, std::uint32_t k, std::uint8_t yes = 0, std::uint8_t no = 0)
    {
        program.push_back({static_cast<std::uint16_t>(code), yes, no, k});
    }
    void pass() { add(BPF_RET | BPF_K, TC_ACT_OK); }
    void drop() { add(BPF_RET | BPF_K, TC_ACT_SHOT); }
    void loadByte(std::uint32_t at) { add(BPF_LD | BPF_B | BPF_ABS, IpHeader + at); }
    void loadHalf(std::uint32_t at) { add(BPF_LD | BPF_H | BPF_ABS, IpHeader + at); }
    void loadWord(std::uint32_t at) { add(BPF_LD | BPF_W | BPF_ABS, IpHeader + at); }
    /// Skips one instruction, the verdict for what is not so.
    void unlessEqual(std::uint32_t value) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0); }
    /// Skips one instruction, the verdict for what is so.
    void ifEqual(std::uint32_t value) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1); }

    void dropShorterThan(std::uint32_t bytes)
    {
        add(BPF_LD | BPF_W | BPF_LEN, 0);
        add(BPF_JMP | BPF_JGE | BPF_K, bytes, 1, 0);
        drop();
    }

    /// `verdict` for packets whose address at `at` is in the prefix; all others go on behind it.
    void match(std::uint32_t at, const IpPrefix &prefix, std::span<const sock_filter> verdict)
    {
        std::vector<std::size_t> exits;
        unsigned left = prefix.length;
        for (std::uint32_t word = 0; left > 0; ++word) {
            const std::uint32_t value = wordOf(prefix.address, word);
            const unsigned bits = std::min(left, 32U);
            loadWord(at + 4 * word);
            if (bits < 32) {
                exits.push_back(program.size());
                add(BPF_JMP | BPF_JGE | BPF_K, value);
                add(BPF_JMP | BPF_JGT | BPF_K, value | (0xffff'ffffU >> bits));
            } else {
                add(BPF_JMP | BPF_JEQ | BPF_K, value);
            }
            exits.push_back(program.size() - 1);
            left -= bits;
        }
        program.insert(program.end(), verdict.begin(), verdict.end());
        for (const std::size_t exit : exits) {
            const auto away = static_cast<std::uint8_t>(program.size() - exit - 1);
            sock_filter &jump = program[exit];
            (BPF_OP(jump.code) == BPF_JGT ? jump.jt : jump.jf) = away;
        }
    }

    std::vector<sock_filter> program;

private:
    static std::uint32_t wordOf(const IpAddress &address, std::uint32_t word)
    {
        std::uint32_t value = 0;
        for (const std::uint8_t byte : address.bytes().subspan(std::size_t{4} * word, 4))
            value = value << 8 | byte;
        return value;
    }
};

constexpr sock_filter Pass{BPF_RET | BPF_K, 0, 0, TC_ACT_OK};
constexpr sock_filter Drop{BPF_RET | BPF_K, 0, 0, TC_ACT_SHOT};
constexpr sock_filter SkipOne{BPF_JMP | BPF_JA, 0, 0, 1};

/// One family's part, which ends with a verdict for every packet.
class FamilyPart
{
public:
    FamilyPart(Assembler &code, Family family)
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
        Assembler inside;
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

    Assembler &m_code;
    Family m_family;
    const Layout &m_layout;
};

} // namespace

Result<std::vector<sock_filter>> exitBarrier(const ExitPolicy &policy,
                                             const ExitSurroundings &surroundings)
{
    Assembler v4;
    FamilyPart(v4, Family::V4).assemble(policy.network4, policy, surroundings);
    Assembler v6;
    FamilyPart(v6, Family::V6).assemble(policy.network6, policy, surroundings);

    Assembler whole;
    whole.add(BPF_LD | BPF_H | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
    whole.unlessEqual(EtherTypeV4);
    whole.add(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(v4.program.size()));
    whole.program.insert(whole.program.end(), v4.program.begin(), v4.program.end());
    whole.unlessEqual(EtherTypeV6);
    whole.pass(); // whatever it is, nobody forwards it
    whole.program.insert(whole.program.end(), v6.program.begin(), v6.program.end());
    if (whole.program.size() > MaxBarrierLength)
        return unexpected(ErrorCode::TooLarge, "this machine has too many networks for a barrier");
    return std::move(whole.program);
}

std::string barrierText(std::span<const sock_filter> program)
{
    std::string text = std::to_string(program.size());
    for (const sock_filter &each : program)
        text += "," + std::to_string(each.code) + " " + std::to_string(each.jt) + " " +
                std::to_string(each.jf) + " " + std::to_string(each.k);
    return text;
}

} // namespace higgs
