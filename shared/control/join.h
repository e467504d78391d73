// SPDX-License-Identifier: GPL-3.0-or-later
// How a terminal program takes an invitation: from its command line or from stdin, shown, and
// agreed to.
#pragma once

#include "shared/control/command_line.h"
#include "shared/control/invitation.h"
#include "shared/control/rpc.h"

#include <functional>

namespace higgs::control {

/// What an invitation leads to, and what it takes the place of, in sentences that end.
std::string invitationSummary(const Invitation &invitation,
                              const std::optional<TrustedServer> &present);

/// Of a daemon's status; nullopt: no server is set, or the status says nothing that can be read.
std::optional<TrustedServer> serverInUse(const Json &status);

/// "Its certificate must have the SHA-256 AB:CD:...", and its check words; or who judges it.
std::string trustText(const std::string &pin);

/// The parameters of "configureServer" for it; "accessKey" is among them where it has one.
Json serverParams(const Invitation &invitation);

/// Overwrites a text in what was sent; nothing where there is none of that name.
void wipeMember(Json &params, const char *name);

/// The link is the word behind "join", or a line of stdin without it: command lines are seen by
/// others on the machine, and kept in histories. Asks for agreement, unless `line` has "yes".
/// `status` is asked for what is in use. InvalidArgument: it is none, or nobody is there to be
/// asked; Cancelled: nobody agreed; Forbidden: it would have another certificate trusted for the
/// server in use, which "yes" is not enough for.
Result<Invitation> acceptedInvitation(const CommandLine &line,
                                      const std::function<Result<Json>()> &status);

} // namespace higgs::control
