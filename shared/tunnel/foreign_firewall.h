// SPDX-License-Identifier: GPL-3.0-or-later
// The machine's other firewalls, where they decide over what is forwarded: a packet that one of
// them drops is lost, whatever we say. Pure.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace higgs {

/// One chain at the forward hook that may let no guest out.
struct ForwardObstacle
{
    enum class Kind : std::uint8_t { Docker, Ufw, Firewalld, Other };

    Kind kind = Kind::Other;
    std::string family; ///< "ip", "ip6", "inet"
    std::string table;
    std::string chain;

    friend bool operator==(const ForwardObstacle &, const ForwardObstacle &) = default;
};

/// From `nft -j list ruleset`: base chains of filters at the forward hook, but for our tables, that
/// have the policy drop, or rules that drop or reject in their table. Total.
std::vector<ForwardObstacle> parseObstacles(std::string_view json);

/// What the owner can enter, one after the other, for each of them; a sentence.
std::string remedyFor(const std::vector<ForwardObstacle> &obstacles, const std::string &tunnel,
                      const std::string &egress);

/// A table with rules that may lose packets where no chain at the forward hook is asked.
struct SuspectTable
{
    std::string family;
    std::string table;

    friend bool operator==(const SuspectTable &, const SuspectTable &) = default;
};

/// From the same: tables, but for ours and parseObstacles()', in which something is dropped or
/// refused, or nothing is tracked: what is not tracked finds no guest again. Total.
std::vector<SuspectTable> parseSuspects(std::string_view json);

/// What the owner can look into; a sentence, empty for none.
std::string remedyFor(const std::vector<SuspectTable> &suspects);

/// For `nft -f -`: lets guests pass in the chain that Docker keeps for others' rules, DOCKER-USER.
/// Written so that iptables can read it. Empty for other kinds.
std::string passRules(const ForwardObstacle &obstacle, const std::string &tunnel);

/// For `nft -f -`: takes away what passRules() put into any table of this `nft -a -j list ruleset`.
/// Total; empty for none.
std::string passRulesRemoval(std::string_view json);

} // namespace higgs
