// SPDX-License-Identifier: GPL-3.0-or-later
// Whom the operator keeps out: access keys, nodes, addresses and networks, for a time or for good.
#pragma once

#include "server/storage/records.h"

#include <set>
#include <string_view>
#include <unordered_map>

namespace higgs::server {

/// What is banned with an address: an IPv6 address has company, as who has one of a /64 has it all.
IpPrefix bannedWith(const IpAddress &address);

/// Pure: time comes as an argument. A ban ends by the clock that no step moves, as long as the
/// process lives that has read it.
class BanList
{
public:
    /// All that is in force now; one that is known already keeps its end.
    void take(const Clocks &now, std::vector<BanRecord> records);

    [[nodiscard]] bool hasKey(BootTime now, std::string_view name) const;
    [[nodiscard]] bool hasAddress(BootTime now, const IpAddress &address) const;
    /// By its id, or by the public key that it had when it was banned.
    [[nodiscard]] const BanRecord *findNode(BootTime now, const NodeId &id,
                                            const protocol::KeyText &key) const;
    [[nodiscard]] bool empty() const { return m_bans.empty(); }

private:
    struct Ban
    {
        BanRecord record;
        std::optional<BootTime> until;
    };

    [[nodiscard]] const Ban *find(BootTime now, BanRecord::Kind kind,
                                  std::string_view subject) const;

    std::unordered_map<std::string, Ban> m_bans;             ///< by kind and subject
    std::unordered_map<std::string, std::string> m_nodeKeys; ///< public key to the node's id
    std::set<unsigned> m_lengths4;                           ///< of the networks that are banned
    std::set<unsigned> m_lengths6;
};

} // namespace higgs::server
