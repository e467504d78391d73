// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/vpn_tray.h"

#include "app-vpn/gui/main_window.h"
#include "app-vpn/gui/preferences.h"
#include "shared/widgets/country_names.h"

#include <QAction>
#include <QApplication>
#include <QEvent>

namespace higgs::vpn {

using widgets::Tray;

VpnTray::VpnTray(DaemonLink &link, widgets::Theme &theme, Preferences &preferences,
                 MainWindow &window)
    : m_link(link), m_theme(theme), m_preferences(preferences), m_window(window), m_tray(m_menu)
{
    m_menu.setObjectName(QStringLiteral("trayMenu"));
    connect(&m_menu, &QMenu::aboutToShow, this, &VpnTray::rebuildMenu);
    connect(&m_link, &DaemonLink::viewChanged, this, &VpnTray::notify);
    connect(&m_link, &DaemonLink::viewChanged, this, &VpnTray::refresh);
    connect(&m_link, &DaemonLink::linkChanged, this, &VpnTray::refresh);
    connect(&m_link, &DaemonLink::linkChanged, this, &VpnTray::notifyLoss);
    connect(&m_theme, &widgets::Theme::changed, this, [this] {
        m_shownShape.reset();
        refresh();
    });
    connect(&m_tray, &Tray::activated, &m_window, &MainWindow::raiseWindow);
    connect(&m_tray, &Tray::availabilityChanged, &m_window, &MainWindow::setTrayAvailable);
    connect(&m_window, &MainWindow::hiddenToTray, this, &VpnTray::explain);
    m_window.setTrayAvailable(m_tray.available());
    m_window.installEventFilter(this);
    refresh();
}

VpnTray::~VpnTray() = default;

bool VpnTray::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    return QObject::eventFilter(watched, event);
}

void VpnTray::refresh()
{
    const StateView state = stateView(m_link.linkState(), m_link.view(), wallNow());
    if (m_shownShape != state.tray) {
        m_shownShape = state.tray;
        m_tray.setIcon(widgets::trayIcon(state.tray, m_theme.panelShade()));
    }
    if (m_shownToolTip != state.toolTip) {
        m_shownToolTip = state.toolTip;
        m_tray.setToolTip(state.toolTip);
        // The panel shows a copy of the menu, so it must be right before it is asked for.
        if (!m_menu.isVisible())
            rebuildMenu();
    }
}

void VpnTray::rebuildMenu()
{
    const StateView state = stateView(m_link.linkState(), m_link.view(), wallNow());
    m_menu.clear();
    QAction *said = m_menu.addAction(state.title);
    said->setObjectName(QStringLiteral("trayState"));
    said->setEnabled(false);
    if (state.action != Action::None) {
        QAction *verb = m_menu.addAction(state.verb, &m_window, [this, action = state.action] {
            if (action == Action::SetUp)
                m_window.raiseWindow();
            m_window.perform(action);
        });
        verb->setObjectName(QStringLiteral("trayVerb"));
    }
    if (state.second.action == Action::Disconnect)
        m_menu.addAction(state.second.verb, &m_window,
                         [this] { m_window.perform(Action::Disconnect); });
    if (!state.consequence.isEmpty())
        m_menu.addAction(state.consequence)->setEnabled(false);
    const QStringList recents = m_preferences.recents();
    if (m_link.linkState() == LinkState::Up && !recents.isEmpty()) {
        m_menu.addSeparator();
        m_menu.addAction(tr("Recent countries"))->setEnabled(false);
        for (const QString &country : recents) {
            QAction *place = m_menu.addAction(widgets::countryName(country), &m_window,
                                              [this, country] { m_window.connectTo(country); });
            place->setObjectName(QStringLiteral("trayRecent") + country);
        }
    }
    m_menu.addSeparator();
    m_menu.addAction(tr("Open HiggsVPN"), &m_window, &MainWindow::raiseWindow)
        ->setObjectName(QStringLiteral("trayOpen"));
    m_menu.addAction(tr("Quit"), &m_window, &MainWindow::quitWanted)
        ->setObjectName(QStringLiteral("trayQuit"));
}

void VpnTray::notify()
{
    const ClientView &now = m_link.view();
    const std::optional<Notice> notice = m_known ? noticeBetween(m_before, now) : std::nullopt;
    m_before = now;
    m_known = true;
    if (!notice || !m_preferences.notifications() || m_window.isActiveWindow())
        return;
    Q_EMIT noticed(notice->title, notice->text);
    m_tray.notify(notice->title, notice->text, notice->urgent);
}

void VpnTray::notifyLoss()
{
    const LinkState link = m_link.linkState();
    const bool lost = m_wasUp && link == LinkState::Absent;
    if (link == LinkState::Up || lost)
        m_wasUp = !lost;
    if (!lost || !m_preferences.notifications() || m_window.isActiveWindow())
        return;
    const StateView state = stateView(link, m_link.view(), wallNow());
    Q_EMIT noticed(state.title, state.sentence);
    m_tray.notify(state.title, state.sentence, true);
}

void VpnTray::explain()
{
    if (m_preferences.trayExplained() || !m_tray.available())
        return;
    m_preferences.setTrayExplained();
    m_tray.notify(tr("HiggsVPN goes on"),
                  tr("The window is closed, the tunnel stays as it is. Click the icon in the panel "
                     "to open the window again."),
                  false);
}

} // namespace higgs::vpn
