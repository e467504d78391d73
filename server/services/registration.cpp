// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/registration.h"

#include "server/services/candidates.h"

namespace higgs::server {

bool proofIsFresh(const Clocks &now, WallTime timestamp, const SpentProofs &spent)
{
    // Plain comparisons: differences of hostile timestamps could overflow.
    return timestamp >= now.wall - ProofWindow && timestamp <= now.wall + ProofWindow &&
           spent.admits(now, timestamp.ms);
}

RegistrationVerdict judgeRegistration(const NodeRegistry &registry, const RegistrationClaim &claim)
{
    if (claim.proof == ProofState::Wrong)
        return RegistrationVerdict::InvalidProof;
    const Node *holder = registry.findByKey(claim.key);
    if (holder != nullptr && holder->record.id != claim.node)
        return RegistrationVerdict::KeyAlreadyRegistered;
    const Node *known = registry.find(claim.node);
    if (known == nullptr)
        return RegistrationVerdict::New;
    const bool proven = claim.proof == ProofState::Good;
    if (known->record.publicKey == claim.key)
        return proven || claim.tokenIsNodes ? RegistrationVerdict::Renewed
                                            : RegistrationVerdict::AlreadyRegistered;
    return proven && claim.tokenIsNodes ? RegistrationVerdict::NewKey
                                        : RegistrationVerdict::AlreadyRegistered;
}

NodeRecord makeNodeRecord(WallTime now, const IpAddress &from,
                          const protocol::RegisterRequest &request, const Node *existing,
                          RegistrationVerdict verdict, bool needsApproval,
                          const std::string &generation)
{
    NodeRecord record;
    record.id = request.nodeId;
    record.publicKey = request.publicKey;
    record.natType = request.networkInfo.natType;
    record.localPort = request.networkInfo.localPort;
    record.ipv4 = request.networkInfo.ipv4;
    record.ipv6 = request.networkInfo.ipv6;
    SeenAt seen = from;
    if (existing != nullptr && verdict == RegistrationVerdict::Renewed) {
        seen.note(existing->seen);
        seen.note(from);
    }
    record.mapped = tellableMapped(request.networkInfo.stunMappedAddress, seen);
    record.from = from.unmapped();
    const auto &can = request.capabilities;
    record.maxConnections =
        can.routing.value_or(true) && can.natting.value_or(true) ? can.maxConnections : 0;
    if (request.capabilities.bandwidth) {
        record.bandwidthUp = request.capabilities.bandwidth->up;
        record.bandwidthDown = request.capabilities.bandwidth->down;
    }
    record.country = request.location.country;
    record.region = request.location.region.value_or("");
    if (request.location.coordinates) {
        record.latitude = request.location.coordinates->latitude;
        record.longitude = request.location.coordinates->longitude;
    }
    record.heartbeatInterval = request.heartbeatInterval;
    record.lastSeen = now;
    record.approved = existing != nullptr ? existing->record.approved : !needsApproval;
    record.maintenance = existing != nullptr && existing->record.maintenance;
    record.registeredAt = existing != nullptr ? existing->record.registeredAt : now;
    record.lastProof = existing != nullptr ? existing->record.lastProof : 0;
    if (request.proof)
        record.lastProof = request.proof->timestamp.ms;
    const bool keepsTokens = existing != nullptr && verdict == RegistrationVerdict::Renewed;
    record.tokenGeneration = keepsTokens ? existing->record.tokenGeneration : generation;
    return record;
}

} // namespace higgs::server
