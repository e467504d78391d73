// SPDX-License-Identifier: GPL-3.0-or-later
// Why the daemon did not do what was asked, in a sentence for people.
#pragma once

#include "shared/base/result.h"

#include <QString>

namespace higgs::widgets {

/// The daemon's own English stands behind our words, where it says more than they do.
QString refusalText(const Error &error);

} // namespace higgs::widgets
