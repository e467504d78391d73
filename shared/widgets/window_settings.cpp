// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/window_settings.h"

#include "shared/widgets/autostart.h"
#include "shared/widgets/choice_box.h"
#include "shared/widgets/plain_text.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/window_preferences.h"

#include <QEvent>
#include <QVBoxLayout>

namespace higgs::widgets {

WindowSettings::WindowSettings(WindowPreferences &preferences, Theme &theme, Language &language,
                               const Autostart &autostart, QWidget *parent)
    : QWidget(parent),
      m_preferences(preferences),
      m_theme(theme),
      m_language(language),
      m_autostart(autostart),
      m_group(new SettingsGroup),
      m_languageChoice(new ChoiceBox),
      m_languageRow(new SettingsRow(m_languageChoice)),
      m_themeChoice(new ChoiceBox),
      m_themeRow(new SettingsRow(m_themeChoice)),
      m_startAtLogin(new ToggleSwitch),
      m_startAtLoginRow(new SettingsRow(m_startAtLogin)),
      m_notifications(new ToggleSwitch),
      m_notificationsRow(new SettingsRow(m_notifications))
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_group);
    m_languageChoice->setObjectName(QStringLiteral("languageChoice"));
    m_themeChoice->setObjectName(QStringLiteral("themeChoice"));
    m_startAtLogin->setObjectName(QStringLiteral("startAtLoginSwitch"));
    m_notifications->setObjectName(QStringLiteral("notificationsSwitch"));
    for (SettingsRow *row : {m_languageRow, m_themeRow, m_startAtLoginRow, m_notificationsRow})
        m_group->addRow(row);

    connect(m_languageChoice, &ChoiceBox::chosen, this, [this](const QVariant &value) {
        const auto choice = static_cast<LanguageChoice>(value.toInt());
        m_preferences.setLanguage(choice);
        m_language.setChoice(choice);
    });
    connect(m_themeChoice, &ChoiceBox::chosen, this, [this](const QVariant &value) {
        const auto choice = static_cast<ThemeChoice>(value.toInt());
        m_preferences.setTheme(choice);
        m_theme.setChoice(choice);
    });
    connect(m_startAtLogin, &QAbstractButton::clicked, this, &WindowSettings::setAutostart);
    connect(m_notifications, &QAbstractButton::clicked, this,
            [this](bool on) { m_preferences.setNotifications(on); });
    m_notifications->setChecked(m_preferences.notifications());
    m_startAtLogin->setChecked(m_autostart.isOn());
    retranslate();
}

void WindowSettings::setAutostart(bool on)
{
    const Result<void> set = m_autostart.setOn(on);
    m_startAtLoginRow->setError(
        set ? QString() : tr("This could not be kept: %1").arg(plainText(set.error().detail)));
    m_startAtLogin->setChecked(m_autostart.isOn());
}

void WindowSettings::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QWidget::changeEvent(event);
}

void WindowSettings::showEvent(QShowEvent *event)
{
    // The desktop's own settings may have changed it meanwhile.
    m_startAtLogin->setChecked(m_autostart.isOn());
    QWidget::showEvent(event);
}

void WindowSettings::retranslate()
{
    const auto value = [](auto choice) { return QVariant(static_cast<int>(choice)); };
    m_group->setTitle(tr("This window"));
    m_languageRow->setTexts(tr("Language"));
    m_languageChoice->setEntries({{tr("As the system"), value(LanguageChoice::System)},
                                  {QStringLiteral("English"), value(LanguageChoice::English)},
                                  {QStringLiteral("Русский"), value(LanguageChoice::Russian)}});
    m_languageChoice->choose(value(m_language.choice()));
    m_themeRow->setTexts(tr("Appearance"));
    m_themeChoice->setEntries({{tr("As the system"), value(ThemeChoice::System)},
                               {tr("Light"), value(ThemeChoice::Light)},
                               {tr("Dark"), value(ThemeChoice::Dark)}});
    m_themeChoice->choose(value(m_theme.choice()));
    m_startAtLoginRow->setTexts(tr("Start when you log in"),
                                tr("In the tray, without opening the window."));
    m_notificationsRow->setTexts(
        tr("Notifications"), tr("About what you should know while this window is not in view."));
}

} // namespace higgs::widgets
