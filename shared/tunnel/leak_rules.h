// SPDX-License-Identifier: GPL-3.0-or-later
// What left this machine outside the tunnel while the block stood, and what was kept from leaving,
// as the kernel's firewall counts it: a table of its own, which lets everything pass and trusts
// nothing that the block says of itself. As text for `nft -f -`, and the kernel's answer read back.
// Pure; total on any input.
#pragma once

#include "shared/base/result.h"
#include "shared/tunnel/client_network.h"

#include <array>
#include <cstdint>
#include <string>

namespace higgs {

inline constexpr const char *LeakTable = "inet higgs_vpn_receipt";

struct LeakCount
{
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0; ///< of whole IP packets

    friend bool operator==(const LeakCount &, const LeakCount &) = default;
};

/// By what they were, in the order in which a packet is asked. Names are the receipt's.
enum class Left : std::uint8_t {
    Tunnel,   ///< sealed, or the daemon's talk to the server: by mark and user
    Programs, ///< of programs that the person keeps outside
    Upkeep,   ///< how an address is had and neighbours are found: DHCP, NDP, listeners' reports
    Local,    ///< to containers and virtual machines; to the home's network where that is allowed
    Outside,  ///< anything else: a leak
};
inline constexpr std::size_t LeftKinds = 5;

enum class Refused : std::uint8_t {
    Names,     ///< questions for names, whoever was asked
    Local,     ///< to the home's own network
    Ipv4,      ///< to the Internet, past the tunnel
    Ipv6,      ///< likewise
    Forwarded, ///< of containers, virtual machines and neighbours
};
inline constexpr std::size_t RefusedKinds = 5;

/// "tunnel", "outside", as in the receipt.
const char *toString(Left kind);
const char *toString(Refused kind);

struct LeakFigures
{
    std::array<LeakCount, LeftKinds> left{};
    std::array<LeakCount, RefusedKinds> refused{};

    [[nodiscard]] const LeakCount &of(Left kind) const { return left.at(std::size_t(kind)); }
    [[nodiscard]] const LeakCount &of(Refused kind) const { return refused.at(std::size_t(kind)); }
    LeakFigures &operator+=(const LeakFigures &other);
    friend bool operator==(const LeakFigures &, const LeakFigures &) = default;
};

/// Puts the table in the place of the one that stands, whose counters go on.
/// `excludes`: programs may be outside. What may not leave by `policy` is a leak where it does.
std::string leakRules(const ClientNetworkOptions &options, const BlockPolicy &policy, bool excludes,
                      const ClientSurroundings &around);
std::string leakRulesRemoval();

/// The kernel's question for all counters of the table, and each message of its answer.
Bytes leakQuestion();
/// What one counter counts, by its name in the table.
struct NamedCounter
{
    std::string name;
    LeakCount count;
};
/// Malformed for what is no counter of ours.
Result<NamedCounter> readCounter(ByteSpan body);
/// None of its counters is missing; what was refused is what wanted to leave and did not pass. The
/// kernel tells one after the other, so that what passes meanwhile is never taken for refused.
/// NotFound: the table is not there, or not whole.
Result<LeakFigures> leakFigures(const std::vector<NamedCounter> &counters);

} // namespace higgs
