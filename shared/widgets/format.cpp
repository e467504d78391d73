// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/format.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace higgs::widgets {

namespace {

constexpr double Thousand = 1000;
constexpr double OneDecimalBelow = 100; // "99.5 MB", then "123 MB"
constexpr int MinuteSeconds = 60;
constexpr int HourSeconds = 3600;
constexpr int DaySeconds = 86400;

struct Format
{
    Q_DECLARE_TR_FUNCTIONS(Format)
};

QString amount(double value, const QLocale &locale)
{
    const bool decimal = value < OneDecimalBelow && std::fmod(std::round(value * 10), 10) != 0;
    return locale.toString(value, 'f', decimal ? 1 : 0);
}

QString padded(qint64 value)
{
    return QString::number(value).rightJustified(2, u'0');
}

/// Four sizes are enough: what passes a line is bytes to terabytes.
QString unit(int power)
{
    switch (power) {
    case 0:
        return Format::tr("%1 B");
    case 1:
        return Format::tr("%1 kB");
    case 2:
        return Format::tr("%1 MB");
    case 3:
        return Format::tr("%1 GB");
    default:
        return Format::tr("%1 TB");
    }
}

QString sizeText(double bytes, const QLocale &locale)
{
    constexpr int MostPower = 4;
    double value = std::isfinite(bytes) ? std::max(bytes, 0.0) : 0;
    int power = 0;
    // Half a unit below a thousand is already written as the next unit.
    while (power < MostPower && value >= Thousand - 0.5) {
        value /= Thousand;
        ++power;
    }
    return unit(power).arg(power == 0 ? locale.toString(std::round(value), 'f', 0)
                                      : amount(value, locale));
}

} // namespace

QString bytesText(quint64 bytes, const QLocale &locale)
{
    return sizeText(static_cast<double>(bytes), locale);
}

QString rateText(double bytesPerSecond, const QLocale &locale)
{
    return Format::tr("%1/s", "a rate; %1 is an amount of data, as in 12.4 MB/s")
        .arg(sizeText(bytesPerSecond, locale));
}

QString clockText(std::chrono::milliseconds duration, const QLocale &locale)
{
    const qint64 seconds = std::max<qint64>(duration.count() / 1000, 0);
    const qint64 hours = seconds % DaySeconds / HourSeconds;
    const qint64 minutes = seconds % HourSeconds / MinuteSeconds;
    const QString tail = u':' + padded(seconds % MinuteSeconds);
    if (seconds < HourSeconds)
        return QString::number(minutes) + tail;
    const QString clock = QString::number(hours) + u':' + padded(minutes) + tail;
    if (seconds < DaySeconds)
        return clock;
    return Format::tr("%1 d %2", "days and a clock, as in 2 d 3:04:05")
        .arg(locale.toString(seconds / DaySeconds), clock);
}

QString roughText(std::chrono::milliseconds duration, const QLocale &locale)
{
    const qint64 seconds = std::max<qint64>(duration.count() / 1000, 0);
    const auto number = [&locale](qint64 value) { return locale.toString(value); };
    if (seconds < MinuteSeconds)
        return Format::tr("less than a minute");
    const qint64 minutes = seconds / MinuteSeconds;
    if (seconds < HourSeconds)
        return Format::tr("%n minute(s)", "", static_cast<int>(minutes));
    if (seconds < DaySeconds)
        return Format::tr("%1 h %2 min").arg(number(minutes / 60), number(minutes % 60));
    return Format::tr("%1 d %2 h")
        .arg(number(seconds / DaySeconds), number(seconds % DaySeconds / HourSeconds));
}

QString latencyText(double milliseconds, const QLocale &locale)
{
    const double value = std::isfinite(milliseconds) ? std::max(milliseconds, 1.0) : 1;
    if (value >= Thousand - 0.5)
        return Format::tr("%1 s", "seconds").arg(locale.toString(value / Thousand, 'f', 1));
    return Format::tr("%1 ms", "milliseconds").arg(locale.toString(value, 'f', 0));
}

QString percentText(double share, const QLocale &locale)
{
    const double kept = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
    return Format::tr("%1%", "percent; %1 is a number")
        .arg(locale.toString(static_cast<int>(std::lround(kept * 100))));
}

} // namespace higgs::widgets
