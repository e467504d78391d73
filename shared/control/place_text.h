// SPDX-License-Identifier: GPL-3.0-or-later
// Countries and regions as people write them; the wire knows ISO's codes only. Pure.
#pragma once

#include "shared/protocol/country_code.h"

#include <string_view>

namespace higgs::control {

/// Two letters of either case with white space around, the codes that everybody uses and ISO 3166-1
/// does not have (UK, EL), USA and UAE, or the country's English name. Malformed otherwise.
Result<protocol::CountryCode> parseCountryText(std::string_view text);

/// A region "DE-BE", "uk-eng", or what parseCountryText() takes. Malformed otherwise.
Result<protocol::PlaceCode> parsePlaceText(std::string_view text);

} // namespace higgs::control
