// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/main_window.h"

#include "app-vpn/gui/picker.h"
#include "app-vpn/gui/preferences.h"
#include "app-vpn/gui/receipt_page.h"
#include "app-vpn/gui/state_page.h"
#include "app-vpn/gui/window_keys.h"
#include "shared/widgets/button.h"
#include "shared/widgets/load_bar.h"
#include "shared/widgets/refusal_text.h"
#include "shared/widgets/theme.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/who_sees_what.h"
#include "shared/widgets/wordmark.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr QSize UsualSize{400, 680};
constexpr QSize LeastSize{360, 480};
constexpr int WideFrom = 760;
constexpr int StateWidth = 400;

class UprightLine : public QWidget
{
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter(this).fillRect(rect(), tokensOf(*this).line);
    }
};

} // namespace

MainWindow::MainWindow(DaemonLink &link, Theme &theme, Preferences &preferences, QWidget *settings,
                       QWidget *diagnostics, QWidget *firstRun, QWidget *fault)
    : TrayedWindow(preferences, UsualSize, LeastSize),
      m_link(link),
      m_theme(theme),
      m_preferences(preferences),
      m_settings(settings),
      m_diagnostics(diagnostics),
      m_firstRun(firstRun),
      m_fault(fault),
      m_who(new WhoSeesPage(Side::Guest)),
      m_receipt(new ReceiptPage(link)),
      m_keys(new KeysPage(&keys::all)),
      m_pages(new QStackedWidget),
      m_home(new QWidget),
      m_statePane(new QWidget),
      m_below(new QStackedWidget),
      m_divider(new UprightLine),
      m_wordmark(new Wordmark(Product::Vpn)),
      m_menuButton(new IconButton(Glyph::Menu)),
      m_menu(new QMenu(this)),
      m_pauseMenu(new QMenu(m_menu)),
      m_settingsAction(new QAction(this)),
      m_diagnosticsAction(new QAction(this)),
      m_whoAction(new QAction(this)),
      m_receiptAction(new QAction(this)),
      m_keysAction(new QAction(this)),
      m_quitAction(new QAction(this)),
      m_state(new StatePage(link, m_flags)),
      m_picker(new Picker(link, preferences, m_flags))
{
    LoadBar::installAccessibility();
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(QStringLiteral("HiggsVPN"));
    build();
    buildMenu();
    retranslate();
    connect(m_state, &StatePage::wanted, this, &MainWindow::perform);
    connect(m_state, &StatePage::pauseWanted, this, &MainWindow::pause);
    connect(m_picker, &Picker::closed, this, &MainWindow::closePicker);
    connect(m_picker, &Picker::chosen, this, [this](const QString &country, const QString &region) {
        closePicker();
        m_state->setFocus(Qt::OtherFocusReason); // the ring undoes what was chosen
        connectTo(country, region);
    });
    connect(m_picker, &Picker::viaChosen, this, [this](const QString &country) {
        m_link.set(QStringLiteral("via"), country.isEmpty() ? QStringLiteral("none") : country)
            .then(this, [this](const Result<void> &done) {
                if (!done)
                    m_state->sayRefused(refusalText(done.error()));
            });
    });
    connect(&m_link, &DaemonLink::linkChanged, this, &MainWindow::followLink);
    connect(&m_link, &DaemonLink::viewChanged, this, &MainWindow::followLink);
    followLink();
    arrange();
    m_state->setFocus(Qt::OtherFocusReason);
}

void MainWindow::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_pages);
    m_pages->addWidget(m_home);
    for (QWidget *page : {m_settings, m_diagnostics, m_firstRun, m_who, m_receipt, m_keys})
        adopt(page);
    auto *across = new QHBoxLayout(m_home);
    across->setContentsMargins(0, 0, 0, 0);
    across->setSpacing(0);
    auto *down = new QVBoxLayout(m_statePane);
    down->setContentsMargins(0, 0, 0, 0);
    down->setSpacing(0);
    down->addWidget(buildHead());
    down->addWidget(m_below, 1);
    m_below->addWidget(m_state);
    m_below->addWidget(m_fault);
    m_divider->setFixedWidth(1);
    across->addWidget(m_statePane);
    across->addWidget(m_divider);
    across->addWidget(m_picker, 1);
}

