// SPDX-License-Identifier: GPL-3.0-or-later
// The icon in the panel: state at a glance, the switch, pause, figures, notifications.
#pragma once

#include "app-node/tray/node_link.h"
#include "shared/widgets/theme.h"
#include "shared/widgets/tray.h"
#include "shared/widgets/tray_icon.h"

#include <QMenu>

namespace higgs::widgets {
class WindowPreferences;
}

namespace higgs::node {

class MainWindow;

/// Everything given outlives it.
class NodeTray : public QObject
{
    Q_OBJECT

public:
    NodeTray(NodeLink &link, widgets::Theme &theme, widgets::WindowPreferences &preferences,
             MainWindow &window);
    ~NodeTray() override;

    [[nodiscard]] QMenu &menu() { return m_menu; }
    [[nodiscard]] bool available() const { return m_tray.available(); }
    [[nodiscard]] const QString &toolTip() const { return m_shownToolTip; }

Q_SIGNALS:
    /// Also without a tray: what was worth a notification.
    void noticed(const QString &title, const QString &text);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void buildMenu();
    void refresh();
    void notify();
    void explain();
    void toggle(bool on);

    NodeLink &m_link;
    widgets::Theme &m_theme;
    widgets::WindowPreferences &m_preferences;
    MainWindow &m_window;
    QMenu m_menu;
    QAction *m_state;
    QAction *m_figures;
    QAction *m_share;
    QAction *m_hour;
    QAction *m_tomorrow;
    QAction *m_resume;
    QAction *m_open;
    QAction *m_quit;
    widgets::Tray m_tray;
    NodeView m_before;
    bool m_known = false;
    QString m_shownToolTip;
    std::optional<widgets::TrayShape> m_shownShape;
};

} // namespace higgs::node
