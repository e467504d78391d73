// SPDX-License-Identifier: GPL-3.0-or-later
// The settings, on one page that scrolls: place, server, router, consent, window, about.
#pragma once

#include "app-node/tray/node_link.h"

#include <QWidget>

namespace higgs::widgets {
class AccessKeys;
class Autostart;
class Banner;
class Button;
class Label;
class Language;
class Page;
class ServerSettings;
class SettingsGroup;
class SettingsRow;
class Theme;
class ToggleSwitch;
class WindowPreferences;
} // namespace higgs::widgets

namespace higgs::node {

class PlaceFields;

class SettingsPage : public QWidget
{
    Q_OBJECT

public:
    struct Parts
    {
        NodeLink &link;
        widgets::AccessKeys &keys;
        widgets::WindowPreferences &preferences;
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
    void firstRunWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build(const Parts &parts);
    void set(const QString &key, const QString &value);
    void setMapping(bool on);
    void sayMapping();
    void withdraw();
    void refresh();

    NodeLink &m_link;
    widgets::Page *m_page;
    PlaceFields *m_place;
    widgets::ServerSettings *m_server;
    widgets::SettingsGroup *m_router;
    widgets::ToggleSwitch *m_mapping;
    widgets::SettingsRow *m_mappingRow;
    int m_mappingSent = 0; ///< changes without an answer: the view lags behind them
    widgets::SettingsGroup *m_consent;
    widgets::Button *m_withdraw;
    widgets::SettingsRow *m_withdrawRow;
    widgets::Banner *m_update;
    widgets::Label *m_about;
};

} // namespace higgs::node
