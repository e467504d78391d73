// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/fault_words.h"

#include "app-vpn/gui/daemon_link.h"

#include <QCoreApplication>

namespace higgs::vpn {

namespace {

struct FaultText
{
    Q_DECLARE_TR_FUNCTIONS(FaultText)
};

/// What works without the daemon: its own offline way, by the terminal program beside this window.
widgets::Repair restoreNetwork(const DaemonLink &link)
{
    return {FaultText::tr("Restore my network"),
            {QCoreApplication::applicationDirPath() + QStringLiteral("/higgs-vpnctl"),
             QStringLiteral("restore-network"), QStringLiteral("--control"),
             QString::fromStdString(link.line().socketPath())},
            FaultText::tr("That takes the kill switch and lockdown away: your traffic is not "
                          "protected then."),
            FaultText::tr("Your network is as it was before. Your traffic is not protected: it "
                          "takes your normal line.")};
}

} // namespace

widgets::FaultWords faultWords(const DaemonLink &link)
{
    const bool stood = link.everUp() && link.view().killSwitch;
    widgets::FaultWords words;
    switch (link.linkState()) {
    case LinkState::Up:
    case LinkState::Connecting:
        words.title = FaultText::tr("Looking for the service");
        words.happened = FaultText::tr("The window asks the HiggsVPN service how things stand.");
        break;
    case LinkState::Absent:
        words.title = link.everUp() ? FaultText::tr("The service stopped answering")
                                    : FaultText::tr("The service is not running");
        words.happened =
            FaultText::tr("HiggsVPN's service builds the tunnel. Without it this window can "
                          "show nothing and change nothing.");
        words.start = widgets::startService(QStringLiteral("higgs-vpnd"));
        words.restore = restoreNetwork(link);
        words.command = QStringLiteral("sudo systemctl restart higgs-vpnd");
        words.after = FaultText::tr("This starts it again; the window comes back by itself.");
        break;
    case LinkState::Forbidden:
        words.title = FaultText::tr("You may not control HiggsVPN");
        words.happened =
            FaultText::tr("On this computer only members of the group “higgs” may, and you "
                          "are not one of them yet.");
        words.command = QStringLiteral("sudo usermod -aG higgs \"$USER\"");
        words.after =
            FaultText::tr("This makes you a member. It takes effect when you log in the next "
                          "time.");
        break;
    case LinkState::TooOld:
        words =
            widgets::otherVersionWords(link.line().daemonVersion(), QStringLiteral("higgs-vpnd"));
        words.title = FaultText::tr("HiggsVPN needs a restart");
        break;
    }
    if (link.linkState() == LinkState::Absent && stood)
        words.meaning =
            FaultText::tr("The kill switch stays where it is: nothing leaves this computer "
                          "outside the tunnel until the service is back.");
    else if (link.linkState() == LinkState::Absent && link.everUp())
        words.meaning = FaultText::tr("Your traffic is not protected: it takes your normal line.");
    else if (link.linkState() == LinkState::Absent)
        words.meaning =
            FaultText::tr("If a tunnel was in use before, the kill switch still holds and "
                          "nothing leaves outside of it. Otherwise your traffic takes your "
                          "normal line.");
    else
        words.meaning =
            FaultText::tr("This window cannot see what happens to your traffic. What the "
                          "service was told before goes on.");
    return words;
}

} // namespace higgs::vpn
