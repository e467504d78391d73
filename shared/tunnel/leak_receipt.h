// SPDX-License-Identifier: GPL-3.0-or-later
// The receipt of a block: what left outside the tunnel while it stood, from the kernel's own
// counters, and what was kept from leaving.
#pragma once

#include "shared/base/clock.h"
#include "shared/tunnel/leak_rules.h"

#include <optional>
#include <string>

namespace higgs {

struct LeakReceipt
{
    WallTime since;
    std::optional<WallTime> until; ///< none: the block stands, and is counted
    Milliseconds length{0};        ///< by a clock that nobody sets, the machine's sleep included
    /// How often somebody took the counters away. What was counted since the last look is lost
    /// then, and what came until they stood again is not counted.
    unsigned gaps = 0;
    LeakFigures figures;
};

/// Keeps the table while a block stands. One thread; each call takes some milliseconds at most
/// where the table has to be made, else what a question to the kernel takes. No failure keeps a
/// block from standing: there is no receipt then.
class LeakCounting
{
public:
    /// The block stands with these rules: counts from now on, or goes on counting. What a
    /// predecessor counted is forgotten. True: tables of nftables were changed.
    bool keep(const ClientNetworkOptions &options, bool excludes, const ClientSurroundings &around);
    /// The kernel still has the counters: else they are made again, with a gap.
    void verify();
    /// Before the table goes, which is the caller's to remove.
    void look();
    /// The block has gone, and the table with it: what was seen last is what there is.
    void close();

    /// With the figures of this moment; after close() those of the last one. nullopt: nothing was
    /// counted, as no block stood yet, or as the kernel cannot.
    [[nodiscard]] std::optional<LeakReceipt> receipt() const;

private:
    std::string m_rules;                  ///< that stand; empty: none
    std::optional<LeakReceipt> m_receipt; ///< figures: without `m_current`
    LeakFigures m_current;                ///< of the counters that stand, as last seen
    BootTime m_begun;
    bool m_cannot = false;
    bool m_gone = false; ///< somebody took them away, and they do not stand again yet
};

} // namespace higgs
