// SPDX-License-Identifier: GPL-3.0-or-later
// The node's lasting identity: its id and its WireGuard key, kept in the data directory.
#pragma once

#include "shared/base/ids.h"
#include "shared/crypto/keys.h"

#include <string>

namespace higgs::node {

struct Identity
{
    NodeId id;
    PrivateKey key;
};

/// Reads `identity.key` and `node-id` in `dataDir`, or makes both when neither exists. The key
/// file is 0600 and is refused when others may read it. A damaged file is an error, never replaced:
/// a new identity would be a new node, and that is the owner's decision.
Result<Identity> loadOrCreateIdentity(const std::string &dataDir);

} // namespace higgs::node
