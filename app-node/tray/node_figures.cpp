// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_figures.h"

#include <QCoreApplication>
#include <QDateTime>
#include <array>
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

/// On one line: "1 December" is not to end a line with its 1.
QString kept(QString text)
{
    return text.replace(QLatin1Char(' '), QChar::Nbsp);
}

QString clockOf(const QDateTime &time, const QLocale &locale)
{
    return kept(locale.toString(time.time(), QLocale::ShortFormat));
}

/// Whole, because the words change with the day in many languages.
constexpr std::array Weekdays = {
    QT_TRANSLATE_NOOP("NodeFigures", "on Monday at %1"),
    QT_TRANSLATE_NOOP("NodeFigures", "on Tuesday at %1"),
    QT_TRANSLATE_NOOP("NodeFigures", "on Wednesday at %1"),
    QT_TRANSLATE_NOOP("NodeFigures", "on Thursday at %1"),
    QT_TRANSLATE_NOOP("NodeFigures", "on Friday at %1"),
    QT_TRANSLATE_NOOP("NodeFigures", "on Saturday at %1"),
    QT_TRANSLATE_NOOP("NodeFigures", "on Sunday at %1"),
};
static_assert(Weekdays.size() == WeekDays);

QString dayOf(const QDateTime &time, const QLocale &locale)
{
    return kept(locale.toString(time.date(), NodeFigures::tr("d MMMM", "a day without its year, "
                                                                       "as in QLocale's formats")));
}

} // namespace

QString comingText(WallTime moment, WallTime now, const QLocale &locale)
{
    const QDateTime then = QDateTime::fromMSecsSinceEpoch(moment.ms);
    const qint64 days = QDateTime::fromMSecsSinceEpoch(now.ms).date().daysTo(then.date());
    if (days <= 0)
        return NodeFigures::tr("at %1", "a time").arg(clockOf(then, locale));
    if (days == 1)
        return NodeFigures::tr("tomorrow at %1").arg(clockOf(then, locale));
    if (days < WeekDays)
        return NodeFigures::tr(Weekdays[static_cast<std::size_t>(then.date().dayOfWeek() - 1)])
            .arg(clockOf(then, locale));
    return NodeFigures::tr("on %1", "a date: 1 December").arg(dayOf(then, locale));
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

QString shortPastText(WallTime moment, WallTime now, const QLocale &locale)
{
    const QDateTime then = QDateTime::fromMSecsSinceEpoch(moment.ms);
    const qint64 days = then.date().daysTo(QDateTime::fromMSecsSinceEpoch(now.ms).date());
    if (days == 0)
        return NodeFigures::tr("at %1", "a time").arg(clockOf(then, locale));
    if (days == 1)
        return NodeFigures::tr("yesterday");
    return NodeFigures::tr("on %1", "a date: 1 December").arg(dayOf(then, locale));
}

QString mbitText(double mbps, const QLocale &locale)
{
    constexpr double WholeFrom = 9.95;
    const double value = std::isfinite(mbps) ? std::max(mbps, 0.0) : 0;
    const bool whole = value >= WholeFrom || std::lround(value * 10) % 10 == 0;
    return NodeFigures::tr("%1 Mbit/s").arg(locale.toString(value, 'f', whole ? 0 : 1));
}

} // namespace higgs::node
