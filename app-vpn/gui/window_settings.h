// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of the window itself: language, theme, notifications, start at login.
#pragma once

#include "shared/widgets/settings_row.h"

namespace higgs::widgets {
class Autostart;
class ChoiceBox;
class Language;
class Theme;
class ToggleSwitch;
} // namespace higgs::widgets

namespace higgs::vpn {

class Preferences;

/// Applies at once, and remembers.
class WindowSettings : public QWidget
{
    Q_OBJECT

public:
    WindowSettings(Preferences &preferences, widgets::Theme &theme, widgets::Language &language,
                   const widgets::Autostart &autostart, QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void setAutostart(bool on);
    void retranslate();

    Preferences &m_preferences;
    widgets::Theme &m_theme;
    widgets::Language &m_language;
    const widgets::Autostart &m_autostart;
    widgets::SettingsGroup *m_group;
    widgets::ChoiceBox *m_languageChoice;
    widgets::SettingsRow *m_languageRow;
    widgets::ChoiceBox *m_themeChoice;
    widgets::SettingsRow *m_themeRow;
    widgets::ToggleSwitch *m_startAtLogin;
    widgets::SettingsRow *m_startAtLoginRow;
    widgets::ToggleSwitch *m_notifications;
    widgets::SettingsRow *m_notificationsRow;
};

} // namespace higgs::vpn
