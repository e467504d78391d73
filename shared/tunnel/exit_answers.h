// SPDX-License-Identifier: GPL-3.0-or-later
// The ways of guests' packets and of the answers to them, as the kernel routes them. Another
// program's rule of policy routing (a second uplink, another VPN) may lead answers out of the
// machine again; a default route with several next hops leads guests out by cards that the exit's
// rules do not let them leave by. Either way nobody gets through, or not everything does.
#pragma once

#include "shared/tunnel/exit_network.h"
#include "shared/tunnel/ip_text.h"

#include <string>
#include <string_view>
#include <vector>

namespace higgs {

/// A rule of ours that leads to guests by the main table, before the first of `present` that may
/// lead elsewhere; none where nobody's stands before the main table's. Pure.
std::vector<PolicyRule> answerRules(const IpPrefix &guests, const std::vector<PolicyRule> &present);
/// Whether a rule is one of those. Pure.
bool isAnswerRule(const PolicyRule &rule);
/// Who may lead answers away, in words: the first rule before the main table's that is not ours.
/// Empty: there is none. Pure.
std::string answersLeader(const std::vector<PolicyRule> &present);
/// The interface in what `ip -j route get` prints; empty: it leads nowhere. Pure; total.
std::string parseWayOut(std::string_view json);

/// The interfaces of all next hops that live, in what `ip -j route get fibmatch` prints. Pure;
/// total.
std::vector<std::string> parseWaysOut(std::string_view json);

/// By which interfaces the kernel leads to the Internet; `whose` are more words for `ip route get`.
std::vector<std::string> waysOut(IpAddress::Family family,
                                 const std::vector<std::string> &whose = {});

/// Whether our rules stand where they can stand best, in both families.
bool answersAreLed(const ExitPolicy &policy);
/// Puts them there, after what stands already is no worse than before.
Result<void> leadAnswers(const ExitPolicy &policy);
/// In both families; those of an instance that was killed, too.
Result<void> removeAnswerRules();

/// Whether a client of this product carries this machine's traffic, or blocks it.
bool isClientHere();

/// Asks the kernel which way answers to guests take, in the families that guests have. Empty: into
/// the tunnel; else a sentence's end, with the rule that may be the reason.
std::string answersFault(const ExitPolicy &policy, const std::string &tunnel,
                         const std::string &egress, bool ipv6);
/// The same of the way that guests' packets take: empty where all of them leave by `egress`.
std::string waysFault(const ExitPolicy &policy, const std::string &tunnel,
                      const std::string &egress, bool ipv6);

} // namespace higgs
