// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/main_window.h"

#include "app-node/tray/diagnostics_page.h"
#include "app-node/tray/first_run.h"
#include "app-node/tray/guests_page.h"
#include "app-node/tray/history_page.h"
#include "app-node/tray/home_page.h"
#include "app-node/tray/letter_page.h"
#include "app-node/tray/limits_page.h"
#include "app-node/tray/safety_page.h"
#include "app-node/tray/server_page.h"
#include "app-node/tray/settings_page.h"
#include "shared/widgets/button.h"
#include "shared/widgets/fault_page.h"
#include "shared/widgets/load_bar.h"
#include "shared/widgets/page.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/who_sees_what.h"
#include "shared/widgets/wordmark.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QStackedWidget>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr QSize UsualSize{420, 680};
constexpr QSize LeastSize{360, 480};

} // namespace

MainWindow::MainWindow(NodeLink &link, WindowPreferences &preferences, const Pages &pages)
    : TrayedWindow(preferences, UsualSize, LeastSize),
      m_link(link),
      m_made(pages),
      m_pages(new QStackedWidget),
      m_home(new QWidget),
      m_below(new QStackedWidget),
      m_safety(new SafetyPage(link)),
      m_limits(new LimitsPage(link)),
      m_guests(new GuestsPage(link)),
      m_history(new HistoryPage(link)),
      m_letter(new LetterPage(link)),
      m_who(new WhoSeesPage(Side::Owner)),
      m_menuButton(new IconButton(Glyph::Menu)),
      m_menu(new QMenu(this)),
      m_settingsAction(new QAction(this)),
      m_diagnosticsAction(new QAction(this)),
      m_whoAction(new QAction(this)),
      m_letterAction(new QAction(this)),
      m_quitAction(new QAction(this))
{
    LoadBar::installAccessibility();
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(QStringLiteral("HiggsNode"));
    build();
    buildMenu();
    retranslate();
    connect(&m_link, &NodeLink::linkChanged, this, &MainWindow::followLink);
    connect(&m_link, &NodeLink::viewChanged, this, &MainWindow::followLink);
    followLink();
}

void MainWindow::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_pages);
    auto *home = new HomePage(m_link);
    auto *down = new QVBoxLayout(m_home);
    down->setContentsMargins(0, 0, 0, 0);
    down->setSpacing(0);
    down->addWidget(buildHead());
    down->addWidget(m_below, 1);
    m_below->addWidget(home);
    m_below->addWidget(m_made.fault);
    for (QWidget *page :
         {m_home, m_safety, m_limits, m_guests, m_history, m_letter, m_who,
          static_cast<QWidget *>(m_made.settings), static_cast<QWidget *>(m_made.diagnostics),
          static_cast<QWidget *>(m_made.firstRun), static_cast<QWidget *>(m_made.server)})
        m_pages->addWidget(page);

    connect(home, &HomePage::deedWanted, this, &MainWindow::perform);
    connect(home, &HomePage::safetyWanted, this, &MainWindow::showSafety);
    connect(home, &HomePage::limitsWanted, this, &MainWindow::showLimits);
    connect(home, &HomePage::guestsWanted, this, &MainWindow::showGuests);
    connect(home, &HomePage::historyWanted, this, &MainWindow::showHistory);
    connect(static_cast<SafetyPage *>(m_safety), &SafetyPage::done, this, &MainWindow::showHome);
    connect(static_cast<LimitsPage *>(m_limits), &LimitsPage::done, this, &MainWindow::showHome);
    connect(static_cast<GuestsPage *>(m_guests), &GuestsPage::done, this, &MainWindow::showHome);
    connect(static_cast<HistoryPage *>(m_history), &HistoryPage::done, this, &MainWindow::showHome);
    connect(static_cast<HistoryPage *>(m_history), &HistoryPage::letterWanted, this,
            &MainWindow::showLetter);
    connect(static_cast<LetterPage *>(m_letter), &LetterPage::done, this, &MainWindow::showHome);
    connect(static_cast<WhoSeesPage *>(m_who), &WhoSeesPage::back, this, &MainWindow::showHome);
    connect(m_made.settings, &SettingsPage::done, this, &MainWindow::showHome);
    connect(m_made.settings, &SettingsPage::firstRunWanted, this, &MainWindow::showFirstRun);
    connect(m_made.settings, &SettingsPage::changeServerWanted, this, [this] {
        m_made.server->begin();
        show(m_made.server);
    });
    connect(m_made.server, &ServerPage::done, this, &MainWindow::showHome);
    connect(m_made.firstRun, &FirstRun::done, this, &MainWindow::showHome);
    connect(m_made.diagnostics, &DiagnosticsPage::done, this, &MainWindow::showHome);
}

QWidget *MainWindow::buildHead()
{
    auto *head = new QWidget;
    auto *across = new QHBoxLayout(head);
    across->setContentsMargins(Margin, Grid, 2 * Grid, Grid);
    across->addWidget(new Wordmark(Product::Node));
    across->addStretch(1);
    m_menuButton->setObjectName(QStringLiteral("menuButton"));
    across->addWidget(m_menuButton);
    connect(m_menuButton, &IconButton::clicked, this, &MainWindow::openMenu);
    return head;
}

