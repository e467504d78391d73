// SPDX-License-Identifier: GPL-3.0-or-later
// Light or dark, as chosen or as the desktop has it: gives the application its palette, font and
// style.
#pragma once

#include "shared/widgets/tokens.h"

#include <QObject>

class QApplication;

namespace higgs::widgets {

class CalmStyle;
class SystemAppearance;

enum class ThemeChoice : std::uint8_t { System, Light, Dark };

/// One for the program, made right after the QApplication, before any widget; it outlives them.
class Theme : public QObject
{
    Q_OBJECT

public:
    /// `desktop` is XDG_CURRENT_DESKTOP, which tells on what ground a tray icon will stand.
    explicit Theme(QApplication &application, const QString &desktop = {});
    ~Theme() override;

    ThemeChoice choice() const { return m_choice; }
    void setChoice(ThemeChoice choice);

    Shade shade() const;
    /// What the desktop's panel looks like, whatever the windows do: for the tray icon.
    Shade panelShade() const;
    /// Off where the desktop or the person asks for less motion.
    void setAnimations(bool on);

Q_SIGNALS:
    /// Palette, style and font of the application are already the new ones.
    void changed();

private:
    void apply();

    QApplication &m_application;
    CalmStyle *m_style; ///< owned by the application
    SystemAppearance *m_system;
    ThemeChoice m_choice = ThemeChoice::System;
    bool m_animations = true;
    bool m_panelAlwaysDark = false;
};

} // namespace higgs::widgets
