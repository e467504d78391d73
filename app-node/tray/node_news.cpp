// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_news.h"

#include "app-node/tray/node_words.h"

#include <QCoreApplication>

namespace higgs::node {

namespace {

struct NodeNews
{
    Q_DECLARE_TR_FUNCTIONS(NodeNews)
};

/// Limits that come by themselves and end sharing; the owner pauses himself.
bool stops(LimitReason reason)
{
    return reason == LimitReason::Volume || reason == LimitReason::Battery ||
           reason == LimitReason::Metered;
}

} // namespace

std::optional<Notice> noticeBetween(const NodeView &before, const NodeView &after, WallTime now)
{
    const bool troubled = before.state == State::Problem;
    if (after.state == State::Problem && (!troubled || before.problem != after.problem)) {
        const Words words = wordsOf(widgets::LinkState::Up, after, now);
        return Notice{words.title, words.sentence, true};
    }
    if (after.state == State::Limited && stops(after.limit) &&
        (before.state != State::Limited || before.limit != after.limit)) {
        const Words words = wordsOf(widgets::LinkState::Up, after, now);
        return Notice{words.title, words.sentence, false};
    }
    if (troubled && after.serves())
        return Notice{NodeNews::tr("Sharing again"),
                      NodeNews::tr("What was wrong has gone, and guests can come."), false};
    if (after.fuseTrips > before.fuseTrips && before.sharing && after.sharing)
        return Notice{NodeNews::tr("A guest was held"),
                      NodeNews::tr("It tried very many addresses in a short time, as worms do."),
                      false};
    return std::nullopt;
}

} // namespace higgs::node
