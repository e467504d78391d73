// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/node_tray.h"

#include "app-node/tray/main_window.h"
#include "app-node/tray/node_news.h"
#include "shared/widgets/window_preferences.h"

#include <QAction>
#include <QEvent>

namespace higgs::node {

using widgets::Tray;

namespace {

constexpr int HourMinutes = 60;

} // namespace

NodeTray::NodeTray(NodeLink &link, widgets::Theme &theme, widgets::WindowPreferences &preferences,
                   MainWindow &window)
    : m_link(link), m_theme(theme), m_preferences(preferences), m_window(window), m_tray(m_menu)
{
    buildMenu();
    connect(&m_link, &NodeLink::viewChanged, this, &NodeTray::notify);
    connect(&m_link, &NodeLink::viewChanged, this, &NodeTray::refresh);
    connect(&m_link, &NodeLink::linkChanged, this, &NodeTray::refresh);
    connect(&m_link, &NodeLink::requestFailed, this, &NodeTray::refresh);
    connect(&m_theme, &widgets::Theme::changed, this, [this] {
        m_shownShape.reset();
        refresh();
    });
    connect(&m_tray, &Tray::activated, &m_window, &MainWindow::raiseWindow);
    connect(&m_tray, &Tray::availabilityChanged, &m_window, &MainWindow::setTrayAvailable);
    connect(&m_window, &MainWindow::hiddenToTray, this, &NodeTray::explain);
    m_window.setTrayAvailable(m_tray.available());
    m_window.installEventFilter(this);
    refresh();
}

NodeTray::~NodeTray() = default;

void NodeTray::buildMenu()
{
    m_menu.setObjectName(QStringLiteral("trayMenu"));
    const auto add = [this](const char *name) {
        QAction *action = m_menu.addAction(QString());
        action->setObjectName(QString::fromLatin1(name));
        return action;
    };
    m_state = add("trayState");
    m_figures = add("trayFigures");
    m_menu.addSeparator();
    m_share = add("trayShare");
    m_hour = add("trayPauseHour");
    m_tomorrow = add("trayPauseTomorrow");
    m_resume = add("trayResume");
    m_menu.addSeparator();
    m_open = add("trayOpen");
    m_quit = add("trayQuit");
    m_state->setEnabled(false);
    m_figures->setEnabled(false);
    m_share->setCheckable(true);
    connect(m_share, &QAction::triggered, this, &NodeTray::toggle);
    connect(m_hour, &QAction::triggered, this, [this] { m_link.pauseMinutes(HourMinutes); });
    connect(m_tomorrow, &QAction::triggered, &m_link, &NodeLink::pauseUntilTomorrow);
    connect(m_resume, &QAction::triggered, &m_link, &NodeLink::resume);
    connect(m_open, &QAction::triggered, &m_window, &MainWindow::raiseWindow);
    connect(m_quit, &QAction::triggered, &m_window, &MainWindow::quitWanted);
}

void NodeTray::toggle(bool on)
{
    if (!on || m_link.view().consent) {
        m_link.setSharing(on);
    } else {
        m_window.raiseWindow();
        m_window.perform(Deed::Agree);
    }
    refresh(); // checked is what the daemon says, not what was clicked
}

bool NodeTray::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        refresh();
    return QObject::eventFilter(watched, event);
}

void NodeTray::refresh()
{
    const NodeView &view = m_link.view();
    const bool up = m_link.linkState() == LinkState::Up;
    const Words words = wordsOf(m_link.linkState(), view, wallNow());
    const bool paused = up && view.state == State::Limited && view.limit == LimitReason::Paused;
    const bool pausable = up && view.sharing && view.state != State::Problem && !paused;
    m_state->setText(words.title);
    m_figures->setText(figuresLine(view));
    m_figures->setVisible(up && view.sharing);
    m_share->setText(words.held ? tr("Share my connection (on, held back)")
                                : tr("Share my connection"));
    m_share->setChecked(up && view.sharing);
    m_share->setEnabled(up);
    m_hour->setText(tr("Pause for an hour"));
    m_tomorrow->setText(tr("Pause until tomorrow"));
    m_resume->setText(tr("Resume now"));
    m_hour->setVisible(pausable);
    m_tomorrow->setVisible(pausable);
    m_resume->setVisible(paused);
    m_open->setText(tr("Open HiggsNode"));
    m_quit->setText(tr("Quit"));
    if (m_shownShape != words.shape) {
        m_shownShape = words.shape;
        m_tray.setIcon(widgets::trayIcon(words.shape, m_theme.panelShade()));
    }
    if (m_shownToolTip != words.toolTip) {
        m_shownToolTip = words.toolTip;
        m_tray.setToolTip(words.toolTip);
    }
}

void NodeTray::notify()
{
    const NodeView &now = m_link.view();
    const std::optional<Notice> notice =
        m_known ? noticeBetween(m_before, now, wallNow()) : std::nullopt;
    m_before = now;
    m_known = true;
    if (!notice || !m_preferences.notifications() || m_window.isActiveWindow())
        return;
    Q_EMIT noticed(notice->title, notice->text);
    m_tray.notify(notice->title, notice->text, notice->urgent);
}

void NodeTray::explain()
{
    if (m_preferences.trayExplained() || !m_tray.available())
        return;
    m_preferences.setTrayExplained();
    m_tray.notify(tr("HiggsNode goes on"),
                  tr("The window is closed, sharing stays as it is. Click the icon in the panel to "
                     "open the window again."),
                  false);
}

} // namespace higgs::node
