// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/route_cache.h"

namespace higgs::server {

namespace {

constexpr std::string_view Digits = "0123456789abcdef";
constexpr std::array<std::size_t, 4> Dashes = {4, 6, 8, 10}; // before these bytes

std::array<std::uint8_t, 16> packed(const RouteId &id)
{
    std::array<std::uint8_t, 16> bytes{};
    std::size_t at = 0;
    for (const char c : id.text()) {
        if (c == '-')
            continue;
        bytes[at / 2] = static_cast<std::uint8_t>(bytes[at / 2] << 4U | Digits.find(c));
        ++at;
    }
    return bytes;
}

RouteId unpacked(const std::array<std::uint8_t, 16> &bytes)
{
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const std::size_t dash : Dashes) {
            if (i == dash)
                text += '-';
        }
        text += Digits[bytes[i] >> 4U];
        text += Digits[bytes[i] & 15U];
    }
    return *RouteId::parse(text);
}

} // namespace

void InProcessRouteCache::makeRoom(Monotonic now)
{
    const std::size_t most = m_limits.routeCacheBytes / BytesOfEntry;
    while (!m_byAge.empty()) {
        const auto oldest = m_ids.find(m_byAge.front());
        if (oldest->second.until > now && m_ids.size() < most)
            break;
        m_ids.erase(oldest);
        m_byAge.pop_front();
    }
}

RouteId InProcessRouteCache::routeId(Monotonic now, const RouteKey &key, const RouteId &fresh)
{
    const auto found = m_ids.find(key);
    if (found != m_ids.end() && found->second.until > now)
        return unpacked(found->second.id);
    makeRoom(now); // it has expired, and so goes with it
    m_ids[key] = {packed(fresh), now + RouteCacheLife};
    m_byAge.push_back(key);
    return fresh;
}

} // namespace higgs::server
