// SPDX-License-Identifier: GPL-3.0-or-later
// What the window and the tray say of a state: the one place of these words. Pure.
#pragma once

#include "app-node/tray/node_view.h"
#include "shared/widgets/daemon_line.h"
#include "shared/widgets/icons.h"
#include "shared/widgets/tray_icon.h"

namespace higgs::node {

/// What the colour beside the words means; the shape says it too.
enum class Mood : std::uint8_t {
    Quiet, ///< off
    Busy,  ///< getting there
    Good,  ///< as it should be
    Held,  ///< less than could be, and for a known reason
    Bad    ///< needs somebody
};

/// The one thing to do about it.
enum class Deed : std::uint8_t {
    None,
    Agree, ///< the first run
    Resume,
    TryAgain,
    OpenSafety,
    OpenLimits,
    OpenSettings,
    OpenDiagnostics,
};

struct Words
{
    widgets::TrayShape shape = widgets::TrayShape::Off;
    Mood mood = Mood::Quiet;
    QString title;
    QString sentence;
    Deed deed = Deed::None;
    QString deedText;
    QString toolTip;
    /// For the switch: on, and nothing is shared; none while it is what it says.
    std::optional<widgets::Glyph> held;

    friend bool operator==(const Words &, const Words &) = default;
};

/// In the language of the moment.
Words wordsOf(widgets::LinkState link, const NodeView &view, WallTime now);

/// "3 guests, 1.2 GB today": the tray's second line.
QString figuresLine(const NodeView &view);
/// The self-test's result in a few words: "Passed at 14:30".
QString safetyLine(const Safety &safety, WallTime now);
/// The limits in a few words: "Up to 20 Mbit/s".
QString limitsLine(const NodeView &view);
/// How guests come at the moment, how they can, and what would have more of them come directly: a
/// line each. Empty while nothing is shared, or nothing is known.
QString waysText(const NodeView &view);
/// What happens when sharing is switched on, in the order in which it does: three sentences.
QStringList planPoints(const Limits &limits);

} // namespace higgs::node
