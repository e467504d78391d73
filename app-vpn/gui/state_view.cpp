// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/state_view.h"

#include "shared/widgets/country_names.h"
#include "shared/widgets/format.h"

#include <QCoreApplication>

namespace higgs::vpn {

using widgets::Glyph;
using widgets::RingKind;
using widgets::Tone;
using widgets::TrayShape;

namespace {

struct StateTexts
{
    Q_DECLARE_TR_FUNCTIONS(StateView)
};

/// What the daemon goes on trying by itself; the rest only a person can change.
bool triedAgain(Problem problem)
{
    switch (problem) {
    case Problem::None:
    case Problem::ServerUnreachable:
    case Problem::ServerBusy:
    case Problem::NoNodeOnline:
    case Problem::NoMatchingNode:
    case Problem::NodeOffline:
    case Problem::NodeLost:
    case Problem::TooManySessions:
    case Problem::TunnelFailed:
    case Problem::DnsFailed:
        return true;
    default:
        return false;
    }
}

/// The one thing that helps, as a banner's button.
void offerHelp(BannerView &banner, Problem problem)
{
    switch (problem) {
    case Problem::AccessDenied:
        banner.verb = StateTexts::tr("Enter access key");
        banner.action = Action::EnterKey;
        break;
    case Problem::NoMatchingNode:
    case Problem::UnknownNode:
    case Problem::NodeOffline:
    case Problem::NodeLost:
        banner.verb = StateTexts::tr("Choose another country");
        banner.action = Action::ChoosePlace;
        break;
    case Problem::PathNotAvailable:
        banner.verb = StateTexts::tr("Open settings");
        banner.action = Action::OpenSettings;
        break;
    case Problem::ServerUntrusted:
    case Problem::CertificateDates:
    case Problem::ServerUnreachable:
    case Problem::ServerRefused:
    case Problem::NoPermission:
    case Problem::TunnelFailed:
    case Problem::DnsFailed:
    case Problem::NotRestored:
    case Problem::Unknown:
        banner.verb = StateTexts::tr("Find out why");
        banner.action = Action::OpenDiagnostics;
        break;
    default:
        break;
    }
}

std::optional<BannerView> problemBanner(const ClientView &view, Tone tone)
{
    if (view.problem == Problem::None || view.problem == Problem::NoServer ||
        view.problem == Problem::Lockdown)
        return std::nullopt;
    BannerView banner;
    banner.tone = tone;
    banner.text = problemText(view);
    offerHelp(banner, view.problem);
    return banner;
}

QString nothingLeaves(const ClientView &view)
{
    return view.settings.lan
               ? StateTexts::tr("Nothing but local network traffic leaves this computer")
               : StateTexts::tr("Nothing leaves this computer");
}

/// `until`: a finished "... until ..." sentence for a blocked line.
QString blockedOrBare(const ClientView &view, Safety safety, const QString &until)
{
    if (safety == Safety::Blocked)
        return StateTexts::tr("%1 %2", "%1: nothing leaves this computer; %2: until ...")
            .arg(nothingLeaves(view), until);
    return StateTexts::tr("Your traffic is not protected yet");
}

void offer(StateView &out, Glyph glyph, const QString &verb, Action action, bool primary)
{
    out.glyph = glyph;
    out.verb = verb;
    out.action = action;
    out.primary = primary;
}

/// Said wherever a blocked line can be opened, before somebody opens it.
QString disconnectingOpens(const ClientView &view)
{
    return view.lockdown ? StateTexts::tr("If you disconnect, lockdown goes on blocking.")
                         : StateTexts::tr("If you disconnect, your traffic is not protected.");
}

void offerDisconnect(StateView &out, const ClientView &view)
{
    offer(out, Glyph::Power, StateTexts::tr("Disconnect"), Action::Disconnect, false);
    if (out.safety == Safety::Blocked)
        out.consequence = disconnectingOpens(view);
}

void offerCancel(StateView &out, const ClientView &view)
{
    offer(out, Glyph::Close, StateTexts::tr("Cancel"), Action::Cancel, false);
    if (out.safety == Safety::Blocked)
        out.consequence = view.lockdown
                              ? StateTexts::tr("If you cancel, lockdown goes on blocking.")
                              : StateTexts::tr("If you cancel, your traffic is not protected.");
}

void offerGoBack(StateView &out, const LeftView &left)
{
    offer(out, Glyph::Back, StateTexts::tr("Cancel"), Action::GoBack, false);
    const QString place = placeText(left.country, left.region);
    out.consequence =
        place.isEmpty()
            ? StateTexts::tr("If you cancel, you go back to the exit before.")
            : StateTexts::tr("If you cancel, you go back to %1.", "%1: a place").arg(place);
}

void offerConnect(StateView &out)
{
    offer(out, Glyph::Power, StateTexts::tr("Connect"), Action::Connect, true);
}

std::optional<BannerView> updateBanner(const ClientView &view)
{
    const auto later =
        widgets::laterVersion(view.server ? view.server->version : QString(), view.version);
    if (!later)
        return std::nullopt;
    return BannerView{Tone::Notice,
                      StateTexts::tr("HiggsVPN %1 is out, and this is %2. Update it in the way you "
                                     "installed it.",
                                     "%1, %2: versions")
                          .arg(*later, view.version),
                      {},
                      Action::None};
}

QString exposed(const ClientView &view)
{
    if (view.exposedAddress.isEmpty())
        return StateTexts::tr("Your traffic is not protected");
    // There are two lines, and one of IPv6 may fill both.
    if (view.exposedAddress.contains(u':'))
        return StateTexts::tr("Your traffic is not protected: sites see your own address");
    return StateTexts::tr("Your traffic is not protected: sites see your own address, %1")
        .arg(view.exposedAddress);
}

void sayDisconnected(StateView &out, const ClientView &view, WallTime now)
{
    out.title = StateTexts::tr("Disconnected");
    out.sentence = exposed(view);
    offerConnect(out);
    if (out.safety == Safety::Blocked) {
        // A block without a wish: what an earlier life left behind, say.
        out.ring = RingKind::Blocked;
        out.tray = TrayShape::Blocked;
        out.sentence = nothingLeaves(view);
        offer(out, Glyph::Lock, StateTexts::tr("Unblock"), Action::Unblock, true);
        out.consequence = StateTexts::tr("If you unblock, your traffic is not protected.");
        return;
    }
    if (view.pausedUntil && *view.pausedUntil > now) {
        out.title = StateTexts::tr("Paused");
        out.ring = RingKind::Waiting;
        out.hoursLeft =
            std::chrono::duration<double, std::ratio<3600>>(*view.pausedUntil - now).count();
        out.sentence = StateTexts::tr("Your traffic is not protected. The tunnel comes back in %1",
                                      "%1: a duration, as in 5 minutes")
                           .arg(widgets::roughText(*view.pausedUntil - now));
        offer(out, Glyph::Power, StateTexts::tr("Resume"), Action::Resume, true);
        return;
    }
    if (view.problem == Problem::NoServer) {
        out.sentence = StateTexts::tr("No server is set up yet, and your traffic is not protected");
        offer(out, Glyph::Gear, StateTexts::tr("Set up"), Action::SetUp, true);
        return;
    }
    out.banner = problemBanner(view, Tone::Error);
    if (view.problem == Problem::None)
        out.banner = updateBanner(view);
    else
        offer(out, Glyph::Refresh, StateTexts::tr("Try again"), Action::TryAgain, true);
}

void sayConnecting(StateView &out, const ClientView &view)
{
    out.ring = RingKind::Working;
    out.tray = TrayShape::Working;
    out.title = view.switching ? StateTexts::tr("Switching") : StateTexts::tr("Connecting");
    if (!view.switching && view.problem == Problem::ServerUnreachable) {
        out.title = StateTexts::tr("Waiting for the server");
        out.ring = RingKind::Attention;
    }
    const LeftView left = view.switchingFrom.value_or(LeftView());
    const QString before = placeText(left.country, left.region);
    if (out.safety == Safety::Protected)
        out.sentence =
            before.isEmpty()
                ? StateTexts::tr("For now your traffic leaves from the home before")
                : StateTexts::tr("For now your traffic leaves from %1", "%1: a place").arg(before);
    else
        out.sentence = blockedOrBare(
            view, out.safety, StateTexts::tr("until you are connected", "nothing leaves ..."));
    out.banner = problemBanner(view, Tone::Warning);
    if (!view.switching)
        offerCancel(out, view);
    else if (view.switchingFrom)
        offerGoBack(out, *view.switchingFrom);
    else
        offerDisconnect(out, view);
}

/// The tunnel of before was kept.
BannerView notSwitchedBanner(const QString &country)
{
    const QString text =
        country.isEmpty()
            ? StateTexts::tr("No other home could be reached, so you stay where you were. Your "
                             "traffic never left the tunnel.")
            : StateTexts::tr("%1 could not be reached, so you stay where you were. Your traffic "
                             "never left the tunnel.",
                             "%1: a country")
                  .arg(widgets::countryName(country));
    return {Tone::Warning, text, StateTexts::tr("Choose another country"), Action::ChoosePlace};
}

void sayConnected(StateView &out, const ClientView &view)
{
    out.ring = RingKind::On;
    out.tray = TrayShape::On;
    out.title = StateTexts::tr("Connected");
    const QString place = placeText(view.country, view.region);
    out.sentence = place.isEmpty()
                       ? StateTexts::tr("Your traffic takes the tunnel")
                       : StateTexts::tr("Your traffic leaves from %1", "%1: a place").arg(place);
    if (view.health == Health::NoSignal) {
        out.ring = RingKind::Attention;
        out.sentence = out.safety == Safety::Protected
                           ? StateTexts::tr("The exit gives no sign of life at the moment. Nothing "
                                            "leaves outside the tunnel")
                           : StateTexts::tr("The exit gives no sign of life at the moment");
    }
    if (view.notSwitchedTo)
        out.banner = notSwitchedBanner(*view.notSwitchedTo);
    if (out.safety == Safety::Unguarded)
        out.banner = BannerView{Tone::Error,
                                StateTexts::tr("The kill switch is not in force: if the tunnel "
                                               "fails, your traffic is not protected."),
                                StateTexts::tr("Find out why"), Action::OpenDiagnostics};
    offer(out, Glyph::Power, StateTexts::tr("Disconnect"), Action::Disconnect, false);
    out.details = true;
    if (!view.lockdown)
        out.second = {StateTexts::tr("Pause"), Action::Pause};
}

void sayReconnecting(StateView &out, const ClientView &view)
{
    out.ring = RingKind::Attention;
    out.tray = TrayShape::Working;
    out.title = StateTexts::tr("Reconnecting");
    out.sentence = blockedOrBare(view, out.safety,
                                 StateTexts::tr("until the tunnel is back", "nothing leaves ..."));
    out.banner = problemBanner(view, Tone::Warning);
    offerDisconnect(out, view);
}

void sayDisconnecting(StateView &out, const ClientView &view)
{
    out.ring = RingKind::Working;
    out.tray = TrayShape::Working;
    out.title = StateTexts::tr("Disconnecting");
    out.sentence = out.safety == Safety::Blocked
                       ? StateTexts::tr("%1 until the network is as before",
                                        "%1: nothing leaves this computer")
                             .arg(nothingLeaves(view))
                       : StateTexts::tr("Your traffic is not protected");
    offer(out, Glyph::Refresh, StateTexts::tr("Connect again"), Action::Connect, false);
}

void sayBlocked(StateView &out, const ClientView &view)
{
    out.ring = RingKind::Blocked;
    out.tray = TrayShape::Blocked;
    out.title = StateTexts::tr("Blocked");
    if (out.safety != Safety::Blocked) {
        out.sentence = StateTexts::tr("The block is not in force: your traffic is not protected");
        out.banner = problemBanner(view, Tone::Error);
        offer(out, Glyph::Refresh, StateTexts::tr("Try again"), Action::TryAgain, true);
        return;
    }
    if (view.problem == Problem::Lockdown) {
        out.sentence = StateTexts::tr("Lockdown is on. %1 until you connect",
                                      "%1: nothing leaves this computer")
                           .arg(nothingLeaves(view));
        if (!view.settingsFault.isEmpty())
            out.banner = BannerView{Tone::Error,
                                    StateTexts::tr("Your settings cannot be read, and may have "
                                                   "said lockdown, so it is on. Connect, or turn "
                                                   "it off in the settings: the damaged file is "
                                                   "kept."),
                                    StateTexts::tr("Find out why"), Action::OpenDiagnostics};
        offerConnect(out);
        out.second = {StateTexts::tr("Lockdown settings"), Action::OpenSettings};
        return;
    }
    out.sentence = StateTexts::tr("%1 until the tunnel is back", "%1: nothing leaves this computer")
                       .arg(nothingLeaves(view));
    out.banner = problemBanner(view, Tone::Error);
    if (out.banner && triedAgain(view.problem))
        out.banner->text += u' ' + StateTexts::tr("Trying again automatically.");
    if (view.lockdown) {
        out.second = {StateTexts::tr("Lockdown settings"), Action::OpenSettings};
    } else {
        out.second = {StateTexts::tr("Disconnect"), Action::Disconnect};
        out.consequence = disconnectingOpens(view);
    }
    offer(out, Glyph::Refresh, StateTexts::tr("Try again"), Action::TryAgain, true);
}

void sayStarting(StateView &out)
{
    out.ring = RingKind::Working;
    out.title = StateTexts::tr("Starting");
    out.sentence = StateTexts::tr("Asking the background service what happens to your traffic");
    offer(out, Glyph::Power, StateTexts::tr("Connect"), Action::None, false);
}

void sayGone(StateView &out, LinkState link, const ClientView &view)
{
    out.ring = RingKind::Blocked;
    out.title = StateTexts::tr("No answer");
    out.sentence =
        link == LinkState::Forbidden ? StateTexts::tr("The background service does not let you in")
        : link == LinkState::TooOld ? StateTexts::tr("The background service is of another version")
                                    : StateTexts::tr("The background service does not run");
    // The firewall's rules outlive the process that made them.
    if (view.killSwitch)
        out.sentence += StateTexts::tr(". What the kill switch held back stays held back",
                                       "follows a sentence without its full stop");
    offer(out, Glyph::Refresh, StateTexts::tr("Try again"), Action::None, false);
}

} // namespace

Safety safetyOf(LinkState link, const ClientView &view)
{
    if (link != LinkState::Up)
        return Safety::Unknown;
    if (view.state == State::Connected)
        return view.killSwitch ? Safety::Protected : Safety::Unguarded;
    if (view.killSwitch && view.switchingFrom && view.switchingFrom->carries)
        return Safety::Protected; // by the tunnel of before
    return view.killSwitch ? Safety::Blocked : Safety::Bare;
}

StateView stateView(LinkState link, const ClientView &view, WallTime now)
{
    StateView out;
    out.safety = safetyOf(link, view);
    if (link == LinkState::Connecting) {
        sayStarting(out);
    } else if (link != LinkState::Up) {
        sayGone(out, link, view);
    } else {
        switch (view.state) {
        case State::Disconnected:
            sayDisconnected(out, view, now);
            break;
        case State::Connecting:
            sayConnecting(out, view);
            break;
        case State::Connected:
            sayConnected(out, view);
            break;
        case State::Reconnecting:
            sayReconnecting(out, view);
            break;
        case State::Disconnecting:
            sayDisconnecting(out, view);
            break;
        case State::Blocked:
            sayBlocked(out, view);
            break;
        }
        out.chips = chipsOf(view, out.safety);
    }
    out.toolTip =
        StateTexts::tr("HiggsVPN: %1. %2", "%1: the state; %2: what happens to the traffic")
            .arg(out.title, out.sentence);
    return out;
}

} // namespace higgs::vpn
