// SPDX-License-Identifier: GPL-3.0-or-later
// The window: head with the menu, state and picker (side by side where there is room), other pages.
#pragma once

#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/state_view.h"
#include "shared/widgets/flag.h"
#include "shared/widgets/trayed_window.h"

#include <functional>

class QMenu;
class QStackedWidget;

namespace higgs::widgets {
class IconButton;
class Theme;
class Wordmark;
} // namespace higgs::widgets

namespace higgs::vpn {

class Picker;
class Preferences;
class StatePage;

class MainWindow : public widgets::TrayedWindow
{
    Q_OBJECT

public:
    /// The pages become this window's; where one has a signal `back()` or `done()`, it leads home.
    /// Link, theme and preferences outlive the window.
    MainWindow(DaemonLink &link, widgets::Theme &theme, Preferences &preferences, QWidget *settings,
               QWidget *diagnostics, QWidget *firstRun, QWidget *fault);

    /// What every button of window and tray comes to.
    void perform(Action action);
    /// An empty country is the fastest.
    void connectTo(const QString &country, const QString &region = {});
    void pause(int minutes);
    /// From a switch to the exit that stood before it.
    void goBack();

public Q_SLOTS:
    void showHome();
    void showSettings();
    void showDiagnostics();
    void showWhoSees();
    void showReceipt();
    void showKeys();
    void showFirstRun();
    void openPicker(const QString &search = {});

Q_SIGNALS:
    void quitWanted();
    /// EnterKey: where the settings keep it.
    void keyWanted();

protected:
    void changeEvent(QEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    void buildMenu();
    QWidget *buildHead();
    void adopt(QWidget *page);
    void turnTo(QWidget *page);
    void retranslate();
    void arrange();
    void closePicker();
    void followLink();
    void openMenu();
    void addShortcut(const QKeySequence &keys, std::function<void()> deed);
    void connectByKey();
    bool wide() const;
    bool faulty() const;
    void showFault(bool fault);

    DaemonLink &m_link;
    widgets::Theme &m_theme;
    Preferences &m_preferences;
    widgets::Flags m_flags;
    QWidget *m_settings;
    QWidget *m_diagnostics;
    QWidget *m_firstRun;
    QWidget *m_fault;
    QWidget *m_who;
    QWidget *m_receipt;
    QWidget *m_keys;
    QStackedWidget *m_pages;
    QWidget *m_home;
    QWidget *m_statePane;
    QStackedWidget *m_below; ///< the head: the state, or what is wrong with the service
    QWidget *m_divider;
    widgets::Wordmark *m_wordmark;
    widgets::IconButton *m_menuButton;
    QMenu *m_menu;
    QMenu *m_pauseMenu;
    QAction *m_settingsAction;
    QAction *m_diagnosticsAction;
    QAction *m_whoAction;
    QAction *m_receiptAction;
    QAction *m_keysAction;
    QAction *m_quitAction;
    StatePage *m_state;
    Picker *m_picker;
    bool m_pickerOpen = false;
    bool m_greeted = false; ///< the first run was offered once
};

} // namespace higgs::vpn
