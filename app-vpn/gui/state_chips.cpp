// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in pills below the state: the path, what holds the traffic, and what is outside.
#include "app-vpn/gui/state_view.h"

#include "shared/widgets/country_names.h"

#include <QCoreApplication>
#include <algorithm>

namespace higgs::vpn {

using widgets::Glyph;

namespace {

struct StateTexts
{
    Q_DECLARE_TR_FUNCTIONS(StateView)
};

QString pathWord(const ClientView &view)
{
    switch (view.path) {
    case PathKind::Relay:
        return StateTexts::tr("Relayed", "the path of the traffic");
    case PathKind::Direct:
        return StateTexts::tr("Direct", "the path of the traffic");
    case PathKind::Turn:
        return StateTexts::tr("TURN", "the path of the traffic");
    case PathKind::Cascade: {
        const QString via = view.request ? view.request->via : QString();
        return via.isEmpty() ? StateTexts::tr("Two hops", "the path of the traffic")
                             : StateTexts::tr("Via %1", "%1: the entry country")
                                   .arg(widgets::countryName(via));
    }
    case PathKind::None:
    case PathKind::Unknown:
        break;
    }
    return {};
}

QString killSwitchText(const ClientView &view)
{
    QString text =
        StateTexts::tr("On: nothing leaves this computer outside the tunnel, also if it fails.");
    if (view.leaked == 0)
        text += QLatin1Char(' ') +
                StateTexts::tr("0 packets have left outside it, as the kernel counts.");
    return text;
}

} // namespace

std::vector<ChipView> chipsOf(const ClientView &view, Safety safety)
{
    std::vector<ChipView> chips;
    const bool standing = view.state == State::Connected || view.state == State::Reconnecting;
    if (const QString word = pathWord(view); standing && !word.isEmpty())
        chips.push_back({Glyph::Route, word, pathReasonText(view)});
    if (view.leaked.value_or(0) > 0)
        chips.push_back(
            {Glyph::Warning,
             StateTexts::tr("%n packet(s) outside", "",
                            static_cast<int>(std::min<quint64>(*view.leaked, 999'999))),
             StateTexts::tr(
                 "They left outside the tunnel while the kill switch should have held them. "
                 "The leak receipt, in the menu, says more.")});
    if (safety == Safety::Protected)
        chips.push_back({Glyph::Shield, StateTexts::tr("Kill switch"), killSwitchText(view)});
    if (view.lockdown && !view.killSwitch)
        chips.push_back({Glyph::Warning, StateTexts::tr("Lockdown"),
                         StateTexts::tr("On, but its block is not in force at the moment.")});
    else if (view.lockdown)
        chips.push_back({Glyph::Lock, StateTexts::tr("Lockdown"),
                         StateTexts::tr("On: nothing leaves this computer without the tunnel, "
                                        "neither before nor after a connection.")});
    if (view.excluded.value_or(0) > 0)
        chips.push_back({Glyph::Warning,
                         StateTexts::tr("%n program(s) outside", "", *view.excluded),
                         StateTexts::tr("They were started outside the tunnel: their traffic goes "
                                        "out unprotected, under your own address.")});
    return chips;
}

} // namespace higgs::vpn
