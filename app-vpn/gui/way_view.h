// SPDX-License-Identifier: GPL-3.0-or-later
// The way of the traffic in four steps, and how far it stands. Pure.
#pragma once

#include "app-vpn/gui/client_view.h"

#include <array>

namespace higgs::vpn {

enum class StepState : std::uint8_t {
    Ahead,  ///< nothing is known of it yet
    Active, ///< it is worked on now
    Done,
    Broken, ///< the way ends before it
};

/// You, the server, the home, the site.
constexpr std::size_t WaySteps = 4;

struct WayView
{
    std::array<StepState, WaySteps> steps{};

    /// There is something to see: a tunnel is wanted, and does not stand.
    bool worthShowing = false;

    friend bool operator==(const WayView &, const WayView &) = default;
};

WayView wayOf(const ClientView &view);

} // namespace higgs::vpn
