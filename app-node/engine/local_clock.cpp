// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/local_clock.h"

#include <QDateTime>

namespace higgs::node {

LocalTime localTimeOf(WallTime time)
{
    const QDateTime moment = QDateTime::fromMSecsSinceEpoch(time.ms);
    return {moment.toSecsSinceEpoch() + moment.offsetFromUtc()};
}

WallTime wallTimeOf(LocalTime time)
{
    const QDateTime spelled = QDateTime::fromSecsSinceEpoch(time.seconds, Qt::UTC);
    return {QDateTime(spelled.date(), spelled.time(), Qt::LocalTime).toMSecsSinceEpoch()};
}

WallTime comingWallTimeOf(LocalTime time, WallTime now)
{
    // Clocks are set back by an hour, on Lord Howe Island by half of one.
    constexpr int HalfHours = 4;
    const WallTime one = wallTimeOf(time);
    for (int step = -HalfHours; step <= HalfHours; ++step) {
        const WallTime moment = one + Seconds(std::int64_t{step} * 1'800);
        if (moment >= now && localTimeOf(moment) == time)
            return moment;
    }
    return one;
}

} // namespace higgs::node
