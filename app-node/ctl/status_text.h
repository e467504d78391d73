// SPDX-License-Identifier: GPL-3.0-or-later
// The node daemon's answers laid out for a terminal, its codes as sentences. Pure.
#pragma once

#include "shared/base/clock.h"
#include "shared/control/rpc.h"

#include <string>
#include <string_view>

namespace higgs::node {

/// Several lines, without the last newline.
std::string statusText(const control::Json &status);
std::string guestsText(const control::Json &answer, WallTime now);
std::string limitsText(const control::Json &limits);

/// " New guests are not taken ..." for a status that is limited, else empty.
std::string limitSentence(const control::Json &status);
std::string historyText(const control::Json &answer);
std::string hoursText(const control::Json &answer);
std::string safetyText(const control::Json &answer);
std::string logText(const control::Json &answer);
/// One line a weekday, one letter an hour.
std::string scheduleText(const control::Json &limits);

/// Why the node does not share, with what can be done; empty when there is no problem.
std::string problemLine(const control::Json &status);

/// Small pieces of the layout.
std::string padded(std::string text, std::size_t width);
std::string localTimeText(std::uint64_t ms);
control::Json memberOf(const control::Json &object, const char *name);

} // namespace higgs::node
