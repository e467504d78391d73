// SPDX-License-Identifier: GPL-3.0-or-later
// Moments, rates and shares as this window writes them, by the locale. Pure.
#pragma once

#include "shared/base/clock.h"

#include <QLocale>
#include <QString>

namespace higgs::node {

/// A moment as people say it, seen from `now`, to stand after a verb: "at 14:30", "tomorrow at
/// 06:00", "on Monday at 18:00", "on 1 December". For what is to come.
QString comingText(WallTime moment, WallTime now, const QLocale &locale = QLocale());
/// For what was: "just now", "12 minutes ago", "today at 14:30", "yesterday at 06:00",
/// "1 November at 18:00".
QString pastText(WallTime moment, WallTime now, const QLocale &locale = QLocale());
/// The same where there is little room, and without a word that changes as time passes: "at 14:30",
/// "yesterday", "on 1 November".
QString shortPastText(WallTime moment, WallTime now, const QLocale &locale = QLocale());
/// "20 Mbit/s", "0.5 Mbit/s".
QString mbitText(double mbps, const QLocale &locale = QLocale());

} // namespace higgs::node
