// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/theme.h"

#include "shared/widgets/calm_style.h"
#include "shared/widgets/system_appearance.h"
#include "shared/widgets/text_styles.h"

#include <QApplication>
#include <QPalette>

namespace higgs::widgets {

namespace {

constexpr int HalfLightness = 128;

QPalette paletteOf(const Tokens &t)
{
    QPalette palette;
    palette.setColor(QPalette::Window, t.background);
    palette.setColor(QPalette::Base, t.surface);
    palette.setColor(QPalette::AlternateBase, t.raised);
    palette.setColor(QPalette::Button, t.raised);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::BrightText, t.onAccent);
    palette.setColor(QPalette::PlaceholderText, t.secondary);
    palette.setColor(QPalette::Highlight, t.accent);
    palette.setColor(QPalette::HighlightedText, t.onAccent);
    palette.setColor(QPalette::Link, t.accent);
    palette.setColor(QPalette::LinkVisited, t.accent);
    palette.setColor(QPalette::ToolTipBase, t.raised);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::Light, t.raised);
    palette.setColor(QPalette::Midlight, t.line);
    palette.setColor(QPalette::Mid, t.line);
    palette.setColor(QPalette::Dark, t.line);
    palette.setColor(QPalette::Shadow, t.line);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, t.disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, t.line);
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, t.disabled);
    return palette;
}

Shade shadeOf(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < HalfLightness ? Shade::Dark : Shade::Light;
}

} // namespace

Theme::Theme(QApplication &application, const QString &desktop)
    : m_application(application),
      m_style(new CalmStyle),
      m_system(new SystemAppearance(shadeOf(QApplication::palette()), this)),
      // The top bar of these is dark in every theme.
      m_panelAlwaysDark(desktop.contains(QLatin1String("GNOME")) ||
                        desktop.contains(QLatin1String("Unity")))
{
    QFont font = QApplication::font();
    font.setPixelSize(pixelSize(TextStyle::Body, font));
    QApplication::setFont(font);
    QApplication::setStyle(m_style);
    connect(m_system, &SystemAppearance::changed, this, &Theme::apply);
    apply();
}

Theme::~Theme() = default;

void Theme::setChoice(ThemeChoice choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    apply();
}

Shade Theme::shade() const
{
    switch (m_choice) {
    case ThemeChoice::Light:
        return Shade::Light;
    case ThemeChoice::Dark:
        return Shade::Dark;
    case ThemeChoice::System:
        break;
    }
    return m_system->shade();
}

Shade Theme::panelShade() const
{
    return m_panelAlwaysDark ? Shade::Dark : m_system->shade();
}

void Theme::setAnimations(bool on)
{
    m_animations = on;
    apply();
}

void Theme::apply()
{
    m_style->setAnimations(m_animations && m_system->animations());
    QApplication::setPalette(paletteOf(tokens(shade())));
    Q_EMIT changed();
}

} // namespace higgs::widgets
