// SPDX-License-Identifier: GPL-3.0-or-later
// The client's policy routing as text for `ip -batch -`, and which of the machine's rules are ours.
// Pure.
#pragma once

#include "shared/tunnel/client_network.h"
#include "shared/tunnel/ip_text.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace higgs {

/// What tells our rules of policy routing from others', wherever they stand.
struct RuleOwner
{
    std::uint32_t excludeMark = 0;
    std::uint32_t table = 0;
};

/// Where our rules stand among `ip rule`'s: before everybody's but the local table's, in this
/// order.
struct RulePlaces
{
    std::uint32_t exclude = 2890; ///< programs outside the tunnel: the main table
    std::uint32_t inside = 2900;  ///< hosts inside the tunnel, whatever the LAN is
    std::uint32_t lan = 2910;     ///< where the LAN is let out: its own routes
    /// Everything without the mark; and after it what has the mark and not the daemon's user.
    std::uint32_t tunnel = 2920;
    /// Of our own to the local table, where the kernel's was moved behind these: none, where not.
    std::optional<std::uint32_t> local = {};

    friend bool operator==(const RulePlaces &, const RulePlaces &) = default;
};

/// Before the first rule of others, if there is one that would come before the usual places: a rule
/// that is added without a priority is put before all that stand. As far down as that can be.
RulePlaces placesBefore(std::optional<std::uint32_t> others);

/// Where they are to be among these, in any case before the first of others (placesBefore). What
/// reaches this machine itself is led there before them: owners of a VRF move the kernel's rule.
RulePlaces placesAmong(const std::vector<PolicyRule> &present, const RuleOwner &owner);
/// Whether rules that stand at `places` are good among these, too.
bool placesHold(const RulePlaces &places, const std::vector<PolicyRule> &present,
                const RuleOwner &owner);

/// Our rules of one family, as the kernel shows them.
std::vector<PolicyRule> policyRules(const ClientNetworkOptions &options, const BlockPolicy &policy,
                                    const TunnelRoutes &routes, IpAddress::Family family,
                                    const RulePlaces &places = {});
/// RTM_NEWRULE's FRA_PROTOCOL of ours; nobody has given this number away (rt_protos).
inline constexpr std::string_view ClientRuleProtocol = "72";

/// Lines that add those of `wanted` that are not present, and that delete those of `present` that
/// are not wanted; each by all of its parts.
std::string ruleAdditions(const std::vector<PolicyRule> &wanted,
                          const std::vector<PolicyRule> &present);
std::string ruleDeletions(const std::vector<PolicyRule> &present,
                          const std::vector<PolicyRule> &wanted);
/// Lines that make `wanted` out of `present`: our table's way to nowhere, the rules that are
/// missing, the way into the tunnel where `routes` has an address of the family, and only then
/// those of ours that are too many. At no moment is a packet without a rule that was none before.
std::string clientRouteBatch(const ClientNetworkOptions &options, const TunnelRoutes &routes,
                             IpAddress::Family family, const std::vector<PolicyRule> &wanted,
                             const std::vector<PolicyRule> &present);

bool isOurs(const PolicyRule &rule, const RuleOwner &owner);
/// The priority of the first that is not ours and may lead packets elsewhere: neither the local
/// table's, nor one for what belongs to a VRF.
std::optional<std::uint32_t> firstOfOthers(const std::vector<PolicyRule> &present,
                                           const RuleOwner &owner);
/// Whether they are the same, in whatever order those of one priority stand.
bool areSame(const std::vector<PolicyRule> &some, const std::vector<PolicyRule> &others);
/// Lines that remove those of `present` that are ours, each by all of its parts.
std::string ruleRemovalBatch(const std::vector<PolicyRule> &present, const RuleOwner &owner);

} // namespace higgs
