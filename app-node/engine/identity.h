// SPDX-License-Identifier: GPL-3.0-or-later
// The node's lasting identity: its id and its WireGuard key, kept in the data directory; another
// one for each server.
#pragma once

#include "shared/base/ids.h"
#include "shared/crypto/keys.h"
#include "shared/net/server_trust.h"

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

/// Whom a home is known to by an identity.
struct KnownTo
{
    std::string host; ///< as in the settings
    std::uint16_t port = 0;
    std::optional<CertificateFingerprint> pin; ///< none: known by its name and an authority
};

/// The identity of this home at one server, which no other server sees: a proof of the key is good
/// at the server that named its own key for it, and a server can name another one's. The first
/// server has the files of `dataDir` itself, each other a directory in `identities`; `known-to`
/// beside them says whose they are. The same certificate is the same server, and so is the same
/// name and port where an authority vouches for it; another pin is another server. Without a host:
/// what the first server has, or will have. System where that cannot be written down: an identity
/// without an owner would be shown to the next server, too.
Result<Identity> identityFor(const std::string &dataDir, const KnownTo &server);

} // namespace higgs::node
