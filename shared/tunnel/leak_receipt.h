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
    std::optional<WallTime> until; ///< none: the block stands
    Milliseconds length{0};        ///< by a clock that nobody sets, the machine's sleep included
    bool counting = false;         ///< at this moment
    /// The counters stood when this service started, and their figures with them: of a block whose
    /// service had ended. `since` and `length` are of this one.
    bool inherited = false;
    /// How often somebody took the counters away, or had them count something else.
    unsigned gaps = 0;
    /// From the last look before each gap until they stood again: nothing is known of that time.
    Milliseconds unknown{0};
    LeakFigures figures;
};

/// Keeps the table while a block stands. One thread; each call takes some milliseconds at most
/// where the table has to be made or read, else what a question to the kernel takes. No failure
/// keeps a block from standing: there is no receipt then.
class LeakCounting
{
public:
    /// The block stands with these rules: counts from now on, or goes on counting. True: tables of
    /// nftables were changed.
    bool keep(const ClientNetworkOptions &options, const BlockPolicy &policy, bool excludes,
              const ClientSurroundings &around);
    /// The kernel still has the table, and nobody has changed it: else it is made again, with a
    /// gap.
    void verify();
    /// What is counted so far is known even if somebody takes the counters away in a moment: to be
    /// called every few seconds, and before the table goes, which is the caller's to remove. False:
    /// verify().
    bool look();
    /// The block has gone, and the table with it: what was seen last is what there is.
    void close();

    /// With the figures of this moment; after close() those of the last one. nullopt: nothing was
    /// counted, as no block stood yet, or as the kernel cannot.
    [[nodiscard]] std::optional<LeakReceipt> receipt() const;

private:
    bool make(const std::string &before);
    void lose(const LeakFigures &now);

    std::string m_rules;                  ///< that are to stand; empty: none
    std::string m_text;                   ///< of the table, as it was made
    std::optional<LeakReceipt> m_receipt; ///< figures: without `m_current`
    LeakFigures m_current;                ///< of the counters that stand, as last seen
    BootTime m_begun;
    BootTime m_seen;                           ///< when the counters were whole
    std::optional<std::uint32_t> m_generation; ///< of nftables, with the table as it was made
    bool m_stands = false;
    bool m_told = false; ///< that they cannot be made
};

} // namespace higgs
