// SPDX-License-Identifier: GPL-3.0-or-later
// The names in the comments are the paper's: C chaining key, H hash, E ephemeral and S static key,
// Q preshared key, T transport keys; i initiator, r responder.
#include "shared/wireguard/noise.h"

#include "shared/crypto/aead.h"

namespace higgs::wireguard {

namespace {

constexpr std::string_view Construction = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
constexpr std::string_view Identifier = "WireGuard v1 zx2c4 Jason@zx2c4.com";

/// H := Hash(H || data)
void mixHash(Transcript &transcript, ByteSpan data)
{
    transcript.hash = blake2s({transcript.hash, data});
}

/// C := Kdf1(C, input)
void mixKey(Transcript &transcript, ByteSpan input)
{
    hkdfBlake2s(transcript.chainingKey, input, {&transcript.chainingKey});
}

/// (C, k) := Kdf2(C, input)
Secret<32> mixKeyAndDerive(Transcript &transcript, ByteSpan input)
{
    Secret<32> key;
    hkdfBlake2s(transcript.chainingKey, input, {&transcript.chainingKey, &key});
    return key;
}

/// out := Aead(k, 0, text, H); H := Hash(H || out)
void sealAndHash(Transcript &transcript, const Secret<32> &key, ByteSpan text, MutableByteSpan out)
{
    aeadSeal(key, 0, text, transcript.hash, out);
    mixHash(transcript, out);
}

bool openAndHash(Transcript &transcript, const Secret<32> &key, ByteSpan sealed,
                 MutableByteSpan out)
{
    if (!aeadOpen(key, 0, sealed, transcript.hash, out))
        return false;
    mixHash(transcript, sealed);
    return true;
}

/// C := Hash(Construction); H := Hash(Hash(C || Identifier) || Sr)
Transcript begin(const PublicKey &responder)
{
    Transcript transcript;
    const Blake2sDigest construction = blake2s({asBytes(Construction)});
    transcript.chainingKey = Secret<32>(construction);
    transcript.hash = blake2s({construction, asBytes(Identifier)});
    mixHash(transcript, responder.bytes());
    return transcript;
}

/// An ephemeral key enters: C := Kdf1(C, E); H := Hash(H || E)
void mixEphemeral(Transcript &transcript, ByteSpan ephemeral)
{
    mixKey(transcript, ephemeral);
    mixHash(transcript, ephemeral);
}

/// The preshared key enters: (C, t, k) := Kdf3(C, Q); H := Hash(H || t)
Secret<32> mixPreshared(Transcript &transcript, const Secret<32> &preshared)
{
    Secret<32> temporary;
    Secret<32> key;
    hkdfBlake2s(transcript.chainingKey, preshared.bytes(),
                {&transcript.chainingKey, &temporary, &key});
    mixHash(transcript, temporary.bytes());
    return key;
}

/// The initiator's sending key, then its receiving one: Kdf2(C, nothing)
void split(const Transcript &transcript, Secret<32> &first, Secret<32> &second)
{
    hkdfBlake2s(transcript.chainingKey, {}, {&first, &second});
}

KeyBytes keyBytes(const PublicKey &key)
{
    KeyBytes bytes{};
    std::copy(key.bytes().begin(), key.bytes().end(), bytes.begin());
    return bytes;
}

} // namespace

std::optional<Initiation> makeInitiation(const PublicKey &own, const PeerKeys &peer, Index sender,
                                         const Tai64n &time, Secret<32> ephemeral,
                                         PendingInitiation &pending)
{
    Initiation message;
    message.sender = sender;
    Transcript transcript = begin(peer.publicKey);

    const PrivateKey key(ephemeral.copy());
    message.ephemeral = keyBytes(key.publicKey());
    mixEphemeral(transcript, message.ephemeral);

    // (C, k) := Kdf2(C, DH(Ei, Sr)), which hides who we are
    const Result<Secret<32>> shared = key.sharedSecret(peer.publicKey);
    if (!shared)
        return std::nullopt;
    sealAndHash(transcript, mixKeyAndDerive(transcript, shared->bytes()), own.bytes(),
                message.sealedKey);

    // (C, k) := Kdf2(C, DH(Si, Sr)), which proves it
    sealAndHash(transcript, mixKeyAndDerive(transcript, peer.staticStatic.bytes()), time,
                message.sealedTime);

    pending.transcript = std::move(transcript);
    pending.ephemeral = std::move(ephemeral);
    return message;
}

std::optional<ReceivedInitiation> readInitiator(const PrivateKey &own, const PublicKey &ownPublic,
                                                const Initiation &message)
{
    ReceivedInitiation received;
    received.sender = message.sender;
    received.ephemeral = PublicKey(message.ephemeral);
    received.transcript = begin(ownPublic);
    mixEphemeral(received.transcript, message.ephemeral);

    const Result<Secret<32>> shared = own.sharedSecret(received.ephemeral);
    if (!shared)
        return std::nullopt;
    KeyBytes initiator{};
    if (!openAndHash(received.transcript, mixKeyAndDerive(received.transcript, shared->bytes()),
                     message.sealedKey, initiator))
        return std::nullopt;
    received.initiator = PublicKey(initiator);
    return received;
}

std::optional<Tai64n> readTime(const PeerKeys &peer, const Initiation &message,
                               ReceivedInitiation &received)
{
    Tai64n time{};
    const Secret<32> key = mixKeyAndDerive(received.transcript, peer.staticStatic.bytes());
    if (!openAndHash(received.transcript, key, message.sealedTime, time))
        return std::nullopt;
    return time;
}

std::optional<Response> makeResponse(const PeerKeys &peer, ReceivedInitiation &received,
                                     Index sender, Secret<32> ephemeral, SessionKeys &keys)
{
    Response message;
    message.sender = sender;
    message.receiver = received.sender;
    Transcript &transcript = received.transcript;

    const PrivateKey key(std::move(ephemeral));
    message.ephemeral = keyBytes(key.publicKey());
    mixEphemeral(transcript, message.ephemeral);

    // C := Kdf1(C, DH(Er, Ei)); C := Kdf1(C, DH(Er, Si))
    const Result<Secret<32>> ephemerals = key.sharedSecret(received.ephemeral);
    const Result<Secret<32>> withStatic = key.sharedSecret(peer.publicKey);
    if (!ephemerals || !withStatic)
        return std::nullopt;
    mixKey(transcript, ephemerals->bytes());
    mixKey(transcript, withStatic->bytes());

    sealAndHash(transcript, mixPreshared(transcript, peer.preshared), {}, message.sealedNothing);
    split(transcript, keys.receiving, keys.sending);
    return message;
}

std::optional<SessionKeys> readResponse(const PrivateKey &own, const PeerKeys &peer,
                                        const PendingInitiation &pending, const Response &message)
{
    Transcript transcript{pending.transcript.chainingKey.copy(), pending.transcript.hash};
    mixEphemeral(transcript, message.ephemeral);

    // C := Kdf1(C, DH(Ei, Er)); C := Kdf1(C, DH(Si, Er))
    const PublicKey responder(message.ephemeral);
    const Result<Secret<32>> ephemerals =
        PrivateKey(pending.ephemeral.copy()).sharedSecret(responder);
    const Result<Secret<32>> withStatic = own.sharedSecret(responder);
    if (!ephemerals || !withStatic)
        return std::nullopt;
    mixKey(transcript, ephemerals->bytes());
    mixKey(transcript, withStatic->bytes());

    if (!openAndHash(transcript, mixPreshared(transcript, peer.preshared), message.sealedNothing,
                     {}))
        return std::nullopt;
    SessionKeys keys;
    split(transcript, keys.sending, keys.receiving);
    return keys;
}

} // namespace higgs::wireguard