QWidget *MainWindow::buildHead()
{
    auto *head = new QWidget;
    auto *across = new QHBoxLayout(head);
    across->setContentsMargins(Margin, Grid, 2 * Grid, Grid);
    across->addWidget(m_wordmark);
    across->addStretch(1);
    m_menuButton->setObjectName(QStringLiteral("menuButton"));
    across->addWidget(m_menuButton);
    connect(m_menuButton, &IconButton::clicked, this, &MainWindow::openMenu);
    return head;
}

void MainWindow::buildMenu()
{
    m_settingsAction->setObjectName(QStringLiteral("settingsAction"));
    m_diagnosticsAction->setObjectName(QStringLiteral("diagnosticsAction"));
    m_whoAction->setObjectName(QStringLiteral("whoSeesAction"));
    m_receiptAction->setObjectName(QStringLiteral("receiptAction"));
    m_quitAction->setObjectName(QStringLiteral("quitAction"));
    m_keysAction->setObjectName(QStringLiteral("keysAction"));
    m_settingsAction->setShortcut(keys::Settings);
    m_diagnosticsAction->setShortcut(keys::Diagnostics);
    m_keysAction->setShortcut(keys::Help);
    m_quitAction->setShortcut(keys::Quit);
    connect(m_settingsAction, &QAction::triggered, this, &MainWindow::showSettings);
    connect(m_diagnosticsAction, &QAction::triggered, this, &MainWindow::showDiagnostics);
    connect(m_whoAction, &QAction::triggered, this, &MainWindow::showWhoSees);
    connect(m_receiptAction, &QAction::triggered, this, &MainWindow::showReceipt);
    connect(m_keysAction, &QAction::triggered, this, &MainWindow::showKeys);
    connect(m_quitAction, &QAction::triggered, this, &MainWindow::quitWanted);
    addPauseActions(*m_pauseMenu, this, [this](int minutes) { pause(minutes); });
    m_menu->addMenu(m_pauseMenu);
    m_menu->addSeparator();
    m_menu->addAction(m_settingsAction);
    m_menu->addAction(m_diagnosticsAction);
    m_menu->addAction(m_receiptAction);
    m_menu->addAction(m_whoAction);
    m_menu->addAction(m_keysAction);
    m_menu->addSeparator();
    m_menu->addAction(m_quitAction);
    addActions({m_settingsAction, m_diagnosticsAction, m_keysAction, m_quitAction});
    addShortcut(keys::Search, [this] { openPicker(); });
    addShortcut(keys::Menu, [this] { openMenu(); });
    addShortcut(keys::Connect, [this] { connectByKey(); });
    addShortcut(keys::Pause, [this] {
        if (m_pauseMenu->menuAction()->isVisible() && m_pages->currentWidget() == m_home)
            m_state->choosePause();
    });
}

void MainWindow::addShortcut(const QKeySequence &keys, std::function<void()> deed)
{
    auto *action = new QAction(this);
    action->setShortcut(keys);
    connect(action, &QAction::triggered, this, std::move(deed));
    addAction(action);
}

void MainWindow::adopt(QWidget *page)
{
    if (page == nullptr)
        return;
    m_pages->addWidget(page);
    // The pages are other people's classes; all that matters here is whether they lead back.
    if (page->metaObject()->indexOfSignal("back()") >= 0)
        connect(page, SIGNAL(back()), this, SLOT(showHome()));
    if (page->metaObject()->indexOfSignal("done()") >= 0)
        connect(page, SIGNAL(done()), this, SLOT(showHome()));
}

void MainWindow::retranslate()
{
    m_menuButton->setName(tr("Menu"));
    m_settingsAction->setText(tr("Settings"));
    m_diagnosticsAction->setText(tr("Diagnostics"));
    m_whoAction->setText(tr("Who sees what"));
    m_receiptAction->setText(tr("Leak receipt"));
    m_keysAction->setText(tr("Keyboard"));
    m_quitAction->setText(tr("Quit"));
    m_pauseMenu->setTitle(tr("Pause"));
    m_pauseMenu->clear();
    addPauseActions(*m_pauseMenu, this, [this](int minutes) { pause(minutes); });
}

