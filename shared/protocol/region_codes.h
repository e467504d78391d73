// SPDX-License-Identifier: GPL-3.0-or-later
// The assigned codes of ISO 3166-2.
#pragma once

#include <string_view>

namespace higgs::protocol {

/// "US" and "CA" for US-CA, in upper case and without spaces.
bool isRegionOf(std::string_view country, std::string_view region);

} // namespace higgs::protocol
