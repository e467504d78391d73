// SPDX-License-Identifier: GPL-3.0-or-later
// Judges the tunnel by the probes of the last minute's half: answers, losses, jitter. Pure.
#pragma once

#include "app-vpn/engine/client_status.h"

#include <deque>
#include <optional>

namespace higgs::vpn {

class LinkHealth
{
public:
    void answered(double rttMs);
    void missed();

    /// NoSignal when the last probe stayed without an answer; Unstable with more than one loss
    /// among the last probes, or where round trips differ much from one to the next.
    [[nodiscard]] Health now() const;

private:
    static constexpr std::size_t Window = 15; ///< probes, one every 2 s
    static constexpr std::size_t TolerableLosses = 1;
    /// Mean difference of neighbours. A person on the phone hears this.
    static constexpr double TolerableJitterMs = 30;

    void add(std::optional<double> rttMs);

    std::deque<std::optional<double>> m_probes; ///< none: missed
};

} // namespace higgs::vpn
