// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/barrier_code.h"

#include <algorithm>

namespace higgs {

namespace {

constexpr std::uint32_t EtherTypeV4 = 0x0800;
constexpr std::uint32_t EtherTypeV6 = 0x86dd;

} // namespace

std::uint32_t wordOf(const IpAddress &address, std::uint32_t word)
{
    std::uint32_t value = 0;
    for (const std::uint8_t byte : address.bytes().subspan(std::size_t{4} * word, 4))
        value = value << 8 | byte;
    return value;
}

bool isSigned(std::span<const sock_filter> program, const sock_filter &signature)
{
    return !program.empty() && program.front().code == signature.code &&
           program.front().k == signature.k;
}

// Until it is known how far, a jump of one step says which of the two leads away.
void BarrierCode::exitUnless(std::vector<std::size_t> &exits, int op, std::uint32_t value)
{
    exits.push_back(program.size());
    add(BPF_JMP | op | BPF_K, value, 0, 1);
}

void BarrierCode::exitIf(std::vector<std::size_t> &exits, int op, std::uint32_t value)
{
    exits.push_back(program.size());
    add(BPF_JMP | op | BPF_K, value, 1, 0);
}

void BarrierCode::land(std::span<const std::size_t> exits)
{
    for (const std::size_t exit : exits) {
        const auto away = static_cast<std::uint8_t>(program.size() - exit - 1);
        sock_filter &jump = program[exit];
        (jump.jt != 0 ? jump.jt : jump.jf) = away;
    }
}

void BarrierCode::dropShorterThan(std::uint32_t bytes)
{
    add(BPF_LD | BPF_W | BPF_LEN, 0);
    add(BPF_JMP | BPF_JGE | BPF_K, bytes, 1, 0);
    drop();
}

void BarrierCode::match(std::uint32_t at, const IpPrefix &prefix,
                        std::span<const sock_filter> verdict)
{
    std::vector<std::size_t> exits;
    unsigned left = prefix.length;
    for (std::uint32_t word = 0; left > 0; ++word) {
        const std::uint32_t value = wordOf(prefix.address, word);
        const unsigned bits = std::min(left, 32U);
        loadWord(at + 4 * word);
        if (bits < 32) {
            exitUnless(exits, BPF_JGE, value);
            exitIf(exits, BPF_JGT, value | (0xffff'ffffU >> bits));
        } else {
            exitUnless(exits, BPF_JEQ, value);
        }
        left -= bits;
    }
    program.insert(program.end(), verdict.begin(), verdict.end());
    land(exits);
}

void BarrierCode::eachFamily(const BarrierCode &v4, const BarrierCode &v6)
{
    add(BPF_LD | BPF_H | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
    unlessEqual(EtherTypeV4);
    add(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(v4.program.size()));
    program.insert(program.end(), v4.program.begin(), v4.program.end());
    unlessEqual(EtherTypeV6);
    pass();
    program.insert(program.end(), v6.program.begin(), v6.program.end());
}

bool sameProgram(std::span<const sock_filter> a, std::span<const sock_filter> b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const sock_filter &one, const sock_filter &other) {
                          return one.code == other.code && one.jt == other.jt &&
                                 one.jf == other.jf && one.k == other.k;
                      });
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
