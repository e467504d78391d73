// SPDX-License-Identifier: GPL-3.0-or-later
// The window: a head with the menu, the first page, and the pages behind it.
#pragma once

#include "app-node/tray/node_link.h"
#include "app-node/tray/node_words.h"
#include "shared/widgets/trayed_window.h"

class QMenu;
class QStackedWidget;

namespace higgs::widgets {
class IconButton;
class Wordmark;
} // namespace higgs::widgets

namespace higgs::node {

class DiagnosticsPage;
class FirstRun;
class ServerPage;
class SettingsPage;

/// The pages that are made elsewhere; they become the window's.
struct Pages
{
    SettingsPage *settings = nullptr;
    DiagnosticsPage *diagnostics = nullptr;
    FirstRun *firstRun = nullptr;
    ServerPage *server = nullptr;
    QWidget *fault = nullptr;
};

class MainWindow : public widgets::TrayedWindow
{
    Q_OBJECT

public:
    /// Link and preferences outlive the window.
    MainWindow(NodeLink &link, widgets::WindowPreferences &preferences, const Pages &pages);

    /// What the button under the state comes to; also the tray's.
    void perform(Deed deed);
    /// An invitation as it came from outside: shown, never used by itself.
    void offer(const QString &link);

public Q_SLOTS:
    void showHome();
    void showSafety();
    void showLimits();
    void showGuests();
    void showHistory();
    void showLetter();
    void showSettings();
    void showDiagnostics();
    void showWhoSees();
    void showFirstRun();

Q_SIGNALS:
    void quitWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build();
    QWidget *buildHead();
    void buildMenu();
    void addEntry(QAction *action, const QString &name, const QKeySequence &key,
                  void (MainWindow::*slot)());
    void show(QWidget *page);
    void followLink();
    void showFault(bool fault);
    void openMenu();
    void retranslate();

    NodeLink &m_link;
    Pages m_made;
    QStackedWidget *m_pages;
    QWidget *m_home;
    QStackedWidget *m_below; ///< the head: the first page, or what is wrong with the service
    QWidget *m_safety;
    QWidget *m_limits;
    QWidget *m_guests;
    QWidget *m_history;
    QWidget *m_letter;
    QWidget *m_who;
    widgets::IconButton *m_menuButton;
    QMenu *m_menu;
    QAction *m_settingsAction;
    QAction *m_diagnosticsAction;
    QAction *m_whoAction;
    QAction *m_letterAction;
    QAction *m_quitAction;
    QString m_offered; ///< an invitation that came before the daemon answered
    bool m_greeted = false;
};

} // namespace higgs::node
