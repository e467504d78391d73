// SPDX-License-Identifier: GPL-3.0-or-later
// Why the daemon did not do what was asked, in a sentence for people.
#pragma once

#include "shared/base/result.h"

#include <QString>

namespace higgs::widgets {

/// By its code alone: the daemon's own English is for the report of the diagnostics
/// (DaemonLine::lastRefusal).
QString refusalText(const Error &error);

} // namespace higgs::widgets
