// SPDX-License-Identifier: GPL-3.0-or-later
// Classic BPF for a second barrier, of a node's guests or of a client's own packets: what both
// write their programs with. Pure.
#pragma once

#include "shared/base/endpoint.h"

#include <cstdint>
#include <linux/filter.h>
#include <linux/pkt_cls.h>
#include <span>
#include <string>
#include <vector>

namespace higgs {

using BarrierProgram = std::vector<sock_filter>;

/// Jumps of classic BPF reach 255 instructions, so each verdict stands right behind its comparison.
/// Offsets count from the IP header, wherever the interface's own header ends. For a load beyond
/// the packet's end the kernel ends a program with TC_ACT_OK: lengths are checked before.
class BarrierCode
{
public:
    /// `passing` is what lets a packet pass: TC_ACT_OK, or TC_ACT_UNSPEC to have others' filters
    /// judge it, too.
    explicit BarrierCode(int passing = TC_ACT_OK) : m_passing(static_cast<std::uint32_t>(passing))
    {}

    void add(int code, std::uint32_t k, std::uint8_t yes = 0, std::uint8_t no = 0)
    {
        program.push_back({static_cast<std::uint16_t>(code), yes, no, k});
    }
    void pass() { add(BPF_RET | BPF_K, m_passing); }
    void drop() { add(BPF_RET | BPF_K, TC_ACT_SHOT); }
    void loadByte(std::uint32_t at) { add(BPF_LD | BPF_B | BPF_ABS, IpHeader + at); }
    void loadHalf(std::uint32_t at) { add(BPF_LD | BPF_H | BPF_ABS, IpHeader + at); }
    void loadWord(std::uint32_t at) { add(BPF_LD | BPF_W | BPF_ABS, IpHeader + at); }
    /// Skips one instruction, the verdict for what is not so.
    void unlessEqual(std::uint32_t value) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0); }
    /// Skips one instruction, the verdict for what is so.
    void ifEqual(std::uint32_t value) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1); }

    /// For conditions that all have to hold: those that do not go on where land() is called.
    void exitUnless(std::vector<std::size_t> &exits, int op, std::uint32_t value);
    void exitIf(std::vector<std::size_t> &exits, int op, std::uint32_t value);
    void land(std::span<const std::size_t> exits);

    /// Of the whole frame: at a network card that is more than the packet.
    void dropShorterThan(std::uint32_t bytes);
    /// `verdict` for packets whose address at `at` is in the prefix; all others go on behind it.
    void match(std::uint32_t at, const IpPrefix &prefix, std::span<const sock_filter> verdict);
    /// A part for each family, which has to end with a verdict; what is neither passes.
    void eachFamily(const BarrierCode &v4, const BarrierCode &v6);

    BarrierProgram program;

private:
    static constexpr auto IpHeader = static_cast<std::uint32_t>(SKF_NET_OFF);

    std::uint32_t m_passing;
};

/// The address's 32 bits at 4 * `word`, as a load from a packet gives them.
std::uint32_t wordOf(const IpAddress &address, std::uint32_t word);

/// Whether a program begins with this step: one that changes nothing tells ours from others'.
bool isSigned(std::span<const sock_filter> program, const sock_filter &signature);

bool sameProgram(std::span<const sock_filter> a, std::span<const sock_filter> b);

/// "2,40 0 0 4294963200,6 0 0 2", as `tc filter ... bpf bytecode` reads and shows it.
std::string barrierText(std::span<const sock_filter> program);

} // namespace higgs
