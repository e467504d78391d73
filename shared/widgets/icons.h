// SPDX-License-Identifier: GPL-3.0-or-later
// Our own glyphs: strokes on a grid of 24, crisp at any scale, in any colour.
#pragma once

#include <QColor>
#include <QIcon>
#include <QRectF>

class QPainter;

namespace higgs::widgets {

enum class Glyph : std::uint8_t {
    Back,
    Check,
    ChevronDown,
    ChevronRight,
    Close,
    Copy,
    Gear,
    Globe,
    Info,
    Menu,
    Pause,
    Power,
    Pulse,
    Quit,
    Refresh,
    Search,
    Shield,
    Star,
    StarFilled,
    Warning,
    Bolt,
    Lock,
    Route,
    Users,
    Chart,
    Sliders,
    Computer,
    Server,
    Home,
};

void drawGlyph(QPainter &painter, Glyph glyph, const QRectF &bounds, const QColor &colour);

/// Painted as vectors at whatever size and scale it is asked for.
QIcon glyphIcon(Glyph glyph, const QColor &colour);

} // namespace higgs::widgets
