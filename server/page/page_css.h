// SPDX-License-Identifier: GPL-3.0-or-later
// The style of the operator's page: page.css, in the program.
#pragma once

#include <string_view>

namespace higgs::server {

extern const std::string_view PageCss;

} // namespace higgs::server
