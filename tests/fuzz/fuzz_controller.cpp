// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as an invitation, a server's URL, a pin, a catalogue of names, and as what a daemon
// tells its window: whatever is accepted has one spelling, and nothing that is shown can steer the
// display.
#include "app-node/tray/node_figures.h"
#include "app-node/tray/node_view_codec.h"
#include "app-node/tray/node_words.h"
#include "app-node/tray/provider_letter.h"
#include "app-node/tray/safety_words.h"
#include "app-vpn/gui/client_view_codec.h"
#include "app-vpn/gui/receipt_view.h"
#include "shared/base/bytes.h"
#include "shared/control/invitation.h"
#include "shared/widgets/region_names.h"

#include <cstdlib>

using namespace higgs;

namespace {

void demand(bool condition)
{
    if (!condition)
        std::abort();
}

void demandPlain(const QString &text)
{
    for (const QChar c : text)
        demand(c.category() != QChar::Other_Control && c.category() != QChar::Other_Format);
}

void showNode(const protocol::Json &json)
{
    constexpr WallTime Now{1'795'000'000'000};
    if (const auto view = node::decodeNodeView(json)) {
        for (const QString &text : {view->version, view->problemCode, view->problemDetail,
                                    view->region, view->natType, view->mappedAddress})
            demandPlain(text);
        for (const QString &text : view->safety.failed + view->fixed)
            demandPlain(text);
        demandPlain(node::wordsOf(widgets::LinkState::Up, *view, Now).sentence);
        demandPlain(node::figuresLine(*view) + node::safetyLine(view->safety, Now));
        demandPlain(node::limitsLine(*view) + node::mbitText(view->rxMbps));
        demand(node::encodeLimits(view->limits).is_object());
    }
    if (const auto guests = node::decodeGuests(json)) {
        for (const node::Guest &guest : *guests)
            demandPlain(guest.path + node::mbitText(guest.rxMbps));
    }
    if (const auto history = node::decodeHistory(json)) {
        for (const node::HistoryDay &day : history->days)
            demand(day.day.isValid() && day.guests >= 0);
        demand(node::everyHour(history->hours, Now, 2).size() == 2);
    }
    if (const auto hour = node::decodeHour(json)) {
        demandPlain(node::sharedText(*hour));
        demandPlain(node::providerLetter(*hour, Now, {}).remove(u'\n'));
    }
    if (const auto report = node::decodeSafety(json)) {
        int tried = 0;
        for (const node::SafetyGroup &group : node::groupsOf(*report)) {
            demandPlain(group.name);
            tried += group.tried;
        }
        demand(tried == static_cast<int>(report->attempts.size()));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = asText({data, size});
    if (const auto invitation = control::parseInvitation(text)) {
        const auto again = control::parseInvitation(control::invitationText(*invitation));
        demand(again && *again == *invitation);
    }
    if (const auto pin = control::parsePin(text))
        demand(control::parsePin(control::pinText(*pin)).value_or("") == *pin);
    const QByteArray bytes(text.data(), static_cast<qsizetype>(text.size()));
    [[maybe_unused]] const auto texts = widgets::readCatalogue(bytes);
    [[maybe_unused]] const auto names = widgets::readSubdivisions(bytes);
    const Result<protocol::Json> json = protocol::parseJson(text);
    if (!json)
        return 0;
    if (const auto view = vpn::decodeClientView(*json)) {
        demandPlain(view->problemDetail);
        demandPlain(view->region);
        demand(view->country.size() == 0 || view->country.size() == 2);
    }
    if (const auto places = vpn::decodePlaces(*json)) {
        for (const vpn::Place &place : *places)
            demand(place.load >= 0 && place.load <= 1 && place.country.size() == 2);
    }
    demandPlain(vpn::receiptText(vpn::receiptView(*json)).remove(QLatin1Char('\n')));
    showNode(*json);
    [[maybe_unused]] const auto checks = vpn::decodeChecks(*json);
    [[maybe_unused]] const auto lines = vpn::decodeLog(*json);
    return 0;
}