void MainWindow::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

bool MainWindow::wide() const
{
    return width() >= WideFrom;
}

void MainWindow::arrange()
{
    // Without the service there is nothing to choose from.
    const bool beside = wide() && !faulty();
    const bool sheet = m_pickerOpen && !faulty();
    m_picker->setSheet(!beside);
    m_picker->setVisible(beside || sheet);
    m_statePane->setVisible(beside || !sheet);
    m_divider->setVisible(beside);
    m_statePane->setMaximumWidth(beside ? StateWidth : QWIDGETSIZE_MAX);
    m_statePane->setMinimumWidth(beside ? StateWidth : 0);
}

bool MainWindow::faulty() const
{
    return m_below->currentWidget() == m_fault;
}

void MainWindow::showFault(bool fault)
{
    if (fault == faulty())
        return;
    m_below->setCurrentWidget(fault ? m_fault : m_state);
    arrange();
    if (m_pages->currentWidget() == m_home)
        m_below->currentWidget()->setFocus(Qt::OtherFocusReason);
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void MainWindow::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    // Already before the picker opens, so that it opens with places.
    m_link.keepPlacesFresh(true);
}

void MainWindow::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_link.keepPlacesFresh(false);
}

void MainWindow::turnTo(QWidget *page)
{
    if (page == nullptr || m_pages->currentWidget() == page)
        return;
    m_pages->setCurrentWidget(page);
    page->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showHome()
{
    m_greeted = true;
    turnTo(m_home);
    followLink();
}

void MainWindow::showSettings()
{
    turnTo(m_settings);
}

void MainWindow::showDiagnostics()
{
    turnTo(m_diagnostics);
}

void MainWindow::showWhoSees()
{
    turnTo(m_who);
}

void MainWindow::showReceipt()
{
    turnTo(m_receipt);
}

void MainWindow::showKeys()
{
    turnTo(m_keys);
}

void MainWindow::showFirstRun()
{
    m_greeted = true;
    turnTo(m_firstRun);
}

void MainWindow::openPicker(const QString &search)
{
    if (m_pages->currentWidget() != m_home || faulty())
        return;
    m_pickerOpen = true;
    arrange();
    m_picker->beginSearch(search);
}

void MainWindow::closePicker()
{
    m_pickerOpen = false;
    arrange();
    if (!wide())
        m_state->focusPlace();
}

void MainWindow::followLink()
{
    const LinkState link = m_link.linkState();
    const bool fault =
        link == LinkState::Absent || link == LinkState::Forbidden || link == LinkState::TooOld;
    QWidget *current = m_pages->currentWidget();
    if (fault && current != m_diagnostics && current != m_settings && current != m_who &&
        current != m_keys)
        turnTo(m_home);
    if (fault || link == LinkState::Up)
        showFault(fault);
    if (link == LinkState::Up && !m_greeted) {
        m_greeted = true;
        if (!m_link.view().server)
            turnTo(m_firstRun);
    }
    const StateView state = stateView(link, m_link.view(), wallNow());
    m_pauseMenu->menuAction()->setVisible(state.second.action == Action::Pause);
}

void MainWindow::openMenu()
{
    const QPoint corner = m_menuButton->mapToGlobal(m_menuButton->rect().bottomRight());
    m_menu->popup(corner - QPoint(m_menu->sizeHint().width(), 0));
}

void MainWindow::keyPressEvent(QKeyEvent *event)
{
    QWidget *current = m_pages->currentWidget();
    if (event->key() == Qt::Key_Escape && (current == m_settings || current == m_diagnostics)) {
        showHome();
        return;
    }
    const auto steering = Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier;
    const QString text = event->text();
    const bool types =
        !(event->modifiers() & steering) && !text.isEmpty() && text.at(0).isLetterOrNumber();
    if (types && current == m_home) {
        openPicker(text);
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace higgs::vpn
