// SPDX-License-Identifier: GPL-3.0-or-later
// Colours, distances and sizes of both windows, in one place: nothing else names one.
#pragma once

#include <QColor>
#include <chrono>

class QWidget;

namespace higgs::widgets {

enum class Shade : std::uint8_t { Light, Dark };

/// Text has a contrast of at least 4.5:1 on each of the three grounds, shapes 3:1.
struct Tokens
{
    QColor background;
    QColor surface;
    QColor raised;
    QColor line;
    QColor text;
    QColor secondary;
    QColor disabled;
    QColor accent; ///< actions and the focus ring
    QColor onAccent;
    QColor secured;
    QColor working;
    QColor blocked; ///< blocked, or an error
};

const Tokens &tokens(Shade shade);

/// The tokens a widget is to paint with: told from its palette, which the theme sets.
const Tokens &tokensOf(const QWidget &widget);

/// `from` with the share `part` (0..1) of `to` mixed in: grounds of hovered and chosen things.
QColor mixed(const QColor &from, const QColor &to, double part);

/// The outline of a field or a switch, 3:1 against every ground (a mere divider is `line`).
QColor outline(const Tokens &tokens);

// Shapes that say something by themselves: 3:1 against what they stand on, as a test holds. They
// have their colour at full strength; where one is lively, it is its width that moves.
QColor idleRing(const Tokens &tokens);
QColor attentionRing(const Tokens &tokens);
QColor loadTrack(const Tokens &tokens); ///< the outline of a bar; what is filled stands inside
QColor sliderTrack(const Tokens &tokens);
QColor emptyCell(const Tokens &tokens); ///< the outline of an hour in which nothing is shared
QColor pastBar(const Tokens &tokens);   ///< of a chart, beside today's in `accent`
/// The ground of a chosen row is a mere hint; the bar at its left says that it is chosen.
QColor chosenGround(const Tokens &tokens, const QColor &ground);
QColor chosenBar(const Tokens &tokens);

// Device-independent pixels, on a grid of eight.
constexpr int Grid = 8;
constexpr int Margin = 24;
constexpr int CardRadius = 12;
constexpr int ControlRadius = 8;
constexpr int ControlHeight = 40;
constexpr int GlyphSize = 20;
constexpr int ChosenBarWidth = 3;

// Font sizes in device-independent pixels.
constexpr int StateSize = 28;
constexpr int TitleSize = 20;
constexpr int BodySize = 15;
constexpr int CaptionSize = 13;

constexpr std::chrono::milliseconds Motion{180};

} // namespace higgs::widgets
