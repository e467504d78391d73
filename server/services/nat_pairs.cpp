// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/nat_pairs.h"

namespace higgs::server {

using protocol::NatType;

namespace {

// Filters by address and port, so it needs to know the other's port before: a symmetric peer has
// a new one for each destination.
bool needsKnownPort(NatType type)
{
    return type == NatType::Symmetric || type == NatType::PortRestricted ||
           type == NatType::Firewalled;
}

} // namespace

bool directIsExpected(NatType a, NatType b)
{
    for (const NatType type : {a, b}) {
        if (type == NatType::Blocked || type == NatType::Unknown)
            return false;
    }
    const bool symmetric = a == NatType::Symmetric || b == NatType::Symmetric;
    return !(symmetric && needsKnownPort(a) && needsKnownPort(b));
}

} // namespace higgs::server
