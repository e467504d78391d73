// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/access_keys.h"

#include "shared/base/bytes.h"
#include "shared/base/secret.h"

#include <algorithm>
#include <utility>

namespace higgs::server {

namespace {

constexpr std::int64_t HourMs = 3'600'000;
constexpr std::uint64_t BytesInMegabit = 125'000;

} // namespace

std::vector<AccessKeyRecord> AccessKeys::take(std::vector<AccessKeyRecord> keys)
{
    std::vector<AccessKeyRecord> before = std::exchange(m_keys, std::move(keys));
    for (AccessKeyRecord &key : m_keys) {
        if (const auto use = m_uses.find(key.name); use != m_uses.end())
            key.lastUsed = use->second;
    }
    setQuotas();
    return before;
}

void AccessKeys::setQuotas()
{
    auto old = std::exchange(m_quotas, {});
    // Of every key, also one without a bound: sessions that are open keep hold of theirs, and a
    // bound may come later.
    for (const AccessKeyRecord &key : m_keys) {
        const std::string part = clientGroupOfKey(key.name);
        const std::uint64_t rate = key.relayMbps.value_or(0) * BytesInMegabit;
        auto &quota = m_quotas[part] = std::move(old[part]);
        if (quota)
            quota->setRate(rate);
        else
            quota = std::make_shared<relay::RelayQuota>(rate);
    }
    // Sessions that are open have it still, and are bound by it no more.
    for (const auto &[part, quota] : old) {
        if (quota)
            quota->setRate(0);
    }
}

const AccessKeyRecord *AccessKeys::find(std::string_view digest, WallTime now) const
{
    const AccessKeyRecord *found = nullptr;
    for (const AccessKeyRecord &key : m_keys) {
        if (equalConstantTime(asBytes(digest), asBytes(key.digest)))
            found = &key;
    }
    return found == nullptr || found->isExpired(now) ? nullptr : found;
}

bool AccessKeys::anyExpires(WallTime since, WallTime now) const
{
    return std::any_of(m_keys.begin(), m_keys.end(), [since, now](const AccessKeyRecord &key) {
        return key.isExpired(now) && !key.isExpired(since);
    });
}

void AccessKeys::used(const std::string &name, WallTime now)
{
    const WallTime hour{now.ms - now.ms % HourMs};
    const auto key =
        std::find_if(m_keys.begin(), m_keys.end(),
                     [&name](const AccessKeyRecord &each) { return each.name == name; });
    if (key == m_keys.end() || key->lastUsed == hour)
        return;
    key->lastUsed = hour;
    m_uses[name] = hour;
}

void AccessKeys::putBack(const Uses &uses)
{
    m_uses.insert(uses.begin(), uses.end());
}

std::shared_ptr<relay::RelayQuota> AccessKeys::quotaOf(std::string_view clientGroup) const
{
    const auto found = m_quotas.find(std::string(keyPartOf(clientGroup)));
    return found == m_quotas.end() ? nullptr : found->second;
}

} // namespace higgs::server
