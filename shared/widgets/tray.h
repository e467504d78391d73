// SPDX-License-Identifier: GPL-3.0-or-later
// The icon in the desktop's panel, where there is a panel; and notifications through it.
#pragma once

#include <QIcon>
#include <QObject>
#include <QTimer>
#include <memory>

class QMenu;
class QSystemTrayIcon;

namespace higgs::widgets {

/// There may be no tray, it may come later (a panel that starts after us) and go away: then
/// availabilityChanged tells, and the icon appears by itself.
class Tray : public QObject
{
    Q_OBJECT

public:
    /// `menu` stays the caller's and must outlive this.
    explicit Tray(QMenu &menu, QObject *parent = nullptr);
    ~Tray() override;

    bool available() const { return m_available; }
    void setIcon(const QIcon &icon);
    /// In words: the state, for who cannot tell the shapes apart. Plain text.
    void setToolTip(const QString &text);
    /// Nothing happens without a tray. Plain text.
    void notify(const QString &title, const QString &text, bool urgent);

Q_SIGNALS:
    void availabilityChanged(bool available);
    /// The icon (or a notification) was clicked: show the window.
    void activated();

private Q_SLOTS:
    void look();

private:
    void show();
    bool askDesktop();

    QMenu &m_menu;
    QIcon m_icon;
    QString m_toolTip;
    QTimer m_looking;
    int m_looks = 0;
    bool m_available = false;
    std::unique_ptr<QSystemTrayIcon> m_tray;
};

} // namespace higgs::widgets
