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
class WindowPreferences;

/// Applies at once, and remembers.
class WindowSettings : public QWidget
{
    Q_OBJECT

public:
    WindowSettings(WindowPreferences &preferences, Theme &theme, Language &language,
                   const Autostart &autostart, QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void setAutostart(bool on);
    void retranslate();

    WindowPreferences &m_preferences;
    Theme &m_theme;
    Language &m_language;
    const Autostart &m_autostart;
    SettingsGroup *m_group;
    ChoiceBox *m_languageChoice;
    SettingsRow *m_languageRow;
    ChoiceBox *m_themeChoice;
    SettingsRow *m_themeRow;
    ToggleSwitch *m_startAtLogin;
    SettingsRow *m_startAtLoginRow;
    ToggleSwitch *m_notifications;
    SettingsRow *m_notificationsRow;
};

} // namespace higgs::widgets
