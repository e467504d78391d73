// SPDX-License-Identifier: GPL-3.0-or-later
// The access keys that are in force, when they were used, and what their sessions may relay.
#pragma once

#include "server/relay/relay_quota.h"
#include "server/storage/records.h"

#include <map>
#include <memory>
#include <unordered_map>

namespace higgs::server {

/// Of the control thread.
class AccessKeys
{
public:
    using Uses = std::map<std::string, WallTime>;

    /// All that there are now. Those before.
    std::vector<AccessKeyRecord> take(std::vector<AccessKeyRecord> keys);
    [[nodiscard]] const std::vector<AccessKeyRecord> &all() const { return m_keys; }
    /// In constant time but for the number of keys. Null: none of that digest, or one whose time
    /// is over.
    [[nodiscard]] const AccessKeyRecord *find(std::string_view digest, WallTime now) const;
    /// Whether the time of one was over after `since` and until `now`.
    [[nodiscard]] bool anyExpires(WallTime since, WallTime now) const;

    /// Somebody has shown it. Known by the hour, and to the storage when takeUses() has it.
    void used(const std::string &name, WallTime now);
    [[nodiscard]] Uses takeUses() { return std::exchange(m_uses, {}); }
    /// The storage did not take them.
    void putBack(const Uses &uses);

    /// What the sessions of this group's key share; null: no key, or no bound. The same object as
    /// long as the key has a bound; another bound is in force for sessions that are open, too.
    [[nodiscard]] std::shared_ptr<relay::RelayQuota> quotaOf(std::string_view clientGroup) const;

private:
    void setQuotas();

    std::vector<AccessKeyRecord> m_keys;
    Uses m_uses;
    std::unordered_map<std::string, std::shared_ptr<relay::RelayQuota>> m_quotas; ///< by key part
};

} // namespace higgs::server
