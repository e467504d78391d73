// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_figures.h"

#include <QCoreApplication>
#include <QDateTime>
#include <cmath>

namespace higgs::node {

namespace {

constexpr qint64 SecondMs = 1000;
constexpr qint64 MinuteMs = 60 * SecondMs;
constexpr qint64 HourMs = 60 * MinuteMs;
constexpr int WeekDays = 7;

struct NodeFigures
{
    Q_DECLARE_TR_FUNCTIONS(NodeFigures)
};

QString clockOf(const QDateTime &time, const QLocale &locale)
{
    return locale.toString(time.time(), QLocale::ShortFormat);
}

QString dayOf(const QDateTime &time, const QLocale &locale)
{
    return locale.toString(time.date(), NodeFigures::tr("d MMMM", "a day without its year, "
                                                                  "as in QLocale's formats"));
}

} // namespace

QString comingText(WallTime moment, WallTime now, const QLocale &locale)
{
    const QDateTime then = QDateTime::fromMSecsSinceEpoch(moment.ms);
    const qint64 days = QDateTime::fromMSecsSinceEpoch(now.ms).date().daysTo(then.date());
    if (days <= 0)
        return clockOf(then, locale);
    if (days == 1)
        return NodeFigures::tr("tomorrow at %1").arg(clockOf(then, locale));
    if (days < WeekDays)
        return NodeFigures::tr("%1 at %2", "a weekday and a time: Monday at 18:00")
            .arg(locale.standaloneDayName(then.date().dayOfWeek()), clockOf(then, locale));
    return dayOf(then, locale);
}

QString pastText(WallTime moment, WallTime now, const QLocale &locale)
{
    const QDateTime then = QDateTime::fromMSecsSinceEpoch(moment.ms);
    const qint64 passed = now.ms - moment.ms;
    const qint64 days = then.date().daysTo(QDateTime::fromMSecsSinceEpoch(now.ms).date());
    if (passed >= 0 && passed < MinuteMs)
        return NodeFigures::tr("just now");
    if (passed >= 0 && passed < 2 * MinuteMs)
        return NodeFigures::tr("a minute ago");
    if (passed >= 0 && passed < HourMs)
        return NodeFigures::tr("%n minutes ago", "", static_cast<int>(passed / MinuteMs));
    if (days == 0)
        return NodeFigures::tr("today at %1").arg(clockOf(then, locale));
    if (days == 1)
        return NodeFigures::tr("yesterday at %1").arg(clockOf(then, locale));
    return NodeFigures::tr("%1 at %2", "a date and a time: 1 November at 18:00")
        .arg(dayOf(then, locale), clockOf(then, locale));
}

QString mbitText(double mbps, const QLocale &locale)
{
    constexpr double WholeFrom = 9.95;
    const double value = std::isfinite(mbps) ? std::max(mbps, 0.0) : 0;
    const bool whole = value >= WholeFrom || std::lround(value * 10) % 10 == 0;
    return NodeFigures::tr("%1 Mbit/s").arg(locale.toString(value, 'f', whole ? 0 : 1));
}

} // namespace higgs::node
