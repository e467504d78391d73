// SPDX-License-Identifier: GPL-3.0-or-later
// What was shared in an hour, for its owner, and a letter about it to a provider. Pure.
#pragma once

#include "app-node/tray/shared_hour.h"

#include <QLocale>
#include <QString>

namespace higgs::node {

/// "3 November 2026, 14:00 to 15:00", in the time of this computer or in UTC.
QString hourText(const SharedHour &hour, Qt::TimeSpec zone, const QLocale &locale = QLocale());
/// A sentence or two.
QString sharedText(const SharedHour &hour, const QLocale &locale = QLocale());
/// In the window's language. `at`: the moment that the provider names; `server`: the operator's
/// host, or empty.
QString providerLetter(const SharedHour &hour, WallTime at, const QString &server,
                       const QLocale &locale = QLocale());

} // namespace higgs::node
