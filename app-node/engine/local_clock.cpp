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

} // namespace higgs::node
