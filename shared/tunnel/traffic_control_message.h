// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked of the kernel about links, the hook of their traffic (clsact) and filters of
// classic BPF there, and what it answers (rtnetlink(7), tc(8)). Pure; total on any input.
#pragma once

#include "shared/tunnel/client_barrier.h"

#include <string>

namespace higgs {

struct LinkEntry
{
    std::uint32_t index = 0;
    std::string name;
    std::uint32_t master = 0; ///< a bridge's or bond's index, 0 for none
    bool loopback = false;
    LinkHeader header;
};

/// What hangs where clsact would: that, or an ingress discipline of the old kind.
struct HookEntry
{
    std::uint32_t index = 0; ///< of its link
    std::string kind;
};

struct FilterEntry
{
    std::uint16_t preference = 0;
    std::uint32_t handle = 0; ///< 0: of a preference as a whole
    BarrierProgram program;   ///< empty: no classic BPF
    bool direct = false;      ///< its verdicts are actions
};

enum class TrafficSide { Ingress, Egress };

Bytes linksQuestion();
Bytes hooksQuestion();
Bytes filtersQuestion(std::uint32_t link, TrafficSide side);
Bytes hookAddition(std::uint32_t link);
Bytes hookRemoval(std::uint32_t link);
/// For all protocols. It replaces one with the same preference and handle in one step.
Bytes filterAddition(std::uint32_t link, const FilterEntry &filter,
                     TrafficSide side = TrafficSide::Egress);
/// At the egress.
Bytes filterRemoval(std::uint32_t link, const FilterEntry &filter);

struct TrafficAnswer
{
    std::vector<LinkEntry> links;
    std::vector<HookEntry> hooks;
    std::vector<FilterEntry> filters;
    bool ended = false;
    int error = 0; ///< of errno, with `ended`
};

/// Malformed when a message or an attribute does not end where it says.
Result<TrafficAnswer> parseTrafficAnswer(ByteSpan datagram);

/// Whether a datagram of tidings tells of more than disciplines of sending, which programs that
/// shape traffic change all the time. True for what is not understood.
bool tellsOfMoreThanShaping(ByteSpan datagram);

} // namespace higgs
