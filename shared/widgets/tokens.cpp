// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/tokens.h"

#include <QWidget>
#include <cmath>

namespace higgs::widgets {

namespace {

const Tokens LightTokens{
    QColor(0xF6F7F9), QColor(0xFFFFFF), QColor(0xFFFFFF), QColor(0xE3E6EB),
    QColor(0x14171C), QColor(0x5B6472), QColor(0x9AA3AF), QColor(0x3457E0),
    QColor(0xFFFFFF), QColor(0x12805C), QColor(0xB26A00), QColor(0xC0362C),
};

const Tokens DarkTokens{
    QColor(0x14161A), QColor(0x1C1F25), QColor(0x242830), QColor(0x2F343D),
    QColor(0xF2F4F7), QColor(0xA4ADBA), QColor(0x69727F), QColor(0x7E97FF),
    QColor(0x14161A), QColor(0x3CCB98), QColor(0xF2B24C), QColor(0xFF7A6E),
};

constexpr double OutlineShare = 0.7;
constexpr double ChosenShare = 0.12;
constexpr int HalfLightness = 128;

} // namespace

const Tokens &tokens(Shade shade)
{
    return shade == Shade::Dark ? DarkTokens : LightTokens;
}

const Tokens &tokensOf(const QWidget &widget)
{
    const QColor ground = widget.palette().color(QPalette::Active, QPalette::Window);
    return tokens(ground.lightness() < HalfLightness ? Shade::Dark : Shade::Light);
}

QColor mixed(const QColor &from, const QColor &to, double part)
{
    const auto channel = [part](int a, int b) {
        return static_cast<int>(std::lround(a + (b - a) * part));
    };
    return QColor(channel(from.red(), to.red()), channel(from.green(), to.green()),
                  channel(from.blue(), to.blue()), channel(from.alpha(), to.alpha()));
}

QColor outline(const Tokens &tokens)
{
    return mixed(tokens.line, tokens.secondary, OutlineShare);
}

QColor idleRing(const Tokens &tokens)
{
    return outline(tokens);
}

QColor attentionRing(const Tokens &tokens)
{
    return tokens.working;
}

QColor loadTrack(const Tokens &tokens)
{
    return outline(tokens);
}

QColor sliderTrack(const Tokens &tokens)
{
    return outline(tokens);
}

QColor emptyCell(const Tokens &tokens)
{
    return outline(tokens);
}

QColor pastBar(const Tokens &tokens)
{
    return tokens.secondary;
}

QColor chosenGround(const Tokens &tokens, const QColor &ground)
{
    return mixed(ground, tokens.accent, ChosenShare);
}

QColor chosenBar(const Tokens &tokens)
{
    return tokens.accent;
}

} // namespace higgs::widgets
