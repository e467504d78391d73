// SPDX-License-Identifier: GPL-3.0-or-later
// Words for problems, paths, health and notifications.
#include "app-vpn/gui/state_view.h"

#include "shared/protocol/path_advice.h"
#include "shared/widgets/country_names.h"

#include <QCoreApplication>

namespace higgs::vpn {

using protocol::PathReason;

namespace {

struct StateWords
{
    Q_DECLARE_TR_FUNCTIONS(StateWords)
};

// A region that has words and not only a code reads well in a sentence.
constexpr qsizetype LongestRegionCode = 3;

QString problemSentence(Problem problem)
{
    switch (problem) {
    case Problem::ServerUnreachable:
        return StateWords::tr("The server does not answer. Check that this computer is online.");
    case Problem::ServerUntrusted:
        return StateWords::tr("The server's certificate is not the expected one. If nobody changed "
                              "it, somebody may stand in between: do not go on.");
    case Problem::CertificateDates:
        return StateWords::tr("The server's certificate is not valid at the time that this "
                              "computer's clock shows. Set date and time. If they are right, tell "
                              "the server's operator.");
    case Problem::ServerBusy:
        return StateWords::tr("The server is busy. Trying again automatically.");
    case Problem::AccessDenied:
        return StateWords::tr("The server wants an access key, or does not accept this one.");
    case Problem::NoNodeOnline:
        return StateWords::tr("Nobody shares a connection at the moment. Try again later.");
    case Problem::NoMatchingNode:
        return StateWords::tr("Nobody shares a connection there at the moment.");
    case Problem::UnknownNode:
        return StateWords::tr("This exit does not exist any more.");
    case Problem::NodeOffline:
        return StateWords::tr("This exit is offline or full.");
    case Problem::NodeLost:
        return StateWords::tr("The exit stopped answering.");
    case Problem::TooManySessions:
        return StateWords::tr("The server allows no more connections for this computer. "
                              "Disconnect another one first.");
    case Problem::ServerRefused:
        return StateWords::tr("The server refused the request.");
    case Problem::PathNotAvailable:
        return StateWords::tr("This kind of path cannot be had. Allow any path in the settings.");
    case Problem::NoPermission:
        return StateWords::tr("The background service may not build a tunnel on this computer.");
    case Problem::TunnelFailed:
        return StateWords::tr("The tunnel could not be set up on this computer.");
    case Problem::NoServer:
        return StateWords::tr("No server is set up yet.");
    case Problem::Lockdown:
        return StateWords::tr("Lockdown is on.");
    case Problem::DnsFailed:
        return StateWords::tr("The DNS settings of this computer could not be changed, and without "
                              "that names would be looked up outside the tunnel.");
    case Problem::NotRestored:
        return StateWords::tr("Not all of this computer's network settings could be put back.");
    case Problem::None:
    case Problem::Unknown:
        break;
    }
    return {};
}

/// What a kind of path says by itself, where a newer daemon has a reason that is not known here.
std::optional<PathReason> usualReason(PathKind path)
{
    switch (path) {
    case PathKind::Relay:
        return PathReason::RelayOnly;
    case PathKind::Direct:
        return PathReason::Direct;
    case PathKind::Turn:
        return PathReason::TurnRelay;
    case PathKind::Cascade:
        return PathReason::Cascade;
    case PathKind::None:
    case PathKind::Unknown:
        break;
    }
    return std::nullopt;
}

QString adviceSentence(const QString &code)
{
    const protocol::AdviceWords *words = protocol::adviceWords(code.toStdString());
    return words != nullptr ? QCoreApplication::translate("PathAdvice", words->text) : QString();
}

/// What carries, why no better way, and what would help: a line each. Empty without advice.
QString adviceText(const ClientView &view)
{
    const QString cause = adviceSentence(view.pathCause);
    const char *lead = view.path == PathKind::Relay  ? protocol::leadOf(protocol::PathType::Relay)
                       : view.path == PathKind::Turn ? protocol::leadOf(protocol::PathType::Turn)
                                                     : nullptr;
    if (cause.isEmpty() || lead == nullptr)
        return {};
    QStringList lines{QCoreApplication::translate("PathAdvice", lead) + u' ' + cause};
    for (const QString &each : view.pathSteps) {
        if (const QString step = adviceSentence(each); !step.isEmpty())
            lines += QStringLiteral("\u2022 ") + step;
    }
    return lines.join(u'\n');
}

Notice unprotected(const QString &title, const QString &text)
{
    return {title, text, true};
}

} // namespace

QString problemText(const ClientView &view)
{
    if (view.problem == Problem::Unknown)
        return StateWords::tr("Something unexpected happened: %1.").arg(view.problemCode);
    const QString via = view.request ? view.request->via : QString();
    const bool none =
        view.problem == Problem::NoMatchingNode || view.problem == Problem::NodeOffline;
    if (none && !via.isEmpty())
        return StateWords::tr("There are no two homes for this at the moment: one to enter through "
                              "in %1, and another one to leave from.",
                              "%1: a country")
            .arg(widgets::countryName(via));
    return problemSentence(view.problem);
}

QString placeText(const QString &country, const QString &region)
{
    if (country.isEmpty())
        return {};
    const QString name = widgets::countryName(country);
    const QString within = widgets::regionName(region, country);
    if (within.size() <= LongestRegionCode)
        return name;
    return StateWords::tr("%1, %2", "a region and its country, as in Berlin, Germany")
        .arg(within, name);
}

QString pathReasonText(const ClientView &view)
{
    if (const QString advice = adviceText(view); !advice.isEmpty())
        return advice;
    std::optional<PathReason> reason = protocol::parsePathReason(view.pathReason.toStdString());
    if (!reason)
        reason = usualReason(view.path);
    return reason ? QCoreApplication::translate("PathReason", protocol::wordsOf(*reason).window)
                  : QString();
}

QString healthText(Health health)
{
    switch (health) {
    case Health::Stable:
        return StateWords::tr("Stable");
    case Health::Unstable:
        return StateWords::tr("Unstable");
    case Health::NoSignal:
        return StateWords::tr("No signal");
    }
    return {};
}

std::optional<Notice> noticeBetween(const ClientView &before, const ClientView &after)
{
    if (before.state == after.state)
        return std::nullopt;
    const bool blocked = after.killSwitch;
    const QString held = StateWords::tr("Nothing leaves this computer until it is back.");
    switch (after.state) {
    case State::Connected: {
        const QString place = placeText(after.country, after.region);
        const QString text =
            place.isEmpty()
                ? StateWords::tr("Your traffic takes the tunnel.")
                : StateWords::tr("Your traffic leaves from %1.", "%1: a place").arg(place);
        const bool back = before.state == State::Reconnecting || before.state == State::Blocked;
        return Notice{back ? StateWords::tr("Connected again") : StateWords::tr("Connected"), text,
                      false};
    }
    case State::Reconnecting:
        if (blocked)
            return Notice{StateWords::tr("Connection lost"), held, true};
        return unprotected(StateWords::tr("Connection lost"),
                           StateWords::tr("Your traffic is not protected until it is back."));
    case State::Blocked: {
        // Asked for by a person who disconnects under lockdown.
        if (after.problem == Problem::Lockdown)
            return std::nullopt;
        const QString why = problemText(after);
        return Notice{StateWords::tr("Blocked"), why.isEmpty() ? held : why + u' ' + held, true};
    }
    case State::Disconnected:
        if (after.problem == Problem::None || after.problem == Problem::NoServer)
            return std::nullopt; // asked for
        return unprotected(StateWords::tr("Not connected"),
                           problemText(after) + u' ' +
                               StateWords::tr("Your traffic is not protected."));
    case State::Connecting:
    case State::Disconnecting:
        break;
    }
    return std::nullopt;
}

} // namespace higgs::vpn
