// SPDX-License-Identifier: GPL-3.0-or-later
// The icon in the panel: state at a glance, connect and disconnect, recent places, notifications.
#pragma once

#include "app-vpn/gui/state_view.h"
#include "shared/widgets/theme.h"
#include "shared/widgets/tray.h"

#include <QMenu>

namespace higgs::vpn {

class MainWindow;
class Preferences;

/// Everything given outlives it.
class VpnTray : public QObject
{
    Q_OBJECT

public:
    VpnTray(DaemonLink &link, widgets::Theme &theme, Preferences &preferences, MainWindow &window);
    ~VpnTray() override;

    const QMenu &menu() const { return m_menu; }
    bool available() const { return m_tray.available(); }

Q_SIGNALS:
    /// Also without a tray: what was worth a notification.
    void noticed(const QString &title, const QString &text);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void refresh();
    void rebuildMenu();
    void notify();
    void notifyLoss();
    void explain();

    DaemonLink &m_link;
    widgets::Theme &m_theme;
    Preferences &m_preferences;
    MainWindow &m_window;
    QMenu m_menu;
    widgets::Tray m_tray;
    ClientView m_before;
    bool m_known = false;
    bool m_wasUp = false;
    QString m_shownToolTip;
    std::optional<widgets::TrayShape> m_shownShape;
};

} // namespace higgs::vpn
