// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says and offers in every state: the one place of these words. Pure.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "app-vpn/gui/daemon_link.h"
#include "shared/widgets/banner.h"
#include "shared/widgets/icons.h"
#include "shared/widgets/state_ring.h"
#include "shared/widgets/tray_icon.h"

#include <QString>
#include <optional>
#include <vector>

namespace higgs::vpn {

/// What a button does; the window knows how.
enum class Action : std::uint8_t {
    None,
    Connect,    ///< to the place shown
    TryAgain,   ///< with what was asked for
    Cancel,     ///< of a first connection: as it was before
    GoBack,     ///< of a switch: to the exit that stood
    Disconnect, ///< gives up what was asked for, and the block that stands for it
    Unblock,    ///< takes away a block that nobody asked for any more
    Pause,      ///< after a choice of how long
    Resume,
    ChoosePlace,
    SetUp, ///< the first run's pages
    EnterKey,
    OpenSettings,
    OpenDiagnostics,
};

/// What happens to the traffic at this moment.
enum class Safety : std::uint8_t {
    Unknown,   ///< the daemon does not tell
    Bare,      ///< it takes the line as if we were not there
    Blocked,   ///< nothing leaves
    Protected, ///< it takes the tunnel, and only that
    Unguarded, ///< it takes the tunnel, but would take the bare line without it
};

struct BannerView
{
    widgets::Tone tone = widgets::Tone::Notice;
    QString text;
    QString verb; ///< empty: no button
    Action action = Action::None;

    friend bool operator==(const BannerView &, const BannerView &) = default;
};

struct ChipView
{
    widgets::Glyph glyph = widgets::Glyph::Info;
    QString word;
    QString reason;

    friend bool operator==(const ChipView &, const ChipView &) = default;
};

struct SecondOffer
{
    QString verb; ///< empty: none
    Action action = Action::None;

    friend bool operator==(const SecondOffer &, const SecondOffer &) = default;
};

struct StateView
{
    Safety safety = Safety::Unknown;
    widgets::RingKind ring = widgets::RingKind::Off;
    double hoursLeft = 0; ///< of a pause, for the ring that waits
    widgets::TrayShape tray = widgets::TrayShape::Off;
    QString title;    ///< the state in one word, or two
    QString sentence; ///< what happens to the traffic
    widgets::Glyph glyph = widgets::Glyph::Power;
    QString verb;
    Action action = Action::None;
    bool primary = false; ///< the thing to do now, not merely possible
    SecondOffer second;   ///< possible, but seldom the thing to do
    QString consequence;  ///< what a button that opens a blocked line does to the traffic
    std::optional<BannerView> banner;
    std::vector<ChipView> chips;
    QString toolTip;      ///< of the tray
    bool details = false; ///< there is a connection to show figures of
};

StateView stateView(LinkState link, const ClientView &view, WallTime now);

/// What stands in pills below the state.
std::vector<ChipView> chipsOf(const ClientView &view, Safety safety);

Safety safetyOf(LinkState link, const ClientView &view);

/// What happened and what to do, for a problem; empty for None.
QString problemText(const ClientView &view);
/// "Berlin, Germany", "Germany", or "" without a country.
QString placeText(const QString &country, const QString &region);
/// Why the traffic takes this path, as a sentence.
QString pathReasonText(const ClientView &view);
QString healthText(Health health);

/// What is worth a notification while the window is not in front.
struct Notice
{
    QString title;
    QString text;
    bool urgent = false;

    friend bool operator==(const Notice &, const Notice &) = default;
};

/// Between two statuses of one daemon. None for what a person just asked for and sees done, except
/// that a connection stands.
std::optional<Notice> noticeBetween(const ClientView &before, const ClientView &after);

} // namespace higgs::vpn
