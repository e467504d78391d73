// SPDX-License-Identifier: GPL-3.0-or-later
// What the window remembers for this person; what the daemon does is the daemon's to remember.
#pragma once

#include "shared/widgets/language.h"
#include "shared/widgets/theme.h"

#include <QByteArray>
#include <QSettings>
#include <QStringList>

namespace higgs::vpn {

/// Every value is checked when it is read: a damaged file gives the defaults.
class Preferences
{
public:
    static constexpr int MaxRecents = 8;
    static constexpr int MaxFavourites = 200;

    /// An INI file; made when something is first set.
    explicit Preferences(const QString &file);
    /// higgs/higgs-vpn.ini in the person's configuration folder.
    static QString defaultFile();

    [[nodiscard]] widgets::ThemeChoice theme() const;
    void setTheme(widgets::ThemeChoice choice);
    [[nodiscard]] widgets::LanguageChoice language() const;
    void setLanguage(widgets::LanguageChoice choice);

    /// Country codes ("DE"), in the order in which they were added.
    [[nodiscard]] QStringList favourites() const;
    void setFavourites(const QStringList &countries);
    /// Country codes, the latest first.
    [[nodiscard]] QStringList recents() const;
    void noteRecent(const QString &country);

    [[nodiscard]] bool notifications() const;
    void setNotifications(bool on);
    /// The person has been told once that closing the window keeps the tray.
    [[nodiscard]] bool trayExplained() const;
    void setTrayExplained();
    /// As QWidget::saveGeometry() gave it; may be empty.
    [[nodiscard]] QByteArray windowGeometry() const;
    void setWindowGeometry(const QByteArray &geometry);

private:
    QStringList countries(const QString &key, int most) const;

    QSettings m_settings;
};

} // namespace higgs::vpn
