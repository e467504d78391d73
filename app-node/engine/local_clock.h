// SPDX-License-Identifier: GPL-3.0-or-later
// The machine's local time zone, for the limits: what clock it is at a moment, and the other way.
#pragma once

#include "app-node/engine/sharing_policy.h"

namespace higgs::node {

LocalTime localTimeOf(WallTime time);
/// In the hour that summer time leaves out or repeats: one of the moments that it could mean.
WallTime wallTimeOf(LocalTime time);
/// The first moment from `now` on at which the clock shows `time`, which is to come: in the hour
/// that is repeated the clock has shown it already, and will again.
WallTime comingWallTimeOf(LocalTime time, WallTime now);

} // namespace higgs::node
