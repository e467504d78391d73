// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/wireguard/replay_window.h"

#include <algorithm>

namespace higgs::wireguard {

bool ReplayWindow::isNew(std::uint64_t counter) const
{
    if (counter >= m_next)
        return true;
    if (m_next - 1 - counter >= Size)
        return false; // too old to be told from one that has come
    return (m_seen[block(counter)] & bit(counter)) == 0;
}

bool ReplayWindow::accept(std::uint64_t counter)
{
    if (!isNew(counter))
        return false;
    if (counter >= m_next) {
        // Blocks that are entered now still hold what came a turn of the ring ago. The first
        // counter of all enters block 0, which is empty.
        const std::uint64_t current = m_next == 0 ? 0 : (m_next - 1) / 64;
        const std::uint64_t entered = std::min<std::uint64_t>(counter / 64 - current, Blocks);
        for (std::uint64_t i = 1; i <= entered; ++i)
            m_seen[(current + i) % Blocks] = 0;
        m_next = counter + 1;
    }
    m_seen[block(counter)] |= bit(counter);
    return true;
}

} // namespace higgs::wireguard
