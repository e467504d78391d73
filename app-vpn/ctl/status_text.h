// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's answers laid out for a terminal. Pure: JSON and the time in, text out.
#pragma once

#include "shared/base/clock.h"
#include "shared/control/rpc.h"

#include <string>

namespace higgs::vpn {

/// Several lines, without the last newline.
std::string statusText(const control::Json &status, WallTime now);

/// A table of countries, nearest first.
std::string countriesText(const control::Json &answer);

/// "the server does not answer: ...", or empty when there is no problem.
std::string problemLine(const control::Json &status);

/// Why the exit is still the one of before; empty: nothing was asked for in vain.
std::string switchFaultLine(const control::Json &status);

/// True when the tunnel is down as asked and lockdown keeps the line closed.
bool isLockedDown(const control::Json &status);

/// Local time of day of status.pausedUntil ("14:32"); empty when there is no pause.
std::string pauseEnd(const control::Json &status);

/// "2026-11-23 14:32:05 warning vpnd ..." a line, without the last newline.
std::string logText(const control::Json &answer);

} // namespace higgs::vpn
