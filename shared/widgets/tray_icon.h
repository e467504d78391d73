// SPDX-License-Identifier: GPL-3.0-or-later
// The shapes for the desktop's panel: they differ in form, as a panel has one colour.
#pragma once

#include "shared/widgets/tokens.h"

#include <QIcon>

class QPainter;

namespace higgs::widgets {

enum class TrayShape : std::uint8_t {
    Off,     ///< a hollow circle
    On,      ///< a ring with a dot
    Working, ///< a ring with a gap
    Blocked, ///< a ring with a bar
    Paused,  ///< a ring with two upright bars
};

/// Drawn for each of the sizes that panels ask for; `panel` is what it will stand on.
QIcon trayIcon(TrayShape shape, Shade panel);
void drawTrayShape(QPainter &painter, TrayShape shape, const QRectF &bounds, const QColor &ink);

} // namespace higgs::widgets
