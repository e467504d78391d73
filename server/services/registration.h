// SPDX-License-Identifier: GPL-3.0-or-later
// Who may register as which node (WIRE.md, Register): the rule, without any I/O.
#pragma once

#include "server/services/node_registry.h"

namespace higgs::server {

enum class ProofState {
    Absent,
    Wrong, ///< the MAC does not match, or the timestamp is out of its window
    Good,
};

/// A proof's timestamp may differ from the server's clock by this much.
constexpr Milliseconds ProofWindow = Seconds(120);

/// Whether a timestamp is inside the window and later than the last accepted one.
bool proofIsFresh(const Clocks &now, WallTime timestamp, const SpentProofs &spent);

struct RegistrationClaim
{
    NodeId node;
    protocol::KeyText key;
    bool tokenIsNodes = false; ///< a valid token of this very node came with the request
    ProofState proof = ProofState::Absent;
};

enum class RegistrationVerdict {
    New,
    Renewed,
    NewKey, ///< renewed under another key: older tokens and sessions are dead
    AlreadyRegistered,
    KeyAlreadyRegistered,
    InvalidProof,
};

RegistrationVerdict judgeRegistration(const NodeRegistry &registry, const RegistrationClaim &claim);

/// The record that an accepted registration leaves. `generation` is fresh random text, used when
/// the verdict is New or NewKey; `from` is where the request came from.
NodeRecord makeNodeRecord(WallTime now, const IpAddress &from,
                          const protocol::RegisterRequest &request, const Node *existing,
                          RegistrationVerdict verdict, bool needsApproval,
                          const std::string &generation);

} // namespace higgs::server
