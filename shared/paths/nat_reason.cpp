// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/nat_reason.h"

namespace higgs {

using protocol::NatType;
using protocol::PathReason;

namespace {

bool isSymmetric(NatType type)
{
    return type == NatType::Symmetric;
}

/// Lets in answers alone, from the very port that was asked.
bool isStrict(NatType type)
{
    return type == NatType::PortRestricted || type == NatType::Firewalled;
}

} // namespace

std::optional<PathReason> natReason(NatType own, NatType peer)
{
    if (own == NatType::Blocked)
        return PathReason::UdpBlocked;
    if (peer == NatType::Blocked)
        return PathReason::PeerCannot;
    if (isSymmetric(own) && isSymmetric(peer))
        return PathReason::BothSymmetric;
    if ((isSymmetric(own) && isStrict(peer)) || (isSymmetric(peer) && isStrict(own)))
        return PathReason::SymmetricBehindStrict;
    return std::nullopt;
}

} // namespace higgs
