// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/window_preferences.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <array>

namespace higgs::widgets {

namespace {

const QString ThemeKey = QStringLiteral("theme");
const QString LanguageKey = QStringLiteral("language");
const QString Notifications = QStringLiteral("notifications");
const QString TrayExplained = QStringLiteral("trayExplained");
const QString Geometry = QStringLiteral("windowGeometry");

template <typename Choice>
struct ChoiceName
{
    Choice choice;
    const char *name;
};

constexpr std::array Themes = {
    ChoiceName<ThemeChoice>{ThemeChoice::System, "system"},
    ChoiceName<ThemeChoice>{ThemeChoice::Light, "light"},
    ChoiceName<ThemeChoice>{ThemeChoice::Dark, "dark"},
};

constexpr std::array Languages = {
    ChoiceName<LanguageChoice>{LanguageChoice::System, "system"},
    ChoiceName<LanguageChoice>{LanguageChoice::English, "en"},
    ChoiceName<LanguageChoice>{LanguageChoice::Russian, "ru"},
};

template <typename Choice, std::size_t N>
Choice choiceOf(const std::array<ChoiceName<Choice>, N> &names, const QVariant &value)
{
    const QString text = value.toString();
    for (const ChoiceName<Choice> &each : names) {
        if (text == QLatin1String(each.name))
            return each.choice;
    }
    return names.front().choice;
}

template <typename Choice, std::size_t N>
QString nameOf(const std::array<ChoiceName<Choice>, N> &names, Choice choice)
{
    for (const ChoiceName<Choice> &each : names) {
        if (each.choice == choice)
            return QString::fromLatin1(each.name);
    }
    return {};
}

/// Made, or made over, so that nobody but its owner can read it, whatever the umask; QSettings
/// keeps the permissions of a file that is there.
QString ownersFile(const QString &name)
{
    constexpr QFile::Permissions Owner = QFile::ReadOwner | QFile::WriteOwner;
    QDir().mkpath(QFileInfo(name).path());
    QFile file(name);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, Owner))
        file.setPermissions(Owner);
    return name;
}

} // namespace

WindowPreferences::WindowPreferences(const QString &file)
    : m_settings(ownersFile(file), QSettings::IniFormat)
{}

QString WindowPreferences::defaultFile(const QString &program)
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
           QStringLiteral("/higgs/") + program + QStringLiteral(".ini");
}

ThemeChoice WindowPreferences::theme() const
{
    return choiceOf(Themes, m_settings.value(ThemeKey));
}

void WindowPreferences::setTheme(ThemeChoice choice)
{
    m_settings.setValue(ThemeKey, nameOf(Themes, choice));
}

LanguageChoice WindowPreferences::language() const
{
    return choiceOf(Languages, m_settings.value(LanguageKey));
}

void WindowPreferences::setLanguage(LanguageChoice choice)
{
    m_settings.setValue(LanguageKey, nameOf(Languages, choice));
}

bool WindowPreferences::notifications() const
{
    return m_settings.value(Notifications, true).toBool();
}

void WindowPreferences::setNotifications(bool on)
{
    m_settings.setValue(Notifications, on);
}

bool WindowPreferences::trayExplained() const
{
    return m_settings.value(TrayExplained, false).toBool();
}

void WindowPreferences::setTrayExplained()
{
    m_settings.setValue(TrayExplained, true);
}

QByteArray WindowPreferences::windowGeometry() const
{
    return m_settings.value(Geometry).toByteArray();
}

void WindowPreferences::setWindowGeometry(const QByteArray &geometry)
{
    m_settings.setValue(Geometry, geometry);
}

} // namespace higgs::widgets
