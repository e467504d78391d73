// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/classic_bpf.h"

namespace higgs::test {

namespace {

constexpr auto NetworkOffset = static_cast<std::uint32_t>(SKF_NET_OFF);
constexpr auto LinkOffset = static_cast<std::uint32_t>(SKF_LL_OFF);
constexpr auto MarkOffset = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_MARK);
constexpr auto EtherTypeOffset = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);
// The kernel's own pseudo-loads lie above, so no packet reaches there.
constexpr std::uint32_t LongestPacket = 65'535;

std::optional<std::uint32_t> load(const sock_filter &step, const LeavingFrame &frame)
{
    if (BPF_MODE(step.code) == BPF_IMM)
        return step.k;
    if (BPF_MODE(step.code) == BPF_LEN)
        return BPF_SIZE(step.code) == BPF_W ? std::optional(static_cast<std::uint32_t>(
                                                  frame.link.size() + frame.packet.size()))
                                            : std::nullopt;
    if (BPF_MODE(step.code) != BPF_ABS)
        return std::nullopt;
    if (step.k == EtherTypeOffset)
        return frame.etherType;
    if (step.k == MarkOffset)
        return frame.mark;
    const bool ofLink = step.k >= LinkOffset && step.k < NetworkOffset;
    const std::uint32_t at = step.k - (ofLink ? LinkOffset : NetworkOffset);
    ByteReader reader(ofLink ? frame.link : frame.packet);
    if (step.k < LinkOffset || at > LongestPacket || !reader.skip(at))
        return std::nullopt;
    switch (BPF_SIZE(step.code)) {
    case BPF_B:
        return reader.u8();
    case BPF_H:
        return reader.u16();
    case BPF_W:
        return reader.u32();
    default:
        return std::nullopt;
    }
}

/// How many instructions are skipped.
std::optional<std::uint32_t> jump(const sock_filter &step, std::uint32_t accumulator)
{
    if (BPF_OP(step.code) == BPF_JA)
        return step.k;
    if (BPF_SRC(step.code) != BPF_K)
        return std::nullopt;
    bool taken = false;
    switch (BPF_OP(step.code)) {
    case BPF_JEQ:
        taken = accumulator == step.k;
        break;
    case BPF_JGT:
        taken = accumulator > step.k;
        break;
    case BPF_JGE:
        taken = accumulator >= step.k;
        break;
    case BPF_JSET:
        taken = (accumulator & step.k) != 0;
        break;
    default:
        return std::nullopt;
    }
    return taken ? step.jt : step.jf;
}

} // namespace

std::optional<std::uint32_t> runClassicBpf(std::span<const sock_filter> program,
                                           std::uint16_t etherType, ByteSpan packet)
{
    return runClassicBpf(program, {etherType, {}, Bytes(packet.begin(), packet.end()), 0});
}

std::optional<std::uint32_t> runClassicBpf(std::span<const sock_filter> program,
                                           const LeavingFrame &frame)
{
    std::uint32_t accumulator = 0;
    // Jumps only go forward, so that this ends.
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter &step = program[at];
        if (step.code == (BPF_RET | BPF_K))
            return step.k;
        std::optional<std::uint32_t> outcome;
        if (BPF_CLASS(step.code) == BPF_LD) {
            outcome = load(step, frame);
            accumulator = outcome.value_or(0);
        } else if (BPF_CLASS(step.code) == BPF_JMP) {
            outcome = jump(step, accumulator);
            at += outcome.value_or(0);
        }
        if (!outcome)
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace higgs::test
