// SPDX-License-Identifier: GPL-3.0-or-later
// The handshake Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s as the paper's sections 5.4.2, 5.4.3 and
// 5.4.5 spell it out. Values in, values out; what has to be random is an argument.
#pragma once

#include "shared/crypto/keys.h"
#include "shared/wireguard/messages.h"
#include "shared/wireguard/tai64n.h"

namespace higgs::wireguard {

/// What one end knows of the other for good. Lives in locked memory.
struct PeerKeys
{
    PublicKey publicKey;
    Secret<32> staticStatic; ///< X25519 of both static keys, computed once
    Secret<32> preshared;    ///< zero: there is none
};

/// Both ends' view of what has been said so far: Noise's SymmetricState.
struct Transcript
{
    Secret<32> chainingKey;
    Blake2sDigest hash{};
};

/// What an initiator keeps until the response comes.
struct PendingInitiation
{
    Transcript transcript;
    Secret<32> ephemeral;
};

/// What a responder has read of an initiation, until it has answered.
struct ReceivedInitiation
{
    Transcript transcript;
    PublicKey initiator; ///< as it claims; proven once the time has been read
    PublicKey ephemeral;
    Index sender{};
};

/// Of one session, from one end's view (section 5.4.5).
struct SessionKeys
{
    Secret<32> sending;
    Secret<32> receiving;
};

/// A message without its two MACs. nullopt: the peer's key is of low order.
std::optional<Initiation> makeInitiation(const PublicKey &own, const PeerKeys &peer, Index sender,
                                         const Tai64n &time, Secret<32> ephemeral,
                                         PendingInitiation &pending);

/// Who sends it. nullopt: it is not for this key.
std::optional<ReceivedInitiation> readInitiator(const PrivateKey &own, const PublicKey &ownPublic,
                                                const Initiation &message);
/// When it was made; proves that the initiator has its key. To be called once, with the keys of
/// that initiator.
std::optional<Tai64n> readTime(const PeerKeys &peer, const Initiation &message,
                               ReceivedInitiation &received);
/// A message without its two MACs, and the session of it; `received` is used up.
std::optional<Response> makeResponse(const PeerKeys &peer, ReceivedInitiation &received,
                                     Index sender, Secret<32> ephemeral, SessionKeys &keys);

/// nullopt: it does not answer this initiation, which stays as it is.
std::optional<SessionKeys> readResponse(const PrivateKey &own, const PeerKeys &peer,
                                        const PendingInitiation &pending, const Response &message);

} // namespace higgs::wireguard
