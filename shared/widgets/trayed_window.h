// SPDX-License-Identifier: GPL-3.0-or-later
// A window beside a tray icon: closing it hides it where there is a tray, and minimises it where
// there is none, so that something is always left to click on.
#pragma once

#include <QWidget>

namespace higgs::widgets {

class WindowPreferences;

class TrayedWindow : public QWidget
{
    Q_OBJECT

public:
    /// Takes its place from the preferences (or is `usual`), and keeps it there; they outlive it.
    TrayedWindow(WindowPreferences &preferences, QSize usual, QSize least);

    void setTrayAvailable(bool available);
    /// For a start at login: hidden with a tray, minimised without.
    void startHidden();

public Q_SLOTS:
    /// Shown, not minimised, in front.
    void raiseWindow();

Q_SIGNALS:
    /// The window went away by its close button, and the program goes on in the tray.
    void hiddenToTray();

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    WindowPreferences &m_preferences;
    bool m_trayAvailable = false;
    bool m_startsHidden = false;
};

} // namespace higgs::widgets
