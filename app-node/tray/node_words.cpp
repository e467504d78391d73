// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_words.h"

#include "app-node/tray/node_figures.h"
#include "app-node/tray/problem_words.h"
#include "shared/protocol/path_advice.h"
#include "shared/widgets/country_names.h"
#include "shared/widgets/format.h"

#include <QCoreApplication>

namespace higgs::node {

using widgets::LinkState;
using widgets::TrayShape;

namespace {

struct NodeWords
{
    Q_DECLARE_TR_FUNCTIONS(NodeWords)
};

void act(Words &words, Deed deed, const QString &text)
{
    words.deed = deed;
    words.deedText = text;
}

QString guestsText(int guests)
{
    return NodeWords::tr("%n guests", "", guests);
}

void sayOff(Words &words, const NodeView &view)
{
    words.shape = TrayShape::Off;
    words.mood = Mood::Quiet;
    words.title = NodeWords::tr("Not sharing");
    if (!view.settingsFault.isEmpty()) {
        words.mood = Mood::Bad;
        words.sentence = NodeWords::tr("The settings cannot be read, and may have forbidden it, so "
                                       "nothing is shared. Set your limits again, then switch "
                                       "sharing on: the damaged file is kept.");
        act(words, Deed::OpenLimits, NodeWords::tr("Set the limits"));
    } else if (!view.consent) {
        words.sentence = NodeWords::tr("See what sharing means and choose your limits first. "
                                       "Nothing is shared until you agree.");
        act(words, Deed::Agree, NodeWords::tr("Begin"));
    } else if (!view.server) {
        words.sentence = NodeWords::tr("No server is set, and without one no guest finds you.");
        act(words, Deed::OpenSettings, NodeWords::tr("Set the server"));
    } else {
        words.sentence = NodeWords::tr("Nobody uses your connection.");
    }
}

void sayUnreachable(Words &words, const NodeView &view)
{
    words.shape = TrayShape::Working;
    words.mood = Mood::Held;
    words.title = NodeWords::tr("Nobody can reach you");
    words.sentence = view.signalLink || !view.server
                         ? NodeWords::tr("Sharing is on, but guests do not get through to this "
                                         "computer. HiggsNode keeps trying.")
                         : NodeWords::tr("There is no connection to the server %1. HiggsNode keeps "
                                         "trying; check your own Internet connection meanwhile.")
                               .arg(view.server->address());
    act(words, Deed::OpenDiagnostics, NodeWords::tr("Find out why"));
}

QString sharingWith(int guests)
{
    return guests == 1 ? NodeWords::tr("Sharing with one guest")
                       : NodeWords::tr("Sharing with %n guests", "", guests);
}

/// Guests who came straight need no server to stay.
void sayGuestsStay(Words &words, const NodeView &view)
{
    act(words, Deed::OpenDiagnostics, NodeWords::tr("Find out why"));
    if (view.state == State::Problem)
        sayProblem(words, view); // what is to be done is the same
    words.shape = TrayShape::Working;
    words.mood = Mood::Held;
    words.title = sharingWith(view.guests);
    words.sentence = NodeWords::tr("Guests from before stay connected.") + QLatin1Char(' ') +
                     noneComesText(view);
}

void saySharing(Words &words, const NodeView &view)
{
    if (view.reach == Reach::Nobody) {
        sayUnreachable(words, view);
        return;
    }
    words.shape = TrayShape::On;
    words.mood = Mood::Good;
    if (view.guests == 0) {
        words.title = NodeWords::tr("Ready for guests");
        words.sentence = NodeWords::tr("Nobody is here at the moment.");
    } else {
        words.title = sharingWith(view.guests);
        words.sentence =
            view.country.isEmpty()
                ? NodeWords::tr("They go online through your connection.")
                : NodeWords::tr("They go online from %1 through your connection.", "%1: a country")
                      .arg(widgets::countryName(view.country));
    }
    words.sentence += QLatin1Char(' ');
    words.sentence += view.neighbour.state == Neighbour::State::Yielding
                          ? NodeWords::tr("You need the line yourself, so guests are held back.")
                          : NodeWords::tr("Your home stays out of reach.");
}

void sayPaused(Words &words, const NodeView &view, WallTime now)
{
    const auto until = view.pausedUntil ? view.pausedUntil : view.limitUntil;
    words.title = NodeWords::tr("Paused");
    words.sentence = until ? NodeWords::tr("Nobody uses your connection. Sharing goes on by "
                                           "itself %1.",
                                           "%1: a moment, as in tomorrow at 06:00")
                                 .arg(comingText(*until, now))
                           : NodeWords::tr("Nobody uses your connection.");
    act(words, Deed::Resume, NodeWords::tr("Resume now"));
}

void saySchedule(Words &words, const NodeView &view, WallTime now)
{
    words.title = NodeWords::tr("Outside your hours");
    words.sentence = view.limitUntil
                         ? NodeWords::tr("Your schedule shares again %1.",
                                         "%1: a moment, as in on Monday at 18:00")
                               .arg(comingText(*view.limitUntil, now))
                         : NodeWords::tr("Your schedule has no hour in which to share.");
    act(words, Deed::OpenLimits, NodeWords::tr("Change the schedule"));
}

void sayVolume(Words &words, const NodeView &view, WallTime now)
{
    words.title = NodeWords::tr("Volume used up");
    words.sentence = NodeWords::tr("Guests have used %1, as much as you allow in a month.")
                         .arg(widgets::bytesText(view.volume.usedBytes));
    const auto until = view.limitUntil ? view.limitUntil : view.volume.resetsAt;
    if (until)
        words.sentence += QLatin1Char(' ') + NodeWords::tr("A new month begins %1.",
                                                           "%1: a moment, as in on 1 December")
                                                 .arg(comingText(*until, now));
    act(words, Deed::OpenLimits, NodeWords::tr("Change the limit"));
}

/// Guests can come or stay.
void sayServingLimit(Words &words, const NodeView &view)
{
    words.shape = TrayShape::On;
    if (view.limit == LimitReason::Full) {
        words.mood = Mood::Good;
        words.title = NodeWords::tr("Full: %1", "%1: 3 guests").arg(guestsText(view.guests));
        words.sentence = NodeWords::tr("As many as you allow are here. When one leaves, another "
                                       "can come.");
        act(words, Deed::OpenLimits, NodeWords::tr("Change the limit"));
    } else {
        words.title = NodeWords::tr("No new guests for now");
        words.sentence = NodeWords::tr("The server's operator is at work on something. Guests who "
                                       "are here stay.");
    }
}

void sayLimited(Words &words, const NodeView &view, WallTime now)
{
    words.shape = TrayShape::Paused;
    words.mood = Mood::Held;
    switch (view.limit) {
    case LimitReason::Full:
    case LimitReason::Maintenance:
        sayServingLimit(words, view);
        break;
    case LimitReason::Paused:
        sayPaused(words, view, now);
        break;
    case LimitReason::Schedule:
        saySchedule(words, view, now);
        break;
    case LimitReason::Volume:
        sayVolume(words, view, now);
        break;
    case LimitReason::Battery:
        words.title = NodeWords::tr("On battery");
        words.sentence = NodeWords::tr("Nothing is shared, as you wished. Sharing goes on by "
                                       "itself when the computer is plugged in.");
        act(words, Deed::OpenLimits, NodeWords::tr("Change the limit"));
        break;
    case LimitReason::Metered:
        words.title = NodeWords::tr("On a metered connection");
        words.sentence = NodeWords::tr("Nothing is shared, as you wished. Sharing goes on by "
                                       "itself on a connection that is not paid by volume.");
        act(words, Deed::OpenLimits, NodeWords::tr("Change the limit"));
        break;
    case LimitReason::None:
    case LimitReason::Unknown:
        words.title = NodeWords::tr("Sharing is limited");
        words.sentence = NodeWords::tr("The service gives a reason that this window does not "
                                       "know.");
        if (view.limitUntil)
            words.sentence +=
                QLatin1Char(' ') + NodeWords::tr("Sharing goes on by itself %1.", "%1: a moment")
                                       .arg(comingText(*view.limitUntil, now));
        act(words, Deed::OpenDiagnostics, NodeWords::tr("Find out why"));
        break;
    }
}

void sayUp(Words &words, const NodeView &view, WallTime now)
{
    if (view.guests > 0 && (view.state == State::Problem || view.reach == Reach::Nobody)) {
        sayGuestsStay(words, view);
        return;
    }
    switch (view.state) {
    case State::Off:
        sayOff(words, view);
        break;
    case State::Starting:
        words.shape = TrayShape::Working;
        words.mood = Mood::Busy;
        words.title = NodeWords::tr("Getting ready");
        words.sentence = view.safety.state == SafetyState::Running
                             ? NodeWords::tr("The safety test attacks your home network the way a "
                                             "bad guest would.")
                             : NodeWords::tr("First the safety test, then the server is told that "
                                             "you share.");
        break;
    case State::Sharing:
        saySharing(words, view);
        break;
    case State::Limited:
        sayLimited(words, view, now);
        break;
    case State::Problem:
        sayProblem(words, view);
        break;
    }
}

void sayDown(Words &words, LinkState link)
{
    words.shape = link == LinkState::Connecting ? TrayShape::Working : TrayShape::Blocked;
    words.mood = link == LinkState::Connecting ? Mood::Busy : Mood::Bad;
    switch (link) {
    case LinkState::Up:
    case LinkState::Connecting:
        words.title = NodeWords::tr("Looking for the service");
        break;
    case LinkState::Absent:
        words.title = NodeWords::tr("The service does not answer");
        break;
    case LinkState::Forbidden:
        words.title = NodeWords::tr("You may not control HiggsNode");
        break;
    case LinkState::TooOld:
        words.title = NodeWords::tr("HiggsNode needs a restart");
        break;
    }
}

widgets::Glyph heldBy(const NodeView &view)
{
    switch (view.state) {
    case State::Starting:
        return widgets::Glyph::Refresh;
    case State::Limited:
        return widgets::Glyph::Pause;
    case State::Off:
    case State::Sharing:
    case State::Problem:
        break;
    }
    return widgets::Glyph::Warning;
}

} // namespace

Words wordsOf(LinkState link, const NodeView &view, WallTime now)
{
    Words words;
    if (link == LinkState::Up)
        sayUp(words, view, now);
    else
        sayDown(words, link);
    if (link == LinkState::Up && view.held())
        words.held = heldBy(view);
    words.toolTip = QStringLiteral("HiggsNode: ") + words.title;
    if (link == LinkState::Up && view.sharing)
        words.toolTip += QLatin1Char('\n') + figuresLine(view);
    return words;
}

QString figuresLine(const NodeView &view)
{
    return NodeWords::tr("%1, %2 today", "%1: 3 guests; %2: 1.2 GB")
        .arg(view.guests == 0 ? NodeWords::tr("no guests") : guestsText(view.guests),
             widgets::bytesText(view.todayBytes));
}

QString safetyLine(const Safety &safety, WallTime now)
{
    switch (safety.state) {
    case SafetyState::Never:
        return NodeWords::tr("Not tested yet");
    case SafetyState::Running:
        return NodeWords::tr("Testing…");
    case SafetyState::Passed:
        return safety.at ? NodeWords::tr("Passed %1", "the safety test; %1: at 14:30")
                               .arg(shortPastText(*safety.at, now))
                         : NodeWords::tr("Passed", "the safety test");
    case SafetyState::Failed:
        return NodeWords::tr("Failed", "the safety test");
    }
    return {};
}

QString waysText(const NodeView &view)
{
    const auto sentence = [](const QString &code) {
        const protocol::AdviceWords *words = protocol::adviceWords(code.toStdString());
        return words != nullptr ? QCoreApplication::translate("PathAdvice", words->text)
                                : QString();
    };
    const QString reach = sentence(view.ways.reach);
    if (!view.serves() || view.reach == Reach::Nobody || reach.isEmpty())
        return {};
    QStringList lines;
    if (view.ways.direct + view.ways.relayed > 0)
        lines += NodeWords::tr("Now: %1 directly, %2 through the server.", "numbers of guests")
                     .arg(view.ways.direct)
                     .arg(view.ways.relayed);
    lines += reach;
    for (const QString &each : view.ways.steps) {
        QString step = sentence(each);
        if (step.contains(QLatin1String("%1")))
            step = step.arg(view.ways.udpPort);
        if (!step.isEmpty())
            lines += step;
    }
    return lines.join(u'\n');
}

QStringList planPoints(const Limits &limits)
{
    QStringList most{NodeWords::tr("%n guests at once", "the owner's limit", limits.maxGuests)};
    if (limits.upMbps > 0 && limits.upMbps == limits.downMbps) {
        most += mbitText(limits.upMbps);
    } else {
        if (limits.downMbps > 0)
            most += NodeWords::tr("%1 to them", "%1: 20 Mbit/s").arg(mbitText(limits.downMbps));
        if (limits.upMbps > 0)
            most += NodeWords::tr("%1 from them", "%1: 20 Mbit/s").arg(mbitText(limits.upMbps));
    }
    if (limits.monthlyBytes > 0)
        most += NodeWords::tr("%1 a month").arg(widgets::bytesText(limits.monthlyBytes));
    // A figure and its unit stay on one line: "Mbit/s" could break after its slash, too.
    for (QString &each : most)
        each.replace(QLatin1Char(' '), QChar::Nbsp)
            .replace(QLatin1Char('/'), QStringLiteral("/\u2060"));
    return {
        NodeWords::tr("First a test tries to get into your home. If anything answers, nothing is "
                      "shared."),
        NodeWords::tr("Then guests come. They reach the Internet, and nothing in your home."),
        NodeWords::tr("At most: %1.", "%1: 5 guests at once, 20 Mbit/s, 100 GB a month")
            .arg(most.join(QStringLiteral(", "))),
    };
}

QString limitsLine(const NodeView &view)
{
    const Limits &limits = view.limits;
    const QLocale locale;
    const auto figure = [&locale](double mbps) { return locale.toString(mbps, 'g', 6); };
    if (!limits.schedule.always())
        return NodeWords::tr("%n h a week", "hours in which is shared", limits.schedule.hours());
    if (limits.upMbps > 0 && limits.upMbps == limits.downMbps)
        return NodeWords::tr("Up to %1", "%1: 20 Mbit/s, in each direction")
            .arg(mbitText(limits.upMbps, locale));
    QStringList ways;
    if (limits.downMbps > 0)
        ways += QStringLiteral("\u2193 ") + figure(limits.downMbps);
    if (limits.upMbps > 0)
        ways += QStringLiteral("\u2191 ") + figure(limits.upMbps);
    if (!ways.isEmpty())
        return NodeWords::tr("%1 Mbit/s", "%1: \u2193 20 \u2191 5")
            .arg(ways.join(QStringLiteral("  ")));
    if (limits.monthlyBytes > 0)
        return NodeWords::tr("%1 a month").arg(widgets::bytesText(limits.monthlyBytes));
    return guestsText(limits.maxGuests);
}

} // namespace higgs::node
