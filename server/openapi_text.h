// SPDX-License-Identifier: GPL-3.0-or-later
// openapi.yaml, as it stood when the program was built.
#pragma once

#include <string_view>

namespace higgs::server {

extern const std::string_view OpenApiText;

} // namespace higgs::server
