// SPDX-License-Identifier: GPL-3.0-or-later
// The settings, on one page that scrolls: protection, DNS, connection, server, window, about.
#pragma once

#include <QWidget>

namespace higgs::widgets {
class ServerSettings;
class AccessKeys;
class Autostart;
class Button;
class Label;
class Language;
class Page;
class Theme;
} // namespace higgs::widgets

namespace higgs::vpn {

class DaemonLink;
class Preferences;

class SettingsPage : public QWidget
{
    Q_OBJECT

public:
    struct Parts
    {
        DaemonLink &link;
        widgets::AccessKeys &keys;
        Preferences &preferences;
        widgets::Theme &theme;
        widgets::Language &language;
        const widgets::Autostart &autostart;
    };
    explicit SettingsPage(const Parts &parts, QWidget *parent = nullptr);

    /// Opens at the field for the access key.
    void enterKey();

Q_SIGNALS:
    void done();
    void changeServerWanted();
    void diagnosticsWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();

    DaemonLink &m_link;
    widgets::Page *m_page;
    widgets::ServerSettings *m_server;
    widgets::Label *m_about;
    widgets::Button *m_diagnostics;
};

} // namespace higgs::vpn
