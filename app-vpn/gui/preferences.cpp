// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/preferences.h"

#include "shared/protocol/country_code.h"

#include <QStandardPaths>
#include <array>

namespace higgs::vpn {

using widgets::LanguageChoice;
using widgets::ThemeChoice;

namespace {

const QString Theme = QStringLiteral("theme");
const QString Language = QStringLiteral("language");
const QString Favourites = QStringLiteral("favourites");
const QString Recents = QStringLiteral("recents");
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

} // namespace

Preferences::Preferences(const QString &file) : m_settings(file, QSettings::IniFormat) {}

QString Preferences::defaultFile()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
           QStringLiteral("/higgs/higgs-vpn.ini");
}

ThemeChoice Preferences::theme() const
{
    return choiceOf(Themes, m_settings.value(Theme));
}

void Preferences::setTheme(ThemeChoice choice)
{
    m_settings.setValue(Theme, nameOf(Themes, choice));
}

LanguageChoice Preferences::language() const
{
    return choiceOf(Languages, m_settings.value(Language));
}

void Preferences::setLanguage(LanguageChoice choice)
{
    m_settings.setValue(Language, nameOf(Languages, choice));
}

QStringList Preferences::countries(const QString &key, int most) const
{
    QStringList list;
    for (const QString &text : m_settings.value(key).toStringList()) {
        const auto code = protocol::CountryCode::parse(text.left(4).toStdString());
        const QString country = code ? QString::fromStdString(code->text()) : QString();
        if (!country.isEmpty() && !list.contains(country) && list.size() < most)
            list += country;
    }
    return list;
}

QStringList Preferences::favourites() const
{
    return countries(Favourites, MaxFavourites);
}

void Preferences::setFavourites(const QStringList &list)
{
    m_settings.setValue(Favourites, list.mid(0, MaxFavourites));
}

QStringList Preferences::recents() const
{
    return countries(Recents, MaxRecents);
}

void Preferences::noteRecent(const QString &country)
{
    if (country.isEmpty())
        return;
    QStringList list = recents();
    list.removeAll(country);
    list.prepend(country);
    m_settings.setValue(Recents, list.mid(0, MaxRecents));
}

bool Preferences::notifications() const
{
    return m_settings.value(Notifications, true).toBool();
}

void Preferences::setNotifications(bool on)
{
    m_settings.setValue(Notifications, on);
}

bool Preferences::trayExplained() const
{
    return m_settings.value(TrayExplained, false).toBool();
}

void Preferences::setTrayExplained()
{
    m_settings.setValue(TrayExplained, true);
}

QByteArray Preferences::windowGeometry() const
{
    return m_settings.value(Geometry).toByteArray();
}

void Preferences::setWindowGeometry(const QByteArray &geometry)
{
    m_settings.setValue(Geometry, geometry);
}

} // namespace higgs::vpn
