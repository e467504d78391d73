// SPDX-License-Identifier: GPL-3.0-or-later
// The registration proof (WIRE.md, Register): possession of a node's WireGuard private key, shown
// to the server by a MAC under their X25519 shared secret.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/ids.h"
#include "shared/crypto/hmac.h"
#include "shared/crypto/keys.h"

namespace higgs {

/// How far a proof's time may be from the server's clock.
constexpr Seconds ProofTolerance{120};

/// HMAC-SHA256(k, nodeId "\n" publicKey "\n" timestamp), k = HMAC-SHA256(X25519(own, peer),
/// "higgs-registration-v1"). Both sides get the same: the node with its private key and the
/// server's public key, the server with its private key and the node's. `nodeKey` is the key that
/// is proven. Malformed for a peer key of low order.
Result<Mac256> registrationMac(const PrivateKey &own, const PublicKey &peer, const NodeId &node,
                               const PublicKey &nodeKey, WallTime timestamp);

/// The server's side: Unauthorized for a wrong MAC or a time out of tolerance. That the time is
/// later than the last one accepted for this node is for the caller to check.
Result<void> verifyRegistrationMac(const PrivateKey &server, const NodeId &node,
                                   const PublicKey &nodeKey, WallTime timestamp, const Mac256 &mac,
                                   WallTime now);

} // namespace higgs
