// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/trayed_window.h"

#include "shared/widgets/window_preferences.h"

#include <QApplication>
#include <QCloseEvent>
#include <QTimer>

namespace higgs::widgets {

namespace {

constexpr int TrayPatienceMs = 4000; // panels that start with the session need a moment

} // namespace

TrayedWindow::TrayedWindow(WindowPreferences &preferences, QSize usual, QSize least)
    : m_preferences(preferences)
{
    setMinimumSize(least);
    resize(usual);
    restoreGeometry(m_preferences.windowGeometry());
}

void TrayedWindow::raiseWindow()
{
    m_startsHidden = false;
    setWindowState((windowState() & ~Qt::WindowMinimized) | Qt::WindowActive);
    show();
    raise();
    activateWindow();
}

void TrayedWindow::setTrayAvailable(bool available)
{
    // When the tray goes there must be something left to click on; before the first show there is
    // nothing yet to bring back.
    const bool lost = m_trayAvailable && !available;
    m_trayAvailable = available;
    if (lost && !isVisible() && !m_startsHidden)
        showMinimized();
}

void TrayedWindow::startHidden()
{
    m_startsHidden = true;
    QTimer::singleShot(TrayPatienceMs, this, [this] {
        if (m_startsHidden && !m_trayAvailable)
            showMinimized();
        m_startsHidden = false;
    });
}

void TrayedWindow::closeEvent(QCloseEvent *event)
{
    m_preferences.setWindowGeometry(saveGeometry());
    if (qApp->isSavingSession()) {
        event->accept();
        return;
    }
    event->ignore();
    if (!m_trayAvailable) {
        showMinimized();
        return;
    }
    hide();
    Q_EMIT hiddenToTray();
}

} // namespace higgs::widgets
