// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as an invitation, a server's URL, a pin, and as what a daemon tells its window: whatever
// is accepted has one spelling, and nothing that is shown can steer the display.
#include "app-vpn/gui/client_view_codec.h"
#include "shared/base/bytes.h"
#include "shared/control/invitation.h"

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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = asText({data, size});
    if (const auto invitation = control::parseInvitation(text))
        demand(control::parseInvitation(control::invitationText(*invitation))
                   .value_or(control::Invitation()) == *invitation);
    if (const auto pin = control::parsePin(text))
        demand(control::parsePin(control::pinText(*pin)).value_or("") == *pin);
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
    [[maybe_unused]] const auto checks = vpn::decodeChecks(*json);
    [[maybe_unused]] const auto lines = vpn::decodeLog(*json);
    return 0;
}
