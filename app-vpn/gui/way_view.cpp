// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/way_view.h"

#include <optional>

namespace higgs::vpn {

namespace {

constexpr std::size_t You = 0;
constexpr std::size_t Server = 1;
constexpr std::size_t Home = 2;
constexpr std::size_t Site = 3;

/// The step that a problem keeps the traffic from; none: it is of no step.
std::optional<std::size_t> brokenAt(Problem problem)
{
    switch (problem) {
    case Problem::NoPermission:
    case Problem::TunnelFailed:
    case Problem::DnsFailed:
    case Problem::NotRestored:
        return You;
    case Problem::ServerUnreachable:
    case Problem::ServerUntrusted:
    case Problem::CertificateDates:
    case Problem::ServerBusy:
    case Problem::ServerRefused:
    case Problem::AccessDenied:
    case Problem::TooManySessions:
        return Server;
    case Problem::NoNodeOnline:
    case Problem::NoMatchingNode:
    case Problem::UnknownNode:
    case Problem::NodeOffline:
    case Problem::NodeLost:
    case Problem::PathNotAvailable:
        return Home;
    case Problem::None:
    case Problem::NoServer:
    case Problem::Lockdown:
    case Problem::Unknown:
        break;
    }
    return std::nullopt;
}

/// How many steps stand, from the first one on.
std::size_t reached(const ClientView &view)
{
    if (view.path != PathKind::None)
        return Site; // through the home; the site is what the first answer shows
    return view.sessionId.isEmpty() ? Server : Home;
}

} // namespace

WayView wayOf(const ClientView &view)
{
    WayView way;
    const bool trying = view.state == State::Connecting || view.state == State::Reconnecting;
    way.worthShowing = trying || (view.state == State::Blocked && brokenAt(view.problem));
    if (!way.worthShowing)
        return way;
    const std::optional<std::size_t> broken = brokenAt(view.problem);
    const std::size_t done = broken ? *broken : reached(view);
    for (std::size_t i = 0; i < done; ++i)
        way.steps[i] = StepState::Done;
    way.steps[done] = broken ? StepState::Broken : StepState::Active;
    return way;
}

} // namespace higgs::vpn
