// SPDX-License-Identifier: GPL-3.0-or-later
// What the buttons and keys of the window do.
#include "app-vpn/gui/main_window.h"

#include "app-vpn/gui/preferences.h"

namespace higgs::vpn {

void MainWindow::perform(Action action)
{
    const ClientView &view = m_link.view();
    switch (action) {
    case Action::None:
    case Action::Pause:
        break;
    case Action::Connect:
        m_link.connectTo({});
        break;
    case Action::TryAgain:
        if (view.request)
            m_link.connectTo({view.request->country,
                              {},
                              view.request->nodeId,
                              view.request->path,
                              view.request->via});
        else
            m_link.connectTo({});
        break;
    case Action::GoBack:
        goBack();
        break;
    case Action::Cancel:
    case Action::Disconnect:
    case Action::Unblock:
        m_link.disconnectTunnel();
        break;
    case Action::Resume:
        m_link.resume();
        break;
    case Action::ChoosePlace:
        openPicker();
        break;
    case Action::SetUp:
        showFirstRun();
        break;
    case Action::EnterKey:
        showSettings();
        Q_EMIT keyWanted();
        break;
    case Action::OpenSettings:
        showSettings();
        break;
    case Action::OpenDiagnostics:
        showDiagnostics();
        break;
    }
}

void MainWindow::connectTo(const QString &country, const QString &region)
{
    // Also what "Connect" means from now on, and what is connected to by itself at the start.
    const QString wish = country.isEmpty() ? QStringLiteral("any") : country;
    if (m_link.view().settings.country != country)
        m_link.set(QStringLiteral("country"), wish);
    if (!country.isEmpty())
        m_preferences.noteRecent(country);
    m_link.connectTo({wish, region, {}, {}, {}});
}

void MainWindow::goBack()
{
    // "Connect" means again what it meant before somebody chose another place.
    const ClientView &view = m_link.view();
    if (view.request && view.switchingFrom && view.settings.country == view.request->country) {
        const QString before = view.switchingFrom->request.country;
        m_link.set(QStringLiteral("country"), before.isEmpty() ? QStringLiteral("any") : before);
    }
    m_link.cancelSwitch();
}

void MainWindow::pause(int minutes)
{
    m_link.pause(minutes);
}

/// Only what leads into the tunnel: no key pressed by mistake leads out of it.
void MainWindow::connectByKey()
{
    const Action action = stateView(m_link.linkState(), m_link.view(), wallNow()).action;
    if (action == Action::Connect || action == Action::TryAgain || action == Action::Resume)
        perform(action);
}

} // namespace higgs::vpn