void MainWindow::addEntry(QAction *action, const QString &name, const QKeySequence &key,
                          void (MainWindow::*slot)())
{
    action->setObjectName(name);
    action->setShortcut(key);
    connect(action, &QAction::triggered, this, slot);
    m_menu->addAction(action);
    addAction(action);
}

void MainWindow::buildMenu()
{
    addEntry(m_settingsAction, QStringLiteral("settingsAction"), Qt::CTRL | Qt::Key_Comma,
             &MainWindow::showSettings);
    addEntry(m_diagnosticsAction, QStringLiteral("diagnosticsAction"), Qt::CTRL | Qt::Key_I,
             &MainWindow::showDiagnostics);
    addEntry(m_whoAction, QStringLiteral("whoSeesAction"), {}, &MainWindow::showWhoSees);
    addEntry(m_letterAction, QStringLiteral("letterAction"), {}, &MainWindow::showLetter);
    m_menu->addSeparator();
    addEntry(m_quitAction, QStringLiteral("quitAction"), Qt::CTRL | Qt::Key_Q,
             &MainWindow::quitWanted);
    auto *menu = new QAction(this);
    menu->setShortcut(QKeySequence(Qt::Key_F10));
    connect(menu, &QAction::triggered, this, &MainWindow::openMenu);
    addAction(menu);
}

void MainWindow::openMenu()
{
    const QPoint corner = m_menuButton->mapToGlobal(m_menuButton->rect().bottomRight());
    m_menu->popup(corner - QPoint(m_menu->sizeHint().width(), 0));
}

void MainWindow::show(QWidget *page)
{
    if (m_pages->currentWidget() == page)
        return;
    m_pages->setCurrentWidget(page);
    // The keys of a page, Esc among them, are its Page's; where one thing is to be done, Enter does
    // it.
    auto *inside = page->focusProxy() == nullptr ? page->findChild<Page *>() : nullptr;
    (inside != nullptr ? inside : page)->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showHome()
{
    show(m_home);
    followLink();
}

void MainWindow::showSafety()
{
    show(m_safety);
}

void MainWindow::showLimits()
{
    show(m_limits);
}

void MainWindow::showGuests()
{
    show(m_guests);
}

void MainWindow::showHistory()
{
    show(m_history);
}

void MainWindow::showLetter()
{
    show(m_letter);
}

void MainWindow::showSettings()
{
    show(m_made.settings);
}

void MainWindow::showDiagnostics()
{
    show(m_made.diagnostics);
}

void MainWindow::showWhoSees()
{
    show(m_who);
}

void MainWindow::showFirstRun()
{
    m_greeted = true;
    m_made.firstRun->begin();
    show(m_made.firstRun);
}

void MainWindow::offer(const QString &link)
{
    if (m_link.linkState() != LinkState::Up) {
        m_offered = link;
        return;
    }
    m_offered.clear();
    if (!m_link.view().consent) {
        m_greeted = true;
        m_made.firstRun->offer(link);
        show(m_made.firstRun);
        return;
    }
    m_greeted = true;
    m_made.server->offer(link);
    show(m_made.server);
}

void MainWindow::followLink()
{
    const LinkState link = m_link.linkState();
    const bool fault =
        link == LinkState::Absent || link == LinkState::Forbidden || link == LinkState::TooOld;
    QWidget *current = m_pages->currentWidget();
    if (fault && current != static_cast<QWidget *>(m_made.diagnostics) &&
        current != static_cast<QWidget *>(m_made.settings) && current != m_who)
        show(m_home);
    if (fault || link == LinkState::Up)
        showFault(fault);
    if (link != LinkState::Up || !m_link.everUp())
        return;
    if (!m_offered.isEmpty()) {
        offer(QString(m_offered));
    } else if (!m_greeted) {
        m_greeted = true;
        if (!m_link.view().consent)
            showFirstRun();
    }
}

void MainWindow::showFault(bool fault)
{
    if (fault == (m_below->currentWidget() == m_made.fault))
        return;
    m_below->setCurrentIndex(fault ? 1 : 0);
    if (m_pages->currentWidget() == m_home)
        m_below->currentWidget()->setFocus(Qt::OtherFocusReason);
}

void MainWindow::perform(Deed deed)
{
    switch (deed) {
    case Deed::None:
        break;
    case Deed::Agree:
        showFirstRun();
        break;
    case Deed::Resume:
        m_link.resume();
        break;
    case Deed::TryAgain:
        m_link.setSharing(true);
        break;
    case Deed::OpenSafety:
        showSafety();
        break;
    case Deed::OpenLimits:
        showLimits();
        break;
    case Deed::OpenSettings:
        showSettings();
        if (m_link.view().problem == Problem::AccessDenied)
            m_made.settings->enterKey();
        break;
    case Deed::OpenDiagnostics:
        showDiagnostics();
        break;
    }
}

void MainWindow::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    TrayedWindow::changeEvent(event);
}

void MainWindow::retranslate()
{
    m_menuButton->setName(tr("Menu"));
    m_settingsAction->setText(tr("Settings"));
    m_diagnosticsAction->setText(tr("Diagnostics"));
    m_whoAction->setText(tr("Who sees what"));
    m_letterAction->setText(tr("My provider wrote to me"));
    m_quitAction->setText(tr("Quit"));
}

} // namespace higgs::node
