// SPDX-License-Identifier: GPL-3.0-or-later
// What a window of ours remembers for this person; what the daemon does is the daemon's to
// remember.
#pragma once

#include "shared/widgets/language.h"
#include "shared/widgets/theme.h"

#include <QByteArray>
#include <QSettings>

namespace higgs::widgets {

/// Every value is checked when it is read: a damaged file gives the defaults. A window with more to
/// remember derives from it.
class WindowPreferences
{
public:
    /// An INI file, made where there is none; only its owner can read it.
    explicit WindowPreferences(const QString &file);
    /// higgs/<program>.ini in the person's configuration folder.
    static QString defaultFile(const QString &program);

    [[nodiscard]] ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);
    [[nodiscard]] LanguageChoice language() const;
    void setLanguage(LanguageChoice choice);

    [[nodiscard]] bool notifications() const;
    void setNotifications(bool on);
    /// The person has been told once that closing the window keeps the tray.
    [[nodiscard]] bool trayExplained() const;
    void setTrayExplained();
    /// As QWidget::saveGeometry() gave it; may be empty.
    [[nodiscard]] QByteArray windowGeometry() const;
    void setWindowGeometry(const QByteArray &geometry);

protected:
    [[nodiscard]] const QSettings &settings() const { return m_settings; }
    [[nodiscard]] QSettings &settings() { return m_settings; }

private:
    QSettings m_settings;
};

} // namespace higgs::widgets
