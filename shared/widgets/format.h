// SPDX-License-Identifier: GPL-3.0-or-later
// Figures in words: sizes, rates, durations, latencies, as the locale writes them. Pure.
#pragma once

#include <QLocale>
#include <QString>
#include <chrono>

namespace higgs::widgets {

/// "0 B", "12.4 MB": powers of a thousand, at most one decimal.
QString bytesText(quint64 bytes, const QLocale &locale = QLocale());
/// "12.4 MB/s"
QString rateText(double bytesPerSecond, const QLocale &locale = QLocale());
/// A clock: "0:42", "12:05", "3:04:05", "2 d 3:04:05". Never negative.
QString clockText(std::chrono::milliseconds duration, const QLocale &locale = QLocale());
/// In words, to the minute: "less than a minute", "5 minutes", "3 h 20 min", "2 d 3 h".
QString roughText(std::chrono::milliseconds duration, const QLocale &locale = QLocale());
/// Whole milliseconds, from 1 ms on: "9 ms"; from a second on "1.2 s".
QString latencyText(double milliseconds, const QLocale &locale = QLocale());
/// "63%" or "63 %"; `share` is kept within 0..1.
QString percentText(double share, const QLocale &locale = QLocale());

} // namespace higgs::widgets
