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

} // namespace higgs::vpn
