// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/proof.h"

#include <string>

namespace higgs {

Result<Mac256> registrationMac(const PrivateKey &own, const PublicKey &peer, const NodeId &node,
                               const PublicKey &nodeKey, WallTime timestamp)
{
    constexpr std::string_view purpose = "higgs-registration-v1";
    const Result<Secret<PrivateKey::Size>> shared = own.sharedSecret(peer);
    if (!shared)
        return unexpected(shared.error());
    const std::string message =
        node.text() + "\n" + nodeKey.toBase64() + "\n" + std::to_string(timestamp.ms);
    Mac256 derived = hmacSha256(shared->bytes(), asBytes(purpose));
    const Mac256 mac = hmacSha256(derived, asBytes(message));
    wipe(derived);
    return mac;
}

Result<void> verifyRegistrationMac(const PrivateKey &server, const NodeId &node,
                                   const PublicKey &nodeKey, WallTime timestamp, const Mac256 &mac,
                                   WallTime now)
{
    // Compared by ends, not by difference: the timestamp is the other side's and may be anything.
    if (timestamp < now - ProofTolerance || timestamp > now + ProofTolerance)
        return unexpected(ErrorCode::Unauthorized, "a proof out of time");
    const Result<Mac256> expected = registrationMac(server, nodeKey, node, nodeKey, timestamp);
    if (!expected || !equalConstantTime(*expected, mac))
        return unexpected(ErrorCode::Unauthorized, "a wrong proof");
    return {};
}

} // namespace higgs
