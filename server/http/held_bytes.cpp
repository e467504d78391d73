// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/held_bytes.h"

namespace higgs::server {

namespace {

// When the whole is used up, whoever holds less than this part of a share is not to blame.
constexpr std::size_t BlamelessPart = 8;

} // namespace

void HeldBytes::change(const IpAddress &network, std::size_t before, std::size_t after)
{
    if (before == after)
        return;
    m_total += after - before;
    const auto entry = m_held.try_emplace(network, 0).first;
    entry->second += after - before;
    if (entry->second == 0)
        m_held.erase(entry);
}

bool HeldBytes::isOver(const IpAddress &network) const
{
    const std::size_t own = of(network);
    return own > m_limits.heldBytesPerAddress ||
           (m_total > m_limits.heldBytes && own > m_limits.heldBytesPerAddress / BlamelessPart);
}

bool HeldBytes::isHalfUsed(const IpAddress &network) const
{
    return of(network) > m_limits.heldBytesPerAddress / 2 || isOver(network);
}

std::size_t HeldBytes::of(const IpAddress &network) const
{
    const auto found = m_held.find(network);
    return found == m_held.end() ? 0 : found->second;
}

} // namespace higgs::server
