// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/problem_words.h"

#include "app-node/tray/safety_words.h"

#include <QCoreApplication>

namespace higgs::node {

namespace {

struct ProblemWords
{
    Q_DECLARE_TR_FUNCTIONS(ProblemWords)
};

void say(Words &words, const QString &title, const QString &sentence, Deed deed = Deed::TryAgain,
         const QString &deedText = ProblemWords::tr("Try again"))
{
    words.title = title;
    words.sentence = sentence;
    words.deed = deed;
    words.deedText = deedText;
}

QString serverName(const NodeView &view)
{
    return view.server ? view.server->address() : ProblemWords::tr("The server");
}

/// What the server says.
bool sayServer(Words &words, const NodeView &view)
{
    switch (view.problem) {
    case Problem::ServerUnreachable:
        say(words, ProblemWords::tr("Server not answering"),
            ProblemWords::tr("%1 cannot be reached. HiggsNode keeps trying; check your own "
                             "Internet connection meanwhile.")
                .arg(serverName(view)));
        return true;
    case Problem::ServerUntrusted:
        say(words, ProblemWords::tr("This is not the server you trust"),
            ProblemWords::tr("%1 shows a certificate that does not fit, so nothing was told to it. "
                             "Ask its operator before you change anything.")
                .arg(serverName(view)),
            Deed::OpenSettings, ProblemWords::tr("Look at the server"));
        return true;
    case Problem::CertificateDates:
        say(words, ProblemWords::tr("Is this computer's clock right?"),
            ProblemWords::tr("The certificate of %1 is not valid at the time that the clock shows. "
                             "Set date and time. If they are right, tell the server's operator.")
                .arg(serverName(view)));
        return true;
    case Problem::AccessDenied:
        say(words,
            view.accessKeySet ? ProblemWords::tr("The access key is not accepted")
                              : ProblemWords::tr("The server wants an access key"),
            ProblemWords::tr("Its operator gives you one. Nothing is shared until then."),
            Deed::OpenSettings, ProblemWords::tr("Enter the access key"));
        return true;
    case Problem::AlreadyRegistered:
        say(words, ProblemWords::tr("The server knows another computer by this name"),
            ProblemWords::tr("It happens when the data of a node is copied or lost. The server's "
                             "operator can remove the old one."));
        return true;
    case Problem::PendingApproval:
        words.mood = Mood::Held;
        words.shape = widgets::TrayShape::Working;
        say(words, ProblemWords::tr("Waiting to be let in"),
            ProblemWords::tr("The server's operator approves new homes by hand. Sharing begins by "
                             "itself after that."),
            Deed::None, {});
        return true;
    case Problem::ServerRefused:
        say(words, ProblemWords::tr("The server refuses this home"),
            view.problemDetail.isEmpty()
                ? ProblemWords::tr("Nothing is shared. The server's operator can tell why.")
                // The operator's own words, or the server's, and so in quotation marks.
                : ProblemWords::tr("Nothing is shared. The server says: “%1”.")
                      .arg(view.problemDetail));
        return true;
    case Problem::NoServer:
        say(words, ProblemWords::tr("No server is set"),
            ProblemWords::tr("A server introduces guests to you. Its operator gives you an address "
                             "or an invitation."),
            Deed::OpenSettings, ProblemWords::tr("Set the server"));
        return true;
    default:
        return false;
    }
}

void sayExitFailed(Words &words, const NodeView &view)
{
    if (breachOf(view.safety) == Breach::NoInternet)
        say(words, ProblemWords::tr("Guests would have no Internet"),
            ProblemWords::tr("Another firewall on this computer, or its routes, stand in their "
                             "way. Nothing is shared."));
    else
        say(words, ProblemWords::tr("The protection of your home could not be put in force"),
            ProblemWords::tr("So nothing is shared. Diagnostics in the menu tells more."));
}

void sayUnsafe(Words &words, const NodeView &view)
{
    const QString title = ProblemWords::tr("Not safe to share");
    if (breachOf(view.safety) == Breach::Rules)
        say(words, title,
            ProblemWords::tr("Something changed the rules that keep guests out of your home, so "
                             "nothing is shared."),
            Deed::OpenSafety, ProblemWords::tr("See the test"));
    else
        say(words, title,
            ProblemWords::tr("The safety test got through to something that guests must never "
                             "reach, so nothing is shared."),
            Deed::OpenSafety, ProblemWords::tr("See what was reached"));
}

/// What this computer says.
void sayHere(Words &words, const NodeView &view)
{
    switch (view.problem) {
    case Problem::NoPermission:
        say(words, ProblemWords::tr("The service lacks a right"),
            ProblemWords::tr("It may not build tunnels on this computer, so nothing is shared. "
                             "Installing it again puts that right."),
            Deed::OpenDiagnostics, ProblemWords::tr("Find out why"));
        break;
    case Problem::TunnelFailed:
        say(words, ProblemWords::tr("The tunnel could not be built"),
            ProblemWords::tr("Nothing is shared. The service has put back what it had begun; "
                             "Diagnostics in the menu tells more."));
        break;
    case Problem::ExitFailed:
        sayExitFailed(words, view);
        break;
    case Problem::ExitUnsafe:
        sayUnsafe(words, view);
        break;
    default:
        say(words, ProblemWords::tr("Something is wrong"),
            view.problemCode.isEmpty()
                ? ProblemWords::tr("The service does not say what, and nothing is shared.")
                : ProblemWords::tr("The service calls it “%1”, which this window does not know.")
                      .arg(view.problemCode),
            Deed::OpenDiagnostics, ProblemWords::tr("Find out why"));
        break;
    }
}

QString refusedText(const NodeView &view)
{
    return view.problemDetail.isEmpty()
               ? ProblemWords::tr("New ones cannot come: the server refuses this home. Its "
                                  "operator can tell why.")
               : ProblemWords::tr("New ones cannot come. The server says: “%1”.")
                     .arg(view.problemDetail);
}

} // namespace

QString noneComesText(const NodeView &view)
{
    if (view.state != State::Problem)
        return view.signalLink
                   ? ProblemWords::tr("New ones cannot come: they do not get through to this "
                                      "computer.")
                   : ProblemWords::tr(
                         "New ones cannot come: there is no connection to the server.");
    switch (view.problem) {
    case Problem::ServerUnreachable:
        return ProblemWords::tr("New ones cannot come: there is no connection to the server.");
    case Problem::ServerUntrusted:
        return ProblemWords::tr("New ones cannot come: what answers shows a certificate that is "
                                "not your server's.");
    case Problem::CertificateDates:
        return ProblemWords::tr("New ones cannot come: the server's certificate is not valid at "
                                "the time that this computer's clock shows.");
    case Problem::AccessDenied:
        return view.accessKeySet
                   ? ProblemWords::tr("New ones cannot come: the server does not accept the access "
                                      "key any more.")
                   : ProblemWords::tr("New ones cannot come: the server wants an access key now.");
    case Problem::AlreadyRegistered:
        return ProblemWords::tr("New ones cannot come: the server knows another computer by the "
                                "name of this one.");
    case Problem::PendingApproval:
        return ProblemWords::tr("New ones can come when the server's operator has approved this "
                                "home.");
    case Problem::ServerRefused:
        return refusedText(view);
    default:
        return view.problemCode.isEmpty()
                   ? ProblemWords::tr("New ones cannot come, and the service does not say why.")
                   : ProblemWords::tr("New ones cannot come. The service calls it “%1”, which this "
                                      "window does not know.")
                         .arg(view.problemCode);
    }
}

void sayProblem(Words &words, const NodeView &view)
{
    words.shape = widgets::TrayShape::Blocked;
    words.mood = Mood::Bad;
    if (!sayServer(words, view))
        sayHere(words, view);
}

} // namespace higgs::node
